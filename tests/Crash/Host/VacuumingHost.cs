using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// Changes, deletes and inserts again the rows of one table, and vacuums it all the time, until it is killed. It tells each thing on a line of stderr:
/// <c>try N</c> before a commit is submitted, <c>done N</c> when it has been answered, <c>rewriting</c> and <c>rewritten</c> around that part of a vacuum.
/// </summary>
internal sealed class VacuumingHost(string directory) : IProgress<VacuumProgress>
{
    public const string Table = "t";

    /// <summary>The id of the row that says how many commits there are.</summary>
    public const long Marker = -1;

    private const int Keys = 2_000, Groups = 10; // a commit touches the keys of one group

    public static readonly TableSchema Schema = new([new Column("id", ColumnType.Int8), new Column("text", ColumnType.Text)], ["id"], [new UniqueConstraint("text", "text")]);

    private static readonly string s_padding = new('x', 150);

    /// <summary>Only vacuums remove versions.</summary>
    public static HeliosOptions Options => new() { Versions = new VersionOptions { IsEnabled = false } };

    /// <summary>The rows after so many commits.</summary>
    public static SortedDictionary<long, string> After(long commits)
    {
        var rows = new SortedDictionary<long, string>();
        for (var commit = 1L; commit <= commits; commit++)
        {
            foreach (var (id, text) in Changes(commit))
            {
                if (text is null)
                    rows.Remove(id);
                else
                    rows[id] = text;
            }
        }

        return rows;
    }

    public async Task RunAsync()
    {
        await using var engine = await HeliosEngine.OpenAsync(directory, Options);
        var table = await engine.TableAsync(Table, Schema);
        var marker = await table.FindAsync(Marker);
        await Task.WhenAll(WriteAsync(engine, table, 1 + (marker is null ? 0 : Commits(marker))), VacuumAsync(engine));
    }

    public static long Commits(Row marker) => long.Parse(((string)marker["text"]!)["commit ".Length..], System.Globalization.CultureInfo.InvariantCulture);

    public void Report(VacuumProgress value)
    {
        if (value.Step != VacuumStep.Removing)
            Console.Error.WriteLine(value.Step == VacuumStep.Rewriting ? "rewriting" : "rewritten");
    }

    /// <summary>What a commit does: keys and their new texts, null where the row goes.</summary>
    private static IEnumerable<(long Id, string? Text)> Changes(long commit)
    {
        for (var id = commit % Groups; id < Keys; id += Groups)
            yield return (id, (id + commit) % 7 == 0 ? null : $"{id} of {commit} {s_padding}");
        yield return (Marker, $"commit {commit}");
    }

    private static async Task WriteAsync(HeliosEngine engine, Table table, long next)
    {
        using var session = engine.OpenSession();
        for (var commit = next; ; commit++)
        {
            foreach (var (id, text) in Changes(commit))
            {
                if (text is null)
                {
                    session.Delete(table, id);
                    continue;
                }

                var row = table.NewRow();
                (row["id"], row["text"]) = (id, text);
                session.Upsert(table, row);
            }

            await Console.Error.WriteLineAsync($"try {commit}");
            await session.CommitAsync();
            await Console.Error.WriteLineAsync($"done {commit}");
        }
    }

    private async Task VacuumAsync(HeliosEngine engine)
    {
        while (true)
            await engine.VacuumAsync(Table, this);
    }
}
