using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Helios.Pipeline.Ingestion;

/// <summary>How an engine is opened. Copied at open: later changes have no effect.</summary>
public sealed record HeliosOptions
{
    // Null where the user has not said it: then it is a share of the budget, or the preset's.
    private readonly long? _queuedBytes;
    private readonly long? _cacheBytes;
    private readonly long? _flushBytes;
    private readonly long? _logRingBytes;
    private readonly long? _rowCacheBytes;

    /// <summary>When the log is synced; <see cref="HeliosEngine.UseSafetyLevelAsync"/> changes it while the engine runs.</summary>
    /// <value>The default is <see cref="SafetyLevel.Full"/>: nothing acknowledged is ever lost.</value>
    public SafetyLevel SafetyLevel
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "There is no such safety level.");
    } = SafetyLevel.Full;

    /// <summary>At <see cref="SafetyLevel.Batched"/>: commits after which the log is synced. A power loss takes at most so many, and those in flight.</summary>
    /// <value>1 to 100,000; the default is 1,000.</value>
    public int BatchedCommits
    {
        get;
        init => field = value is >= 1 and <= 100_000 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "BatchedCommits is 1 to 100,000.");
    } = 1_000;

    /// <summary>At <see cref="SafetyLevel.Batched"/>: how long a commit may stay unsynced.</summary>
    /// <value>1 ms to 10 s; the default is 100 ms.</value>
    public TimeSpan BatchedDelay
    {
        get;
        init => field = value >= TimeSpan.FromMilliseconds(1) && value <= TimeSpan.FromSeconds(10) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "BatchedDelay is 1 ms to 10 s.");
    } = TimeSpan.FromMilliseconds(100);

    /// <summary>At <see cref="SafetyLevel.Async"/>: how long a commit may stay unsynced.</summary>
    /// <value>10 ms to 60 s; the default is 1 s.</value>
    public TimeSpan AsyncDelay
    {
        get;
        init => field = value >= TimeSpan.FromMilliseconds(10) && value <= TimeSpan.FromSeconds(60) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "AsyncDelay is 10 ms to 60 s.");
    } = TimeSpan.FromSeconds(1);

    /// <summary>May a database be created where none is?</summary>
    /// <value>The default is true.</value>
    public bool CreateIfMissing { get; init; } = true;

    /// <summary>What live queues and caches may take together: queued commits and the store's copy of them, memtables, cached blocks with their indexes and filters, readers of files, cached rows, and without a log its ring.</summary>
    /// <value>
    /// Bytes, 64 MiB to 1 TiB. Where it is set, every part that is not set itself is a share of it: a sixteenth each for <see cref="MaxQueuedBytes"/>,
    /// <see cref="FlushBytes"/>, <see cref="RowCacheBytes"/> and, without a log, <see cref="LogRingBytes"/>, ten for <see cref="CacheBytes"/>; parts that are set and larger than it are refused at open. The
    /// default, null, is what the parts need at worst (608 MiB with their defaults).
    /// </value>
    /// <remarks>
    /// Where caches and memtables take more than their share, fewer commits are let in, 1 MiB of them at least; a larger commit then goes in alone, and takes some six times its
    /// bytes for a moment. Outside the budget: unique keys, which grow with the data (<see cref="EngineInspector.Inspect"/> and <c>helios.memory.used</c> tell how much), what
    /// callers hold, and the runtime itself.
    /// </remarks>
    public long? MemoryBudget
    {
        get;
        init => field = value is null or (>= 64 << 20 and <= 1L << 40) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "MemoryBudget is 64 MiB to 1 TiB.");
    }

    /// <summary>Bytes of commits inside the engine before callers wait.</summary>
    /// <value>1 MiB to 16 GiB; the default is 64 MiB, or a share of <see cref="MemoryBudget"/>. A single larger commit is let in alone.</value>
    public long MaxQueuedBytes
    {
        get => _queuedBytes ?? Shares.Queued;
        init => _queuedBytes = value is >= 1 << 20 and <= 16L << 30 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxQueuedBytes is 1 MiB to 16 GiB.");
    }

    /// <summary>Rows of commits inside the engine before callers wait.</summary>
    /// <value>1 to 1,000,000,000; the default is 1,000,000.</value>
    public long MaxQueuedRows
    {
        get;
        init => field = value is >= 1 and <= 1_000_000_000 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxQueuedRows is 1 to 1,000,000,000.");
    } = 1_000_000;

    /// <summary>Memory for blocks read from disk; what RocksDB has not flushed yet is charged to it.</summary>
    /// <value>8 MiB to 1 TiB; the default is 256 MiB, or a share of <see cref="MemoryBudget"/>.</value>
    public long CacheBytes
    {
        get => _cacheBytes ?? Shares.Cache;
        init => _cacheBytes = value is >= 8 << 20 and <= 1L << 40 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "CacheBytes is 8 MiB to 1 TiB.");
    }

    /// <summary>Bytes of commits that the store gathers in memory before it writes them to its files.</summary>
    /// <value>
    /// 64 KiB to 1 GiB; the default is 64 MiB, or a share of <see cref="MemoryBudget"/>. As much again may gather while they are written, and memory needs up to 2.5 times the bytes. Less
    /// makes more and smaller files, which cost more compaction.
    /// </value>
    public long FlushBytes
    {
        get => _flushBytes ?? Shares.Flush;
        init => _flushBytes = value is >= 64 << 10 and <= 1 << 30 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "FlushBytes is 64 KiB to 1 GiB.");
    }

    /// <summary>Memory for rows that point reads asked for.</summary>
    /// <value>0 to 1 TiB; the default is 32 MiB, or a share of <see cref="MemoryBudget"/>; 0 keeps none.</value>
    public long RowCacheBytes
    {
        get => _rowCacheBytes ?? Shares.Rows;
        init => _rowCacheBytes = value is >= 0 and <= 1L << 40 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "RowCacheBytes is 0 to 1 TiB.");
    }

    /// <summary>Rows at most that are kept because point reads asked for them, whatever their size.</summary>
    /// <value>0 to 1,000,000,000; the default is 1,000,000; 0 keeps none.</value>
    public long RowCacheRows
    {
        get;
        init => field = value is >= 0 and <= 1_000_000_000 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "RowCacheRows is 0 to 1,000,000,000.");
    } = 1_000_000;

    /// <summary>A kept row that nobody asked for so long is let go, between once and twice that: its memory is somebody else's again.</summary>
    /// <value>0 to 30 days; the default is 5 minutes; 0: only where <see cref="RowCacheBytes"/> or <see cref="RowCacheRows"/> ask for room. A row that is kept is never out of date.</value>
    public TimeSpan RowCacheIdle
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(30) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "RowCacheIdle is 0 to 30 days.");
    } = TimeSpan.FromMinutes(5);

    /// <summary>Memory for each primary key and each unique index; what is beyond it stands in the store.</summary>
    /// <value>Null, the default, or 0: no bound, every key is in memory. Else 64 KiB to 64 GiB.</value>
    /// <remarks>
    /// Constraints stay exact. Entries that no commit has changed lately go to the store; looking one up there takes a read of RocksDB, mostly
    /// of a filter where the key is new. The index may be larger by a quarter, and by 2 MiB at least, and by what the engine has let in; beyond that commits wait for up to ten
    /// seconds and are then refused as busy (<c>index_behind</c>): so where the disk is behind, or a reader stays open that began before most of its keys were written. Indexes of foreign keys over the rows that refer are always whole in memory. Opening fills the indexes from the rows, within the bound.
    /// </remarks>
    public long? MaxIndexBytes
    {
        get;
        init => field = value is null or 0 or (>= 64 << 10 and <= 64L << 30) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxIndexBytes is 0, or 64 KiB to 64 GiB.");
    }

    /// <summary>How filters of blocks of rows are kept, which let a scan pass what cannot meet its condition.</summary>
    public BlockFilterOptions Filters { get; init; } = new();

    /// <summary>When statistics of tables are gathered again, and how many are kept in memory.</summary>
    public StatisticsOptions Statistics { get; init; } = new();

    /// <summary>How old versions of rows are removed that nobody can see any more.</summary>
    public VersionOptions Versions { get; init; } = new();

    /// <summary>How the store is read whole now and then, so that damage is known early.</summary>
    public ScrubOptions Scrub { get; init; } = new();

    /// <summary>What all background stages may take together.</summary>
    public MaintenanceOptions Maintenance { get; init; } = new();

    /// <summary>Work without a log? Then a killed process, too, takes what came after the last flush of the store.</summary>
    /// <value>
    /// The default is false. True needs <see cref="SafetyLevel.Unsafe"/>; with another level the open throws an <see cref="ArgumentException"/>. Checkpoints flush
    /// the store, and so does every <see cref="FlushBytes"/>; <see cref="LogRetention"/> has no effect. What survives an end is a prefix of the commits, each whole. Closing in
    /// order keeps everything, and leaves a database that opens with a log or without. To open one without a log deletes its log, once the store has all of it.
    /// </value>
    public bool WithoutLog { get; init; }

    /// <summary>Without a log: memory for commits that feeds may still read.</summary>
    /// <value>
    /// 0 to 16 GiB; the default is 64 MiB, or a share of <see cref="MemoryBudget"/>, which is taken as it is filled. 0 keeps none: then a feed is refused with its first change. While a feed is open the
    /// store is flushed for each quarter of it, so that everything in it is shown before it is driven out; a feed that reads more slowly than that gets <c>lsn_too_old</c>.
    /// </value>
    public long LogRingBytes
    {
        get => _logRingBytes ?? Shares.Ring;
        init => _logRingBytes = value is >= 0 and <= 16L << 30 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "LogRingBytes is 0 to 16 GiB.");
    }

    /// <summary>Log written before a checkpoint flushes the store and deletes old segments; without a log, bytes of commits.</summary>
    /// <value>1 MiB to 1 TiB; the default is 256 MiB.</value>
    public long CheckpointBytes
    {
        get;
        init => field = value is >= 1 << 20 and <= 1L << 40 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "CheckpointBytes is 1 MiB to 1 TiB.");
    } = 256 << 20;

    /// <summary>Time after which a checkpoint follows the one before it, where there was a commit since. At <see cref="SafetyLevel.Unsafe"/> it bounds what a power loss takes.</summary>
    /// <value>Zero, the default, means that only <see cref="CheckpointBytes"/> counts; else 1 s to 1 day.</value>
    public TimeSpan CheckpointInterval
    {
        get;
        init => field = value == TimeSpan.Zero || (value >= TimeSpan.FromSeconds(1) && value <= TimeSpan.FromDays(1)) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "CheckpointInterval is zero, or 1 s to 1 day.");
    }

    /// <summary>How long a transaction may stay open: what it sees is kept until it ends, and one that was forgotten must not keep it for ever.</summary>
    /// <value>1 s to 1 day; the default is 5 min. A transaction that has been open longer is aborted (<c>transaction_expired</c>).</value>
    public TimeSpan MaxTransactionTime
    {
        get;
        init => field = value >= TimeSpan.FromSeconds(1) && value <= TimeSpan.FromDays(1) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxTransactionTime is 1 s to 1 day.");
    } = TimeSpan.FromMinutes(5);

    /// <summary>Log kept for the change feed, whatever checkpoints allow to delete.</summary>
    /// <value>0 to 1 PiB; the default is 1 GiB.</value>
    public long LogRetention
    {
        get;
        init => field = value is >= 0 and <= 1L << 50 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "LogRetention is 0 to 1 PiB.");
    } = 1 << 30;

    /// <summary>Keep a snapshot of the indexes on disk, so that an open after a kill reads that and a bounded piece of log, and not every row?</summary>
    /// <value>The default is true. False, and without a log, none is read, and the next open deletes the one that is there.</value>
    public bool IndexSnapshots { get; init; } = true;

    /// <summary>Log after which the next index snapshot is made in the background; a quarter of the indexes' memory where that is more. A sixteenth of it is enough where the last one was begun five times as long ago as it took, and 10 s.</summary>
    /// <value>
    /// 1 MiB to 1 TiB; the default is 256 MiB. Log is kept from the snapshot on, whatever <see cref="LogRetention"/> says, but at most four times as much as this: where no newer snapshot can be made
    /// until then, the log is let go and the next open reads the rows. A snapshot takes 5 to 30 bytes a key and index on disk, and while it is written twice that.
    /// </value>
    public long IndexSnapshotBytes
    {
        get;
        init => field = value is >= 1 << 20 and <= 1L << 40 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "IndexSnapshotBytes is 1 MiB to 1 TiB.");
    } = 256 << 20;

    /// <summary>Free disk below which commits that insert are refused (<c>disk_full</c>, transient), so that room is left for deletes, checkpoints, recovery and closing.</summary>
    /// <value>
    /// Bytes, 0 to 1 PiB; the default is 100 MiB, 0 refuses none. The file systems of log and store are both looked at, and the one with less room counts. Below the
    /// floor the database opens, is read, deletes and closes; inserts are taken again by themselves once a quarter more than the floor is free. Where the system does
    /// not say how much is free, none is refused.
    /// </value>
    public long FreeSpaceFloor
    {
        get;
        init => field = value is >= 0 and <= 1L << 50 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "FreeSpaceFloor is 0 to 1 PiB.");
    } = 100 << 20;

    /// <summary>How often the free disk is measured: the engine notices later than that neither that it is low nor that it is enough.</summary>
    /// <value>100 ms to 1 min; the default is 1 s. What can be written meanwhile should be well below the floor.</value>
    public TimeSpan FreeSpaceInterval
    {
        get;
        init => field = value >= TimeSpan.FromMilliseconds(100) && value <= TimeSpan.FromMinutes(1) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "FreeSpaceInterval is 100 ms to 1 min.");
    } = TimeSpan.FromSeconds(1);

    /// <summary>Numbers of a producer that are remembered: its highest, and those that are less than this below. A commit with a lower one is refused (<c>sequence_too_old</c>) where it is not remembered still.</summary>
    /// <value>
    /// 1 to 65,536; the default is 128: as many commits as a producer may have in flight. It belongs to the open, not to the database: what an open with a smaller one has forgotten stays
    /// unknown. 10,000 producers and 128 MiB are remembered, outside the <see cref="MemoryBudget"/>: a commit counts for 128 bytes and its refused rows.
    /// </value>
    public int ProducerWindow
    {
        get;
        init => field = value is >= 1 and <= ProducerLedger.MaxWindow ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "ProducerWindow is 1 to 65,536.");
    } = ProducerLedger.DefaultWindow;

    /// <summary>Gives the key that a database is, or is to be, encrypted with.</summary>
    /// <value>
    /// The default is null: a new database is not encrypted. A database is encrypted whole or not at all, and for good: one that is encrypted opens with its
    /// key alone (<c>key_unavailable</c>, <c>key_mismatch</c>), one that is not refuses a provider (<c>not_encrypted</c>). The engine asks it when it opens, and never disposes of it.
    /// </value>
    public IKeyProvider? Encryption { get; init; }

    /// <summary>Where the engine logs.</summary>
    /// <value>The default is nowhere.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock.</summary>
    /// <value>The default is the system's.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>For loading much at once, where the source is still there if the power fails: <see cref="SafetyLevel.Unsafe"/> with a checkpoint each 60 s or 512 MiB of log, 256 MiB queued, 128 MiB gathered for a file.</summary>
    /// <remarks>A <see cref="MemoryBudget"/> takes the place of a preset's sizes. A killed process still loses nothing acknowledged; a power loss takes what came after the last checkpoint.</remarks>
    public static HeliosOptions ForBulkLoad { get; } = new()
    {
        SafetyLevel = SafetyLevel.Unsafe,
        CheckpointInterval = TimeSpan.FromSeconds(60),
        CheckpointBytes = 512 << 20,
        Preset = MemoryShares.Default with { Queued = 256 << 20, Flush = 128 << 20 },
    };

    /// <summary>For the highest rate: as <see cref="ForBulkLoad"/>, but <see cref="WithoutLog"/>, with a checkpoint each 300 s or 1 GiB of commits, 1 GiB and 10 million rows queued, and 256 MiB gathered for a file.</summary>
    /// <remarks>A killed process and a power loss alike take what came after the last flush: at most 300 s, and seldom more than 512 MiB.</remarks>
    public static HeliosOptions ForMaximumPerformance { get; } = ForBulkLoad with
    {
        WithoutLog = true,
        CheckpointInterval = TimeSpan.FromSeconds(300),
        CheckpointBytes = 1L << 30,
        MaxQueuedRows = 10_000_000,
        Preset = MemoryShares.Default with { Queued = 1 << 30, Flush = 256 << 20 },
    };

    /// <summary>For many small commits that are read back soon: <see cref="SafetyLevel.Full"/>, a short queue (16 MiB, 10,000 rows), so that no commit waits long behind others inside the engine, and 128 MiB for rows read.</summary>
    public static HeliosOptions ForOltp { get; } = new()
    {
        MaxQueuedRows = 10_000,
        Preset = MemoryShares.Default with { Queued = 16 << 20, Rows = 128 << 20 },
    };

    internal IStorageFiles Files { get; init; } = PhysicalFiles.Instance;

    internal WalOptions Log { get; init; } = new();

    /// <summary>Time between two index snapshots at least.</summary>
    internal TimeSpan IndexSnapshotPause { get; init; } = TimeSpan.FromSeconds(10);

    internal CommitOptions Commit => new(FlushBytes);

    /// <summary>Sizes where neither the user nor a budget says them.</summary>
    internal MemoryShares Preset { get; init; } = MemoryShares.Default;

    /// <summary>What the parts may take together, set or not.</summary>
    internal long EffectiveBudget => MemoryBudget ?? Parts.Needed;

    private MemoryShares Shares => MemoryBudget is { } budget ? MemoryShares.Of(budget) : Preset;

    private MemoryShares Parts => new(MaxQueuedBytes, CacheBytes, FlushBytes, RowCacheBytes, WithoutLog ? LogRingBytes : 0);

    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    internal void CheckMemory()
    {
        if (MemoryBudget is { } budget)
            Parts.CheckAgainst(budget);
    }

    internal int ConflictRows { get; init; } = ConflictWindow.DefaultRows;

    internal ICpuGauge? Cpu { get; init; }

    internal Action<nint>? TuneStore { get; init; }

    internal Action<nint>? TuneFamilies { get; init; }

    internal Action<RecoveryReport>? RecoveryProgress { get; init; }
}
