using System.Globalization;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Spill;

/// <summary>A database whose indexes have far less room than its keys need.</summary>
internal sealed class SpillFixture : IAsyncDisposable
{
    public const long Budget = 64 << 10;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("helios-test-").FullName;

    public static HeliosOptions Options(long budget = Budget, bool isEncrypted = false) => new()
    {
        SafetyLevel = SafetyLevel.Unsafe,
        MaxIndexBytes = budget,
        Encryption = isEncrypted ? DatabaseFiles.Key(1) : null,
    };

    public async Task<(HeliosEngine Engine, Table Table)> OpenAsync(HeliosOptions? options = null)
    {
        var engine = await HeliosEngine.OpenAsync(Directory, options ?? Options());
        return (engine, await engine.TableAsync("things", EngineFixture.Schema));
    }

    public static async Task FillAsync(Table table, int rows)
    {
        for (var from = 0; from < rows; from += 5_000)
        {
            await table.InsertAsync(Enumerable.Range(from, Math.Min(5_000, rows - from)).Select(id => EngineFixture.Row(table, id, Name(id))));
            await table.Engine.Spills!.RunNowAsync(default); // however late the task is
        }
    }

    public static string Name(long id) => string.Create(CultureInfo.InvariantCulture, $"name {id * 7919 % 1_000_003}");

    /// <summary>Every key is in memory or in the store, in one of both, and memory keeps to the budget.</summary>
    public static async Task AssertSpilledAsync(HeliosEngine engine, Table table, int atLeast = 1)
    {
        Assert.True(await engine.Spills!.RunNowAsync(default));
        var rows = await table.CountAsync();
        foreach (var tree in table.Plan.Trees)
        {
            Assert.Equal(rows, tree.Count + tree.Spilled);
            Assert.InRange(tree.Spilled, atLeast, rows);
            Assert.InRange(tree.LiveBytes, 0, tree.Budget);
        }
    }

    public static async Task AssertSoundAsync(string directory, bool isEncrypted = false)
    {
        var report = await DatabaseVerifier.VerifyAsync(directory, encryption: isEncrypted ? DatabaseFiles.Key(1) : null);
        Assert.True(report.IsSound, DatabaseVerifierTests.Failures(report));
    }

    public ValueTask DisposeAsync()
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        return default;
    }
}
