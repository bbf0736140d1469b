using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using RocksDbSharp;

namespace Helios.Pipeline.Model.Tests;

/// <summary>A database in memory: the log in <see cref="MemoryFiles"/>, the store in RocksDB's own in-memory environment. It can be killed and lose power.</summary>
/// <remarks>On the disk are the lock and empty folders only, in a directory that the databases of one worker use one after the other.</remarks>
internal sealed class ModelDatabase : IAsyncDisposable
{
    private const int InfoLogFatal = 4;

    private readonly string _path;
    private readonly nint _environment = Native.Instance.rocksdb_create_mem_env();
    private readonly PlantedDefect _defect;
    private readonly IKeyProvider? _encryption;
    private readonly bool _spills;
    private MemoryFiles _memory = new();

    /// <param name="path">For the lock.</param>
    /// <param name="defect">What is wrong with the engine.</param>
    /// <param name="encryption">Where it is encrypted.</param>
    /// <param name="spills">Have indexes a budget, so that entries of them may go to the store?</param>
    public ModelDatabase(string path, PlantedDefect defect, IKeyProvider? encryption, bool spills)
    {
        _spills = spills;
        _encryption = encryption;
        _path = path;
        _defect = defect;
        Files = new FaultyFiles(_memory);
    }

    public HeliosEngine Engine { get; private set; } = null!;

    public FaultyFiles Files { get; private set; }

    public ManualTime Time { get; } = new();

    public SafetyLevel Level { get; private set; }

    public async Task OpenAsync(SafetyLevel level)
    {
        Level = level;
        Directory.CreateDirectory(_path);
        Engine = await HeliosEngine.OpenAsync(_path, new HeliosOptions
        {
            SafetyLevel = level,
            Files = Files,
            TimeProvider = Time,
            CacheBytes = 8 << 20,
            RowCacheBytes = 1 << 20,
            LogRetention = 0,
            Log = new WalOptions { SegmentBytes = [8 << 10, 16 << 10] },
            TuneStore = Tune,
            Encryption = _encryption,
            MaxIndexBytes = _spills ? 64 << 10 : null,
        });
        await File.WriteAllBytesAsync(Path.Combine(_path, "store", "CURRENT"), []); // the store looks for it on the disk before RocksDB does
        _defect.AfterOpening(Files);
    }

    /// <summary>Closes in order; where the engine has failed, as such an engine closes.</summary>
    public ValueTask CloseAsync() => Engine.DisposeAsync();

    /// <summary>The process ends at once; the system, with all that was written and not synced, goes on.</summary>
    public async Task KillAsync(HeldSync? held = null)
    {
        await EndAsync(held);
        Files = new FaultyFiles(_memory);
    }

    /// <summary>The machine ends at once: what no sync covers is there afterwards, or not.</summary>
    public async Task LosePowerAsync(Random keep, HeldSync? held = null)
    {
        var after = _memory.AfterPowerLoss(_ => keep.Next(2) == 0);
        await EndAsync(held);
        _memory = after;
        Files = new FaultyFiles(_memory);
    }

    public HeldSync HoldSync() => new(Files);

    /// <summary>Syncs of the log fail as on Linux: the pages count as clean, the disk never gets them.</summary>
    public void FailSyncs()
    {
        var memory = _memory;
        Files.Failing = (call, path) =>
        {
            if (call == FileCall.Sync)
                memory.ForgetDirtyPages(path);
        };
        Files.Fail(FileCall.Sync, StorageErrors.Io, forEver: true, path: ".wal");
    }

    /// <summary>Checks the closed database as <c>helios verify</c> does.</summary>
    public void Verify()
    {
        Files.Skipped.Clear(); // a defect of the engine is none of the one who looks
        var results = new IntegrityRun(Files, _path, Time, null, new StoreOptions { CacheBytes = 8 << 20, Tune = Tune }, _encryption).Run(CancellationToken.None);
        var failed = results.Where(static result => !result.Passed).Select(static result => $"{result.Name}: {result.Message}").ToArray();
        Assert.True(failed.Length == 0, $"verify: {string.Join("; ", failed)}");
    }

    public async ValueTask DisposeAsync()
    {
        Files.Before = null;
        if (Engine is { State: not EngineState.Closed })
            await EndAsync(null);
        Native.Instance.rocksdb_env_destroy(_environment);
    }

    /// <summary>Nothing that the engine still does reaches a file, and its store closes without a flush.</summary>
    private async Task EndAsync(HeldSync? held)
    {
        foreach (var call in (ReadOnlySpan<FileCall>)[FileCall.Write, FileCall.SetLength, FileCall.Sync, FileCall.SyncDirectory, FileCall.Rename, FileCall.Delete])
            Files.Skipped.Add(call);
        held?.Dispose();
        await Engine.WritePath.StopAsync();
        Engine.Parts.Store.Dispose();
        try
        {
            await Engine.DisposeAsync();
        }
        catch (ObjectDisposedException)
        {
            // a clean close would have written to the store: this one may not
        }
    }

    /// <summary>RocksDB writes nothing for people to read here, and starts no threads to open a handful of files.</summary>
    private void Tune(nint options)
    {
        Native.Instance.rocksdb_options_set_env(options, _environment);
        Native.Instance.rocksdb_options_set_info_log_level(options, InfoLogFatal);
        Native.Instance.rocksdb_options_set_max_file_opening_threads(options, 1);
    }
}
