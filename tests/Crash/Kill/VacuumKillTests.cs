using System.Globalization;
using Helios.Pipeline.Ingestion;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>A database is killed with SIGKILL while a vacuum rewrites the files of its table and commits go on. Number of kills: HELIOS_VACUUM_KILLS, 2 by default.</summary>
[Collection(CrashTestGroup.Name)]
public sealed class VacuumKillTests(ITestOutputHelper output)
{
    private const int Between = 4; // milliseconds that each kill comes later than the one before

    private long _done;
    private bool _rewriting;

    [Fact]
    public async Task Killed_while_a_vacuum_rewrites_its_files_a_database_has_every_acknowledged_row_and_what_was_removed_stays_away()
    {
        var seed = Settings.Seed();
        var random = new Random(seed);
        var wanted = Settings.Number("HELIOS_VACUUM_KILLS", 2);
        using var scratch = new ScratchFolder { Keep = true };
        output.WriteLine($"HELIOS_SEED={seed} HELIOS_VACUUM_KILLS={wanted}, {scratch.Path}");
        var inRewrite = 0;
        for (var kill = 0; kill < wanted; kill++)
        {
            // The first one comes at once, and so falls into the rewriting.
            var delay = kill == 0 ? 0 : Between * (kill % 8) + random.Next(Between);
            await KillAsync(scratch["db"], vacuums: 2, delay);
            inRewrite += _rewriting ? 1 : 0;
            output.WriteLine($"kill {kill}, {delay} ms after a rewriting had begun{(_rewriting ? ", in it" : "")}: {_done} commits, {await CheckAsync(scratch["db"])}");
        }

        Assert.True(inRewrite > 0, "No kill fell into a rewriting.");
        scratch.Keep = false;
    }

    private async Task KillAsync(string database, int vacuums, int delay)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = vacuums;
        using var child = new ChildProcess(ChildProcess.Dotnet, [typeof(HostProgram).Assembly.Location, "vacuum", database], onError: line =>
        {
            if (line.StartsWith("done ", StringComparison.Ordinal))
                _done = long.Parse(line["done ".Length..], CultureInfo.InvariantCulture);
            else if (line is "rewriting" or "rewritten")
                _rewriting = line == "rewriting";
            if (line == "rewriting" && --left == 0)
                begun.TrySetResult();
        });
        await Task.WhenAny(begun.Task, child.Ended);
        if (delay > 0)
            await Task.WhenAny(Task.Delay(delay), child.Ended); // the moment of the kill is what the experiment draws
        child.Kill();
        var ended = await child.EndAsync();
        Assert.True(ended.ExitCode == 137, $"Exit code {ended.ExitCode}: {ended.CommandLine}\n{ended.Errors}");
    }

    private async Task<string> CheckAsync(string database)
    {
        var verified = await DatabaseVerifier.VerifyAsync(database);
        Assert.True(verified.IsSound, string.Join("; ", verified.Checks.Where(static check => !check.Passed)));
        await using var engine = await HeliosEngine.OpenAsync(database, VacuumingHost.Options);
        var table = engine.FindTable(VacuumingHost.Table)!;
        var commits = VacuumingHost.Commits((await table.FindAsync(VacuumingHost.Marker))!);
        Assert.InRange(commits, _done, _done + 1); // one was in flight
        var wanted = VacuumingHost.After(commits);
        await CompareAsync();
        await engine.VacuumAsync(VacuumingHost.Table);
        var again = Assert.Single((await engine.VacuumAsync(VacuumingHost.Table)).Tables);
        Assert.Equal((wanted.Count, 0L), (again.VersionsRead, again.VersionsDead)); // whatever the kill has left, a vacuum removes
        await CompareAsync();
        return $"{wanted.Count} rows";

        async Task CompareAsync()
        {
            var found = new SortedDictionary<long, string>();
            await foreach (var row in table.ScanAsync())
                found.Add((long)row["id"]!, (string)row["text"]!);
            Assert.Equal(wanted, found);
            Assert.Equal(wanted.Count, await table.CountAsync());
            foreach (var (id, text) in wanted.Where(static row => row.Key % 50 == 0))
                Assert.Equal((text, id), ((string)(await table.FindAsync(id))!["text"]!, (long)(await table.FindByAsync("text", text))!["id"]!));
        }
    }
}
