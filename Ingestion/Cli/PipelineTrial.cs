using System.Globalization;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary>Writes rows of some 130 bytes into a database of its own for a while, and looks at the write path meanwhile.</summary>
internal sealed class PipelineTrial(SafetyLevel level, TimeSpan length, int commitRows, int inFlight)
{
    private const int TextLength = 100;

    private static readonly TableSchema s_schema = new(
        [new Column("id", ColumnType.Int8), new Column("at", ColumnType.Int8), new Column("value", ColumnType.Float8), new Column("text", ColumnType.Text)],
        primaryKey: ["id"]);

    public SafetyLevel Level => level;

    public int CommitRows => commitRows;

    public int InFlight => inFlight;

    /// <summary>Runs it; the database is removed however it ends.</summary>
    /// <param name="directory">Where the database is made.</param>
    /// <param name="io">Its clock, its loggers, and who stops it.</param>
    public async Task<PipelineExplanation> RunAsync(string directory, CommandIo io)
    {
        var path = Path.Combine(directory, $".helios-trial-{Guid.NewGuid():n}");
        try
        {
            await using var engine = await HeliosEngine.OpenAsync(path, new HeliosOptions { SafetyLevel = level, TimeProvider = io.Time, LoggerFactory = io.Loggers }, io.Stop.Token).ConfigureAwait(false);
            var table = await engine.TableAsync("trial", s_schema).ConfigureAwait(false);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(io.Stop.Token);
            var first = -(long)commitRows;
            var writers = Enumerable.Range(0, inFlight).Select(_ => WriteAsync(table, () => Interlocked.Add(ref first, commitRows), end.Token)).ToArray();
            try
            {
                var explaining = engine.ExplainPipelineAsync(length, end.Token);
                // A writer that fails must not be waited for in vain.
                await Task.WhenAny([explaining, .. writers]).ConfigureAwait(false);
                return await (explaining.IsCompleted ? explaining : FailedAsync(writers, explaining)).ConfigureAwait(false);
            }
            finally
            {
                await end.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(writers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the first failure has been told
            }
        }
        finally
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>What was written, in a line.</summary>
    public string Describe(PipelineExplanation seen) => string.Create(CultureInfo.InvariantCulture,
        $"{seen.Commits * commitRows / seen.Window.TotalSeconds:N0} rows/s: {commitRows:N0} a commit, {inFlight:N0} commits in flight, durability {level.ToString().ToLowerInvariant()}");

    private static async Task<PipelineExplanation> FailedAsync(Task[] writers, Task<PipelineExplanation> explaining)
    {
        await (await Task.WhenAny(writers).ConfigureAwait(false)).ConfigureAwait(false);
        return await explaining.ConfigureAwait(false);
    }

    private async Task WriteAsync(Table table, Func<long> next, CancellationToken end)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // each on a thread of its own
        var rows = Enumerable.Range(0, commitRows).Select(_ => table.NewRow()).ToArray();
        var text = new string('x', TextLength);
        while (!end.IsCancellationRequested)
        {
            var first = next();
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i]["id"] = first + i;
                rows[i]["at"] = 1_700_000_000_000 + first + i;
                rows[i]["value"] = (first + i) * 0.5;
                rows[i]["text"] = text;
            }

            await table.InsertAsync(rows, cancellationToken: end).ConfigureAwait(false);
        }
    }
}
