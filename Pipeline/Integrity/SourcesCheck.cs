using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Does every source position belong to a table, and can it be true?</summary>
internal static class SourcesCheck
{
    /// <summary>A fingerprint covers no more of a source than this.</summary>
    private const int MaxCovered = 64 << 10;

    public static void Run(Findings findings, RocksStore store, KnownTables tables, Lsn applied)
    {
        findings.Complete(() =>
        {
            using var positions = store.OpenMeta([KeySpace.SourcePosition]);
            while (positions.MoveNext())
            {
                findings.Items++;
                findings.Try(() => Check(findings, positions, store.Hash, tables, applied));
            }
        });
    }

    /// <summary>Checks one.</summary>
    public static void Check(Findings findings, MetaCursor position, KeyedHash? hash, KnownTables tables, Lsn applied)
    {
        var table = KeyReader.SourcePosition(position.Key, out var fingerprint);
        var source = SourceCodec.ReadStored(position.Value);
        var name = $"source {Convert.ToHexString(fingerprint)} of table {table}";
        if (!tables.Has(table))
            findings.Add($"{name}: the catalog does not have that table");
        if (source.Table != table || !IsKeyOf(position.Key, source, hash))
            findings.Add($"{name}: its position speaks of another source");
        if (source.Offset < 0 || source.Record < 0 || source.Stored < 0 || source.Rejected < 0 || source.Key.CoveredBytes is < 0 or > MaxCovered)
            findings.Add($"{name}: its position cannot be: byte {source.Offset}, record {source.Record}, {source.Stored} rows stored, {source.Rejected} rejected");
        if (source.Lsn > applied || source.Lsn == Lsn.Zero)
            findings.Add($"{name}: its position says LSN {source.Lsn}, the store is at {applied}");
    }

    private static bool IsKeyOf(ReadOnlySpan<byte> found, SourceProgress source, KeyedHash? hash)
    {
        Span<byte> key = stackalloc byte[KeySpace.SourceKeySize];
        KeyWriter.Source(key, source.Table, source.Key.Fingerprint, hash);
        return found.SequenceEqual(key);
    }
}
