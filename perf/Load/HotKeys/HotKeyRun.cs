using System.Diagnostics;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Load;

/// <summary>What one run did.</summary>
/// <param name="Level">What its answers promised.</param>
/// <param name="Keys">How many keys its producers shared.</param>
/// <param name="Round">Of both runs that are compared.</param>
/// <param name="RowsPerSecond">Answered upserts a second.</param>
internal sealed record HotKeyFigures(SafetyLevel Level, int Keys, int Round, double RowsPerSecond);

/// <summary>Producers that upsert few keys all the time, one row a commit, each awaiting its answer; in a database of its own.</summary>
internal static class HotKeyRun
{
    public const int Producers = 8;

    /// <summary>Enough for compiled code and a cache of the rows.</summary>
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);

    private static readonly TableSchema s_schema = new([new Column("id", ColumnType.Int8), new Column("amount", ColumnType.Int8)], primaryKey: ["id"]);

    public static async Task<HotKeyFigures> RunAsync(string directory, SafetyLevel level, int keys, int round, TimeSpan time)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
        try
        {
            await using var engine = await HeliosEngine.OpenAsync(directory, new HeliosOptions { SafetyLevel = level }).ConfigureAwait(false);
            var table = await engine.TableAsync("hot", s_schema).ConfigureAwait(false);
            await UpsertAsync(table, keys, s_warmUp).ConfigureAwait(false);
            var (rows, seconds) = await UpsertAsync(table, keys, time).ConfigureAwait(false);
            if (await table.CountAsync().ConfigureAwait(false) != keys)
                throw new RunFailedException($"{keys} keys were upserted, and the table has {await table.CountAsync().ConfigureAwait(false)} rows.", ExitCodes.WrongCount);
            return new HotKeyFigures(level, keys, round, rows / seconds);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<(long Rows, double Seconds)> UpsertAsync(Table table, int keys, TimeSpan time)
    {
        var started = Stopwatch.GetTimestamp();
        var producers = Enumerable.Range(0, Producers).Select(producer => Task.Run(async () =>
        {
            var row = table.NewRow();
            row["id"] = (long)(producer % keys);
            var upserted = 0L;
            for (; Stopwatch.GetElapsedTime(started) < time; upserted++)
            {
                row["amount"] = upserted;
                await table.UpsertAsync(row).ConfigureAwait(false);
            }

            return upserted;
        })).ToArray();
        var rows = await Task.WhenAll(producers).ConfigureAwait(false);
        return (rows.Sum(), Stopwatch.GetElapsedTime(started).TotalSeconds);
    }
}
