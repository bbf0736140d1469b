namespace Helios.Pipeline.Storage;

/// <summary>Reads the value under a row's key: a <see cref="RowKind"/>, then the row; in an encrypted database both are ciphertext.</summary>
internal static class StoredRow
{
    /// <exception cref="HeliosException">"corrupt": the value has no kind or an unknown one.</exception>
    public static RowKind Kind(ReadOnlySpan<byte> value, RowId row, Lsn lsn)
    {
        if (value.IsEmpty || value[0] > (byte)RowKind.Plain || (value[0] == (byte)RowKind.Tombstone && value.Length != 1))
            throw StoreErrors.Corrupt($"The store's version {lsn} of row {row} is damaged: {value.Length} bytes that begin with no known kind.");
        return (RowKind)value[0];
    }

    /// <summary>Decrypts the value behind <paramref name="start"/> where it stands.</summary>
    /// <param name="cipher">The database's.</param>
    /// <param name="key">The whole key under which it was found.</param>
    /// <param name="buffer">Holds the stored bytes; afterwards a kind and the row.</param>
    /// <param name="start">Where they begin.</param>
    /// <exception cref="HeliosException">"corrupt": it does not verify; the buffer ends at <paramref name="start"/> then.</exception>
    public static void Decrypt(ValueCipher cipher, ReadOnlySpan<byte> key, ByteBuffer buffer, int start)
    {
        if (cipher.TryDecryptInPlace(key, buffer, start))
            return;
        var (partition, row, lsn) = KeyReader.Row(key);
        var refusal = cipher.Refusal(buffer.Written[start..], $"The store's version {lsn} of row {row} of partition {partition}");
        buffer.Truncate(start);
        throw refusal;
    }
}
