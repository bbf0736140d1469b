using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using RocksDbSharp;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>How a database is opened in one cycle of a crash loop, and how it is written to: drawn anew for every cycle.</summary>
internal sealed record LoopOptions
{
    private const int Universal = 1;
    private const int ManyCommits = 1 << 20; // the default of the engine

    public required SafetyLevel Level { get; init; }

    /// <summary>Goes over to <see cref="SwitchTo"/> after so many commits; 0 = never.</summary>
    public required int SwitchAfter { get; init; }

    public required SafetyLevel SwitchTo { get; init; }

    public required int MaxRowsPerCommit { get; init; }

    public required int InFlight { get; init; }

    /// <summary>What an answer waits for. Either promises that a kill takes nothing.</summary>
    public required Durability Durability { get; init; }

    /// <summary>A checkpoint in the middle of the work after so many commits; 0 = none.</summary>
    public required int CheckpointEvery { get; init; }

    public required int FlushKilobytes { get; init; }

    public required int CheckpointMegabytes { get; init; }

    public required int CheckpointSeconds { get; init; }

    public required int SegmentKilobytes { get; init; }

    public required bool ZeroFill { get; init; }

    public required int RetentionMegabytes { get; init; }

    public required int CacheMegabytes { get; init; }

    public required int RowCacheKilobytes { get; init; }

    public required int QueuedRows { get; init; }

    public required int BatchedCommits { get; init; }

    public required int BatchedMilliseconds { get; init; }

    public required int AsyncMilliseconds { get; init; }

    public required bool UniversalCompaction { get; init; }

    public required int FilesBeforeCompaction { get; init; }

    public required bool NoCompaction { get; init; }

    public required int LevelKilobytes { get; init; }

    /// <summary>0 = none. The least allowed is 64.</summary>
    public required int BudgetMegabytes { get; init; }

    /// <summary>Where there is a budget: are caches and memtables shares of it, whatever else was drawn for them?</summary>
    public required bool PartsAreShares { get; init; }

    /// <summary>At unsafe, which then stays: a kill takes what came after the last flush.</summary>
    public required bool WithoutLog { get; init; }

    /// <summary>Without a log: commits that may be told beyond the last flush.</summary>
    public required int UnflushedCommits { get; init; }

    /// <summary>Log after which an index snapshot is made.</summary>
    public required int SnapshotMegabytes { get; init; }

    /// <summary>An index snapshot in the middle of the work after so many commits; 0 = only as the engine makes them.</summary>
    public required int SnapshotEvery { get; init; }

    /// <summary>What an index may take before its entries go to the store; 0 = all it wants.</summary>
    public required int IndexKilobytes { get; init; }

    /// <summary>Are versions removed in the background? Else only vacuums remove them.</summary>
    public required bool Collects { get; init; }

    /// <param name="seed">Of the loop.</param>
    /// <param name="cycle">Of the loop; other numbers for opens in the parent.</param>
    /// <param name="bug">A defect in what a log has is planted with a log, one in what is flushed without.</param>
    public static LoopOptions Draw(int seed, int cycle, LoopBug bug = LoopBug.None)
    {
        var drawn = Draw(seed, cycle, withoutLog: bug switch { LoopBug.None => null, LoopBug.FlushToldEarly => true, _ => false });
        return drawn.WithoutLog ? drawn with { Level = SafetyLevel.Unsafe, SwitchAfter = 0 } : drawn;
    }

