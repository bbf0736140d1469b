using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A database that is opened with a log and without, and killed: what the disk has while an engine runs is what a kill leaves.</summary>
internal sealed class UnloggedFixture : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("helios-test-");
    private int _copies;

    public FaultyFiles Files { get; } = new(PhysicalFiles.Instance);

    public IKeyProvider? Encryption { get; init; }

    /// <summary>LSNs that a crash may take; small, so that a test reaches it.</summary>
    public int LsnSkip { get; init; } = 1_000;

    public string Path => System.IO.Path.Combine(_directory.FullName, "db");

    public HeliosOptions Logged => new() { Files = Files, Encryption = Encryption, CacheBytes = 8 << 20, Log = new WalOptions { SegmentBytes = [64 << 10], LsnSkip = LsnSkip } };

    public HeliosOptions WithoutLog => Logged with { SafetyLevel = SafetyLevel.Unsafe, WithoutLog = true, LogRingBytes = 1 << 20 };

    public string In(string name) => System.IO.Path.Combine(_directory.FullName, name);

    /// <summary>The disk as it is now, in another directory.</summary>
    public string Copy(string? from = null) => DatabaseFiles.Copy(from ?? Path, In($"copy-{_copies++}"));

    public static async Task<Lsn> InsertAsync(HeliosEngine engine, long first, int count = 1)
    {
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        var last = Lsn.Zero;
        for (var id = first; id < first + count; id++)
            last = (await table.InsertAsync(EngineFixture.Row(table, id))).Lsn;
        return last;
    }

    /// <summary>The rows, which must be 0, 1, 2 … without a hole: a prefix of what was written, each commit whole, counter and keys with it.</summary>
    public static async Task<long> CountAsync(HeliosEngine engine)
    {
        if (engine.FindTable("things") is not { } table)
            return 0;
        var rows = 0L;
        await foreach (var row in table.ScanAsync())
            Assert.Equal(rows++, row["id"]);
        Assert.Equal(rows, await table.CountAsync());
        Assert.Null(await table.FindAsync(rows));
        if (rows > 0)
            Assert.NotNull(await table.FindAsync(rows - 1));
        return rows;
    }

    public static async Task VerifyAsync(string path, IKeyProvider? encryption = null)
    {
        var report = await DatabaseVerifier.VerifyAsync(path, encryption: encryption);
        Assert.True(report.IsSound, DatabaseVerifierTests.Failures(report));
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
