using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary><c>helios backup</c> and <c>helios restore</c> are killed with SIGKILL again and again. Number of kills of each: HELIOS_BACKUP_KILLS, 6 by default.</summary>
[Collection(CrashTestGroup.Name)]
public sealed class BackupKillTests(ITestOutputHelper output) : IDisposable
{
    private const int Rows = 60_000;
    private const int MaxAttempts = 8;

    private static readonly TableSchema s_schema = new([new Column("id", ColumnType.Int8), new Column("text", ColumnType.Text)], primaryKey: ["id"]);

    private readonly ScratchFolder _scratch = new() { Keep = true };

    private string Database => _scratch["db"];

    private string Backups => _scratch["backups"];

    private string Restored => _scratch["restored"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Killed_at_random_neither_leaves_half_a_backup_nor_half_a_database()
    {
        var seed = Settings.Seed();
        var random = new Random(seed);
        var wanted = Settings.Number("HELIOS_BACKUP_KILLS", 6);
        output.WriteLine($"HELIOS_SEED={seed} HELIOS_BACKUP_KILLS={wanted}, {_scratch.Path}");
        await FillAsync(0, random);

        var kills = 0;
        for (var attempt = 0; kills < wanted && attempt < wanted * MaxAttempts; attempt++)
            kills += await KillBackupAsync(random, attempt) ? 1 : 0;
        Assert.True(kills >= wanted, $"{kills} of {wanted} backups were killed");
        await CheckLastBackupAsync();

        kills = 0;
        for (var attempt = 0; kills < wanted && attempt < wanted * MaxAttempts; attempt++)
            kills += await KillRestoreAsync(random) ? 1 : 0;
        Assert.True(kills >= wanted, $"{kills} of {wanted} restores were killed");
        (await ToolAsync("restore", "--from", Backups, "--db", Restored)).MustSucceed();
        await CheckRestoredAsync();
        _scratch.Keep = false;
    }

    private async Task<bool> KillBackupAsync(Random random, int attempt)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = BackupStore.List(Backups).Count;
        using var child = new ChildProcess(ChildProcess.Dotnet, [Tool, "backup", "--db", Database, "--to", Backups, "--debug"], onError: line =>
        {
            if (line.Contains("[2100 ", StringComparison.Ordinal))
                begun.TrySetResult();
        });
        var killed = await KillAsync(child, begun.Task, random.Next(150));
        var after = BackupStore.List(Backups);
        Assert.InRange(after.Count, killed ? before : before + 1, before + 1);
        Assert.All(Directory.Exists(Backups) ? (await VerifyAsync()).Backups : [], backup => Assert.True(backup.IsSound, string.Join("; ", backup.Problems)));
        output.WriteLine($"backup {attempt}: {(killed ? "killed" : "ended")}, {after.Count} backups are there");
        if (after.Count > before)
            await FillAsync(after.Count * Rows, random); // or the next one would have nothing to copy
        return killed;
    }

    private async Task<bool> KillRestoreAsync(Random random)
    {
        using var child = new ChildProcess(ChildProcess.Dotnet, [Tool, "restore", "--from", Backups, "--db", Restored]);
        var killed = await KillAsync(child, BegunRestoringAsync(child), random.Next(60));
        if (Directory.Exists(Restored))
        {
            await CheckRestoredAsync();
            Directory.Delete(Restored, recursive: true);
        }
        else
        {
            Assert.True(killed);
            var count = await ToolAsync("count", "--db", Restored, "--table", "t");
            Assert.Equal(1, count.ExitCode);
        }

        output.WriteLine($"restore: {(killed ? "killed" : "ended")}");
        return killed;
    }

    private Task BegunRestoringAsync(ChildProcess child) =>
        FileWait.UntilAsync(Path.GetDirectoryName(Restored)!, () => Directory.Exists(Path.Combine(Restored + ".restoring", "store")), child.Ended, below: true);

    private static async Task<bool> KillAsync(ChildProcess child, Task begun, int delay)
    {
        await Task.WhenAny(begun, child.Ended);
        await Task.WhenAny(Task.Delay(delay), child.Ended);
        if (!child.Ended.IsCompleted)
            child.Kill();
        var ended = await child.EndAsync();
        Assert.True(ended.ExitCode is 0 or 137, $"Exit code {ended.ExitCode}: {ended.CommandLine}\n{ended.Errors}");
        return ended.ExitCode == 137;
    }

    private async Task CheckLastBackupAsync()
    {
        (await ToolAsync("backup", "--db", Database, "--to", Backups)).MustSucceed();
        var report = await VerifyAsync();
        Assert.True(report.IsSound);
        Assert.Equal(report.Backups.Count, BackupStore.List(Backups).Count);
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(Backups, "files")), file => file.EndsWith(".new", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(Database, "checkpoint")));
    }

    /// <summary>Opens it, which must find every row of the source.</summary>
    private async Task CheckRestoredAsync()
    {
        var verified = await DatabaseVerifier.VerifyAsync(Restored);
        Assert.True(verified.IsSound, string.Join("; ", verified.Checks.Where(c => !c.Passed)));
        var (restored, source) = (await ToolAsync("count", "--db", Restored, "--table", "t"), await ToolAsync("count", "--db", Database, "--table", "t"));
        Assert.Equal(source.MustSucceed().Output, restored.MustSucceed().Output);
    }

    private async Task FillAsync(int first, Random random)
    {
        await using var engine = await HeliosEngine.OpenAsync(Database, new HeliosOptions { SafetyLevel = SafetyLevel.Async });
        var table = await engine.TableAsync("t", s_schema);
        var text = new byte[60];
        for (var id = first; id < first + Rows; id += 1_000)
            await table.InsertAsync(Enumerable.Range(id, 1_000).Select(Make));

        Row Make(int id)
        {
            random.NextBytes(text);
            var row = table.NewRow();
            row["id"] = (long)id;
            row["text"] = Convert.ToHexString(text);
            return row;
        }
    }

    private Task<BackupVerifyReport> VerifyAsync() => BackupStore.List(Backups).Count == 0
        ? Task.FromResult(new BackupVerifyReport(Backups, []))
        : BackupStore.VerifyAsync(Backups);

    private static string Tool { get; } = Path.Combine(AppContext.BaseDirectory, "helios.dll");

    private static Task<ProcessResult> ToolAsync(params string[] arguments) => ChildProcess.RunAsync(ChildProcess.Dotnet, [Tool, .. arguments]);
}