    private static LoopOptions Draw(int seed, int cycle, bool? withoutLog)
    {
        var random = new Random((int)LoopWorkload.Mix(seed, cycle));
        T Of<T>(params T[] values) => values[random.Next(values.Length)];
        return new LoopOptions
        {
            Level = Of(Enum.GetValues<SafetyLevel>()),
            SwitchAfter = Of(0, 0, 5, 20),
            SwitchTo = Of(Enum.GetValues<SafetyLevel>()),
            MaxRowsPerCommit = Of(1, 5, 20, 100, 300, LoopWorkload.MaxRows),
            InFlight = Of(1, 4, 16, 64),
            Durability = Of(Durability.Visible, Durability.Logged),
            CheckpointEvery = Of(0, 7, 40),
            FlushKilobytes = Of(64, 128, 512, 4096),
            CheckpointMegabytes = Of(1, 4, 64),
            CheckpointSeconds = Of(0, 1),
            SegmentKilobytes = Of(8, 32, 128, 1024),
            ZeroFill = Of(true, false),
            RetentionMegabytes = Of(0, 1, 1024),
            CacheMegabytes = Of(8, 32),
            RowCacheKilobytes = Of(0, 64, 4096),
            QueuedRows = Of(1, 100, 1_000_000),
            BatchedCommits = Of(1, 10, 1_000),
            BatchedMilliseconds = Of(1, 10, 100),
            AsyncMilliseconds = Of(10, 100, 1_000),
            UniversalCompaction = Of(true, false),
            FilesBeforeCompaction = Of(2, 4, 8),
            NoCompaction = random.Next(8) == 0,
            LevelKilobytes = Of(64, 512, 65_536),
            BudgetMegabytes = Of(0, 0, 64, 256),
            PartsAreShares = Of(true, false),
            WithoutLog = withoutLog ?? random.Next(4) == 0,
            UnflushedCommits = Of(16, 64, ManyCommits),
            SnapshotMegabytes = Of(1, 1, 2, 256),
            IndexKilobytes = Of(0, 0, 64, 128),
            SnapshotEvery = Of(0, 0, 5, 20),
            Collects = Of(true, false),
        };
    }

    public HeliosOptions Engine(IKeyProvider? key) => BudgetMegabytes > 0 && PartsAreShares
        ? WithoutSizes(key)
        : WithoutSizes(key) with { CacheBytes = (long)CacheMegabytes << 20, RowCacheBytes = (long)RowCacheKilobytes << 10, FlushBytes = (long)FlushKilobytes << 10 };

    private HeliosOptions WithoutSizes(IKeyProvider? key) => new()
    {
        SafetyLevel = Level,
        BatchedCommits = BatchedCommits,
        BatchedDelay = TimeSpan.FromMilliseconds(BatchedMilliseconds),
        AsyncDelay = TimeSpan.FromMilliseconds(AsyncMilliseconds),
        MaxQueuedRows = QueuedRows,
        MemoryBudget = BudgetMegabytes > 0 ? (long)BudgetMegabytes << 20 : null,
        WithoutLog = WithoutLog,
        IndexSnapshotBytes = (long)SnapshotMegabytes << 20,
        MaxIndexBytes = IndexKilobytes > 0 ? (long)IndexKilobytes << 10 : null,
        CheckpointBytes = (long)CheckpointMegabytes << 20,
        CheckpointInterval = TimeSpan.FromSeconds(CheckpointSeconds),
        LogRetention = (long)RetentionMegabytes << 20,
        Log = new WalOptions { SegmentBytes = [(long)SegmentKilobytes << 10, (long)SegmentKilobytes << 11], ZeroFill = ZeroFill, LsnSkip = WithoutLog ? UnflushedCommits : ManyCommits },
        Encryption = key,
        Versions = s_versions with { IsEnabled = Collects },
        TuneFamilies = Tune,
    };

    /// <summary>Where they are: always at it, however busy the machine, and soon so far behind that it sweeps.</summary>
    private static readonly VersionOptions s_versions = new() { CollectionInterval = TimeSpan.FromMilliseconds(20), CollectionMaxWait = TimeSpan.Zero, MaxLogBytes = 1 << 20 };

    private void Tune(nint family)
    {
        var native = Native.Instance;
        if (UniversalCompaction)
            native.rocksdb_options_set_compaction_style(family, Universal);
        native.rocksdb_options_set_level0_file_num_compaction_trigger(family, FilesBeforeCompaction);
        native.rocksdb_options_set_disable_auto_compactions(family, NoCompaction ? 1 : 0);
        native.rocksdb_options_set_max_bytes_for_level_base(family, (ulong)LevelKilobytes << 10);
        native.rocksdb_options_set_target_file_size_base(family, (ulong)LevelKilobytes << 9);
    }
}
