using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What a killed process leaves is no damage.</summary>
public class UncleanDatabaseTests : IAsyncLifetime
{
    private readonly string _copy = Directory.CreateTempSubdirectory("helios-test-").FullName;
    private ClosedDatabase _database = null!;

    protected virtual HeliosOptions Options => new();

    public async Task InitializeAsync()
    {
        _database = await ClosedDatabase.CreateAsync(Options.Encryption);
        await using var helios = await HeliosEngine.OpenAsync(_database.Path, Options);
        var table = helios.FindTable(ClosedDatabase.TableName)!;
        await table.InsertAsync(ClosedDatabase.Rows(table, 101, 50));
        DatabaseFiles.Copy(_database.Path, _copy); // what the disk has while the engine runs is what a kill leaves
    }

    public Task DisposeAsync()
    {
        _database.Dispose();
        Directory.Delete(_copy, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Commits_that_are_only_in_the_log_are_no_damage()
    {
        var report = await DatabaseVerifier.VerifyAsync(_copy, encryption: Options.Encryption);
        Assert.True(report.IsSound, DatabaseVerifierTests.Failures(report));
        Assert.Contains("1 more are only in the log", report.Checks[^1].Message, StringComparison.Ordinal);

        await using var helios = await HeliosEngine.OpenAsync(_copy, Options);
        Assert.Equal(150, await helios.FindTable(ClosedDatabase.TableName)!.CountAsync());
    }

    [Fact]
    public async Task A_torn_tail_is_no_damage_and_stays_until_the_next_open()
    {
        var newest = Directory.GetFiles(Path.Combine(_copy, "log"), "*.wal").Order(StringComparer.Ordinal).Last();
        var bytes = await File.ReadAllBytesAsync(newest);
        Array.Fill(bytes, (byte)0xAA, Array.FindLastIndex(bytes, b => b != 0) + 64, 1000); // the last frame itself ends in some zeros
        await File.WriteAllBytesAsync(newest, bytes);

        var report = await DatabaseVerifier.VerifyAsync(_copy, encryption: Options.Encryption);
        Assert.True(report.IsSound, DatabaseVerifierTests.Failures(report));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(newest));

        await using var helios = await HeliosEngine.OpenAsync(_copy, Options);
        var cut = helios.Inspect().Recovery.Cut!;
        Assert.InRange(cut.Bytes, 1000, 1063);
        Assert.Contains($"{cut.Bytes} bytes at its end were never synced", report.Checks.Single(c => c.Name == "log").Message, StringComparison.Ordinal);
        Assert.Equal(150, await helios.FindTable(ClosedDatabase.TableName)!.CountAsync());
    }
}

/// <summary>All of it in an encrypted database.</summary>
public sealed class UncleanEncryptedDatabaseTests : UncleanDatabaseTests
{
    protected override HeliosOptions Options => new() { Encryption = DatabaseFiles.Key(1) };
}
