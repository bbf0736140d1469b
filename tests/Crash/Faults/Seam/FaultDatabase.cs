using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using RocksDbSharp;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>A database whose files, but for RocksDB's, lie in <see cref="MemoryFiles"/> behind <see cref="FaultyFiles"/>; RocksDB has an environment in memory.</summary>
/// <remarks>On the disk are the lock and empty folders only.</remarks>
internal sealed class FaultDatabase : IAsyncDisposable
{
    private const int InfoLogFatal = 4;
    private const string LogThread = "helios log";

    private readonly ScratchFolder _scratch = new();
    private nint _environment = Native.Instance.rocksdb_create_mem_env();
    private readonly PlantedSeam _planted;
    private MemoryFiles _memory = new();
    private volatile bool _logKnows;

    public FaultDatabase(PlantedSeam planted)
    {
        _planted = planted;
        Files = Watch(new FaultyFiles(_memory));
    }

    public HeliosEngine? Engine { get; private set; }

    public FaultyFiles Files { get; private set; }

    /// <summary>Has a sync of a file or a directory failed since the process began?</summary>
    public bool SyncHasFailed { get; private set; }

    /// <summary>Must no commit that begins now be answered? A sync has failed, and whoever answers knows it.</summary>
    /// <remarks>
    /// Log answers. A sync that fails on another thread, of the next segment or of a directory, concerns no commit; until that thread has told Log of it, commits go on.
    /// </remarks>
    public bool AnswersHaveEnded => _logKnows || (SyncHasFailed && Engine?.Parts.Log is WalWriter { IsFenced: true });

    /// <summary>Has one failed in any process? What was answered before it without a sync may then be gone, whatever ends the process.</summary>
    public bool SyncHasEverFailed { get; private set; }

    /// <summary>Did the fault happen, in this process or an earlier one?</summary>
    public bool Hit { get; private set; }

    private string Path => _scratch["db"];

    public async Task OpenAsync(SafetyLevel level)
    {
        Directory.CreateDirectory(Path); // for the lock
        var store = System.IO.Path.Combine(Path, "store");
        if (_memory.Exists(System.IO.Path.Combine(Path, DatabaseIdentity.FileName)))
        {
            Directory.CreateDirectory(store);
            await File.WriteAllBytesAsync(System.IO.Path.Combine(store, "CURRENT"), []); // the engine looks for it on the disk before RocksDB does
        }
        else
        {
            ForgetUnfinishedCreation();
        }

        Engine = await HeliosEngine.OpenAsync(Path, new HeliosOptions
        {
            SafetyLevel = _planted.Level(level),
            Files = _planted.Wrap(Files),
            CacheBytes = 8 << 20,
            RowCacheBytes = 0,
            LogRetention = 0,
            Log = new WalOptions { SegmentBytes = [8 << 10, 16 << 10] },
            TuneStore = Tune,
        });
    }

    /// <summary>On a disk the engine does this itself: it deletes the folders of log and store where there is no identity.</summary>
    private void ForgetUnfinishedCreation()
    {
        foreach (var path in _memory.List(System.IO.Path.Combine(Path, "log")))
            _memory.Delete(path);
        Native.Instance.rocksdb_env_destroy(_environment);
        _environment = Native.Instance.rocksdb_create_mem_env();
    }

    public async Task CloseAsync()
    {
        if (Engine is { } engine)
        {
            Engine = null;
            await engine.DisposeAsync();
        }
    }

    /// <summary>The process ends at once; the system, with all that was written and not synced, goes on.</summary>
    public Task KillAsync() => EndAsync(_memory.AfterKill);

    /// <summary>The machine ends at once: of what no sync covers there is afterwards what is kept.</summary>
    public Task LosePowerAsync(Func<UnsyncedItem, bool> keep) => EndAsync(() => _memory.AfterPowerLoss(keep));

    /// <summary>What the engine's files hold, byte for byte.</summary>
    public string Fingerprint() => string.Join('\n',
        from path in _memory.List(Path).Concat(_memory.List(System.IO.Path.Combine(Path, "log"))).Order(StringComparer.Ordinal)
        select $"{path} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(_memory.ReadAll(path)))}");

    /// <summary>What <c>helios verify</c> finds in the closed database; null where it is satisfied.</summary>
    public string? Verify()
    {
        var results = new IntegrityRun(Files, Path, TimeProvider.System, null, new StoreOptions { CacheBytes = 8 << 20, Tune = Tune }).Run(CancellationToken.None);
        var failed = results.Where(static result => !result.Passed).Select(static result => $"{result.Name}: {result.Message}").ToArray();
        return failed.Length == 0 ? null : string.Join("; ", failed);
    }

    public async ValueTask DisposeAsync()
    {
        Files.Heal();
        await EndAsync(static () => new MemoryFiles());
        Native.Instance.rocksdb_env_destroy(_environment);
        _scratch.Dispose();
    }

    /// <summary>Nothing that the engine still does reaches a file, and its store closes without a flush.</summary>
    private async Task EndAsync(Func<MemoryFiles> after)
    {
        var left = after(); // before anything else is done
        if (Engine is { } engine)
        {
            Engine = null;
            foreach (var call in (ReadOnlySpan<FileCall>)[FileCall.Write, FileCall.SetLength, FileCall.Sync, FileCall.SyncDirectory, FileCall.Rename, FileCall.Delete])
                Files.Skipped.Add(call);
            Files.Heal();
            await engine.WritePath.StopAsync();
            engine.Parts.Store.Dispose();
            try
            {
                await engine.DisposeAsync();
            }
            catch (ObjectDisposedException)
            {
                // a clean close would have written to the store: this one may not
            }
        }

        _memory = left;
        Files = Watch(new FaultyFiles(_memory));
        SyncHasFailed = _logKnows = false; // the next process
    }

    /// <summary>A failed sync leaves its pages as Linux does: they count as clean, the disk never gets them.</summary>
    private FaultyFiles Watch(FaultyFiles files)
    {
        var memory = _memory;
        files.Failing = (call, path) =>
        {
            Hit = true;
            if (call is FileCall.Sync or FileCall.SyncDirectory)
                SyncHasFailed = SyncHasEverFailed = true;
            if (call == FileCall.Sync && Thread.CurrentThread.Name == LogThread)
                _logKnows = true;
            if (call == FileCall.Sync)
                memory.ForgetDirtyPages(path);
        };
        return files;
    }

    private void Tune(nint options)
    {
        Native.Instance.rocksdb_options_set_env(options, _environment);
        Native.Instance.rocksdb_options_set_info_log_level(options, InfoLogFatal);
        Native.Instance.rocksdb_options_set_max_file_opening_threads(options, 1);
    }
}
