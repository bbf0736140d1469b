using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Does every key that a row gave up belong to an index?</summary>
internal static class VacatedKeysCheck
{
    public static void Run(Findings findings, RocksStore store, KnownTables tables, Lsn applied, CancellationToken cancellationToken)
    {
        findings.Complete(() =>
        {
            using var keys = store.OpenMeta([KeySpace.Vacated]);
            while (keys.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                findings.Items++;
                findings.Try(() => Check(findings, keys, tables, applied));
            }
        });
    }

    /// <summary>Checks one.</summary>
    public static void Check(Findings findings, MetaCursor key, KnownTables tables, Lsn applied)
    {
        var (index, lsn) = KeyReader.Vacated(key.Key, out _);
        if (!tables.HasIndex(index))
            findings.Add($"there is a key given up at LSN {lsn} of index {index}, which no table has");
        if (lsn > applied || lsn == Lsn.Zero)
            findings.Add($"a key of index {index} was given up at LSN {lsn}, the store is at {applied}");
        if (key.Value.Length != sizeof(ulong))
            findings.Add($"a key of index {index} given up at LSN {lsn} names its row in {key.Value.Length} bytes instead of {sizeof(ulong)}");
    }
}
