namespace Helios.Pipeline.Storage;

/// <summary>The statistics of tables in the store, one value a table (<see cref="StatisticsCodec"/>).</summary>
internal static class StoredStatistics
{
    /// <summary>Sets those of a table.</summary>
    public static void Put(StoreBatch batch, TableId table, ReadOnlySpan<byte> encoded)
    {
        Span<byte> key = stackalloc byte[KeySpace.StatisticsKeySize];
        KeyWriter.Table(key, KeySpace.Statistics, table);
        batch.PutMeta(key, encoded);
    }

    /// <summary>Those of a table; null where it has none.</summary>
    /// <exception cref="HeliosException">"corrupt": they are damaged; "format_too_new": a later version wrote them. No row is affected.</exception>
    public static TableStatistics? Find(RocksStore store, TableId table)
    {
        Span<byte> key = stackalloc byte[KeySpace.StatisticsKeySize];
        KeyWriter.Table(key, KeySpace.Statistics, table);
        using var value = new ByteBuffer();
        return store.TryGetMeta(key, value) ? StatisticsCodec.Decode(value.Written) : null;
    }
}
