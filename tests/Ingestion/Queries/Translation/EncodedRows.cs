using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Rows as the engine stores them.</summary>
internal static class EncodedRows
{
    public static byte[] Encode<T>(T row)
    {
        using var buffer = new ByteBuffer();
        RowFault fault = default;
        Assert.True(RowShape<T>.Instance.TryWrite(row, 1, buffer, ref fault), $"column {fault.Ordinal}: {fault.Detail}");
        return buffer.Written.ToArray();
    }

    public static int[] Offsets<T>(byte[] row)
    {
        var offsets = new int[RowShape<T>.Instance.Schema.Columns.Length];
        RowView.ReadOffsets(row, offsets);
        return offsets;
    }
}
