namespace Helios.Pipeline.Storage;

/// <summary>Decrypts values of the family "default" of an encrypted database, and names them where they do not verify.</summary>
internal static class StoredMeta
{
    /// <summary>Decrypts the value behind <paramref name="start"/> where it stands.</summary>
    /// <exception cref="HeliosException">"corrupt": it does not verify; the buffer ends at <paramref name="start"/> then.</exception>
    public static void Decrypt(ValueCipher cipher, ReadOnlySpan<byte> key, ByteBuffer buffer, int start)
    {
        if (cipher.TryDecryptInPlace(key, buffer, start))
            return;
        var refusal = cipher.Refusal(buffer.Written[start..], Name(key));
        buffer.Truncate(start);
        throw refusal;
    }

    private static string Name(ReadOnlySpan<byte> key)
    {
        var what = key.IsEmpty ? "value" : key[0] switch
        {
            KeySpace.Applied => "applied state",
            KeySpace.Counters => "counters",
            KeySpace.Catalog => "definition of a table",
            KeySpace.SourcePosition => "position of a source",
            KeySpace.Vacated => "key that a row gave up",
            KeySpace.Producer => "commit of a producer",
            KeySpace.Spilled => "entry of an index",
            KeySpace.Statistics => "statistics of a table",
            KeySpace.Collected => "note of removed versions",
            KeySpace.CleanClose => "note of the last clean close",
            _ => "value",
        };
        return $"The store's {what} (key {Convert.ToHexString(key[..Math.Min(key.Length, 64)])})";
    }
}
