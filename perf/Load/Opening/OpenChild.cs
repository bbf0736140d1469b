using System.Diagnostics;
using System.Text.Json;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Load;

/// <summary>What the processes do that build a database and open it: each ends by SIGKILL, in the middle of its work.</summary>
internal static class OpenChild
{
    public const string Argument = "open-child";

    private const int RowsOfACommit = 1_000;
    private const int InFlight = 16;

    /// <param name="arguments">The word, "build" or "open", the database, rows, bytes of log between snapshots, seconds of rest.</param>
    public static async Task<int> ServeAsync(string[] arguments)
    {
        var (directory, rows) = (arguments[2], long.Parse(arguments[3], System.Globalization.CultureInfo.InvariantCulture));
        var bytes = long.Parse(arguments[4], System.Globalization.CultureInfo.InvariantCulture);
        var options = HeliosOptions.ForBulkLoad with { IndexSnapshotBytes = bytes };
        var began = Stopwatch.GetTimestamp();
        await using var engine = await HeliosEngine.OpenAsync(directory, options).ConfigureAwait(false);
        var opened = Stopwatch.GetElapsedTime(began);
        if (arguments[1] == "build")
            await LoadAsync(engine, rows, TimeSpan.FromSeconds(int.Parse(arguments[5], System.Globalization.CultureInfo.InvariantCulture))).ConfigureAwait(false);
        else
            await CheckAsync(engine, rows).ConfigureAwait(false);

        var seen = engine.Inspect().Recovery;
        Console.WriteLine(JsonSerializer.Serialize(new OpenFigures(
            opened.TotalSeconds, seen.Indexes!.Milliseconds / 1000, seen.Indexes.Snapshot, seen.Indexes.Keys, seen.Indexes.Completed, seen.Commits, seen.Indexes.Refused, new FileInfo(Snapshot(directory)) is { Exists: true } file ? file.Length : 0)));
        await Console.Out.FlushAsync().ConfigureAwait(false);
        Process.GetCurrentProcess().Kill();
        return ExitCodes.Done;
    }

    public static string Snapshot(string directory) => Path.Combine(directory, "indexes", "snapshot");

    /// <summary>The last hundredth of the rows comes when the engine had time to make a snapshot, or at once.</summary>
    private static async Task LoadAsync(HeliosEngine engine, long rows, TimeSpan rest)
    {
        var most = rows - (rows / 100);
        await BuildAsync(engine, 0, most).ConfigureAwait(false);
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < rest && engine.Recovered.Subscribers.Held != engine.Visible)
            await Task.Delay(100).ConfigureAwait(false);
        await BuildAsync(engine, most, rows).ConfigureAwait(false);
    }

    private static async Task BuildAsync(HeliosEngine engine, long from, long rows)
    {
        var table = await engine.TableAsync<OpenRow>("rows").ConfigureAwait(false);
        var waiting = new Queue<Task>();
        for (var first = from; first < rows; first += RowsOfACommit)
        {
            var commit = new OpenRow[Math.Min(RowsOfACommit, rows - first)];
            for (var i = 0; i < commit.Length; i++)
                commit[i] = OpenRow.Of(first + i);
            waiting.Enqueue(table.InsertAsync(commit).AsTask());
            if (waiting.Count == InFlight)
                await waiting.Dequeue().ConfigureAwait(false);
        }

        await Task.WhenAll(waiting).ConfigureAwait(false);
    }

    /// <summary>It is open when it answers: by both keys, and rightly.</summary>
    private static async Task CheckAsync(HeliosEngine engine, long rows)
    {
        var table = engine.FindTable("rows") ?? throw new InvalidOperationException("The table is not there.");
        var unique = table.Schema.Unique[0].Name;
        if (await table.CountAsync().ConfigureAwait(false) != rows)
            throw new InvalidOperationException($"There are {await table.CountAsync().ConfigureAwait(false)} rows, not {rows}.");
        for (var id = 0L; id < rows; id += Math.Max(1, rows / 1000))
        {
            var row = OpenRow.Of(id);
            var found = await table.FindAsync(row.Id).ConfigureAwait(false);
            if (found is null || (string)found["Name"]! != row.Name || await table.FindByAsync(unique, row.Name).ConfigureAwait(false) is null)
                throw new InvalidOperationException($"Row {id} is not found.");
        }
    }
}

/// <summary>One open.</summary>
/// <param name="Seconds">Of the whole call.</param>
/// <param name="IndexSeconds">Of bringing the indexes into memory, in it.</param>
/// <param name="Snapshot">LSN of the snapshot; 0 where the rows were read.</param>
/// <param name="Keys">Keys loaded.</param>
/// <param name="Completed">Commits that completed the snapshot.</param>
/// <param name="Applied">Commits that the store did not have.</param>
/// <param name="Refused">Why a snapshot was refused.</param>
/// <param name="SnapshotBytes">Its length.</param>
internal sealed record OpenFigures(double Seconds, double IndexSeconds, ulong Snapshot, long Keys, long Completed, long Applied, string? Refused, long SnapshotBytes);
