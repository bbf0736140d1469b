using System.Globalization;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>An encrypted database is killed with SIGKILL while rows are written and its key is rotated. Number of kills: HELIOS_ROTATION_KILLS, 5 by default.</summary>
[Collection(CrashTestGroup.Name)]
public sealed class RotationKillTests(ITestOutputHelper output)
{
    private int _answered, _tried;
    private long _row;

    [Fact]
    public async Task Killed_while_it_rotates_a_database_opens_with_one_of_two_keys_and_has_every_acknowledged_row()
    {
        var seed = Settings.Seed();
        var random = new Random(seed);
        var wanted = Settings.Number("HELIOS_ROTATION_KILLS", 5);
        using var scratch = new ScratchFolder { Keep = true };
        output.WriteLine($"HELIOS_SEED={seed} HELIOS_ROTATION_KILLS={wanted}, {scratch.Path}");
        var database = scratch["db"];
        for (var kill = 1; kill <= wanted; kill++)
        {
            var (rows, rotations) = (_row, _answered);
            await KillAsync(database, random);
            Assert.True(_answered > rotations && _row > rows, "It was killed before it had done anything.");
            await CheckAsync(database);
            output.WriteLine($"kill {kill}: {_row} rows, {_answered} rotations answered, {_tried} tried");
        }

        scratch.Keep = false;
    }

    private async Task KillAsync(string database, Random random)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (firstRow, firstKey) = (_row, _answered);
        string[] arguments = [typeof(HostProgram).Assembly.Location, "rotate", database, Text(_answered), Text(_tried)];
        using var child = new ChildProcess(ChildProcess.Dotnet, arguments, onError: line =>
        {
            var number = line.Split(' ') is [_, var digits] && long.TryParse(digits, CultureInfo.InvariantCulture, out var value) ? value : 0;
            if (line.StartsWith("row ", StringComparison.Ordinal))
                _row = number;
            else if (line.StartsWith("try ", StringComparison.Ordinal))
                _tried = (int)number;
            else if (line.StartsWith("key ", StringComparison.Ordinal))
                _answered = (int)number;
            if (_row > firstRow && _answered > firstKey)
                begun.TrySetResult();
        });
        await Task.WhenAny(begun.Task, child.Ended);
        await Task.WhenAny(Task.Delay(random.Next(150)), child.Ended);
        child.Kill();
        var ended = await child.EndAsync();
        Assert.True(ended.ExitCode == 137, $"Exit code {ended.ExitCode}: {ended.CommandLine}\n{ended.Errors}");
    }

    private async Task CheckAsync(string database)
    {
        var options = RotatingHost.Options(_answered, _tried);
        var verified = await DatabaseVerifier.VerifyAsync(database, encryption: options.Encryption);
        Assert.True(verified.IsSound, string.Join("; ", verified.Checks.Where(c => !c.Passed)));
        var older = await Assert.ThrowsAsync<HeliosException>(() => HeliosEngine.OpenAsync(database, options with { Encryption = RotatingHost.Key(_answered - 1) }));
        Assert.Equal("key_mismatch", older.Code);

        await using var engine = await HeliosEngine.OpenAsync(database, options);
        var table = engine.FindTable(RotatingHost.Table)!;
        var count = await table.CountAsync();
        Assert.InRange(count, _row, _row + 1); // one was in flight
        var id = 0L;
        await foreach (var row in table.ScanAsync())
            Assert.Equal((++id, $"the text of row {id}"), ((long)row["id"]!, (string)row["text"]!));
        Assert.Equal(count, id);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
