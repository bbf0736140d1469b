using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Is every key besides the rows of a kind that this engine writes? And are statistics of tables, which no other check looks at, whole?</summary>
internal static class KeysCheck
{
    public static void Run(Findings findings, RocksStore store, Lsn applied, CancellationToken cancellationToken)
    {
        findings.Try(() =>
        {
            if (store.Collected() is { } collected && (collected.Through > applied || collected.Mark > applied || collected.Sweep > applied))
                findings.Add($"dead versions are said to be removed up to LSN {collected.Through}, as of LSN {collected.Mark}, swept as of LSN {collected.Sweep}: the store is at {applied}");
        });

        Span<byte> prefix = stackalloc byte[1];
        for (var kind = 0; kind <= byte.MaxValue; kind++)
        {
            prefix[0] = (byte)kind;
            using var keys = store.OpenMeta(prefix);
            findings.Complete(() =>
            {
                while (keys.MoveNext())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    findings.Items++;
                    if (!IsKnown(keys.Key))
                        findings.Add($"the store has a key of no known kind: {keys.Key.Length} bytes, {Convert.ToHexString(keys.Key[..Math.Min(keys.Key.Length, 32)])}");
                    else if (keys.Key[0] == KeySpace.Statistics)
                        findings.Try(() => StatisticsCodec.Decode(keys.Value)); // nothing else is held against them
                }
            });
        }
    }

    public static bool IsKnown(ReadOnlySpan<byte> key) => key[0] switch
    {
        KeySpace.Applied or KeySpace.CleanClose or KeySpace.Collected => key.Length == 1,
        KeySpace.Counters => key.Length == KeySpace.CountersKeySize,
        KeySpace.Statistics => key.Length == KeySpace.StatisticsKeySize,
        KeySpace.Catalog => key.Length == KeySpace.CatalogKeySize,
        KeySpace.SourcePosition => key.Length == KeySpace.SourceKeySize,
        KeySpace.Vacated => key.Length >= KeySpace.VacatedOverhead,
        KeySpace.Spilled => key.Length >= KeySpace.SpilledOverhead,
        KeySpace.Producer => key.Length == KeySpace.ProducerKeySize,
        _ => false,
    };
}
