namespace Helios.Pipeline.Storage;

/// <summary>Checks the value under a row's key: a <see cref="RowKind"/>, then the row.</summary>
internal static class StoredRow
{
    /// <exception cref="HeliosException">"corrupt": the value has no kind or an unknown one.</exception>
    public static RowKind Kind(ReadOnlySpan<byte> value, RowId row, Lsn lsn)
    {
        if (value.IsEmpty || value[0] > (byte)RowKind.Encrypted || (value[0] == (byte)RowKind.Tombstone && value.Length != 1))
            throw StoreErrors.Corrupt($"The store's version {lsn} of row {row} is damaged: {value.Length} bytes that begin with no known kind.");
        return (RowKind)value[0];
    }
}
