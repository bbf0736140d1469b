namespace Helios.Pipeline.Storage;

/// <summary>Makes a row from another one with other values in some columns; everything else stays byte for byte.</summary>
internal static class RowPatch
{
    /// <summary>Appends the row.</summary>
    /// <param name="row">A stored row.</param>
    /// <param name="offsets">Where its columns begin, see <see cref="RowView.ReadOffsets"/>.</param>
    /// <param name="values">The new values by ordinal, each as a row has it (MessagePack); null keeps the column.</param>
    /// <param name="into">Takes the row behind what it holds.</param>
    public static void Append(ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets, ReadOnlySpan<byte[]?> values, ByteBuffer into)
    {
        into.Append(row[..offsets[0]]);
        for (var i = 0; i < offsets.Length; i++)
            into.Append(values[i] ?? Value(row, offsets, i));
    }

    /// <summary>The bytes of one column.</summary>
    public static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets, int ordinal) =>
        row[offsets[ordinal]..(ordinal + 1 < offsets.Length ? offsets[ordinal + 1] : row.Length)];
}
