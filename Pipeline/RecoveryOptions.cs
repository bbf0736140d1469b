using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline;

/// <summary>What recovery needs to open a database.</summary>
internal sealed record RecoveryOptions
{
    public required IStorageFiles Files { get; init; }

    public required string LogDirectory { get; init; }

    public required string StoreDirectory { get; init; }

    public required Guid DatabaseId { get; init; }

    /// <summary>True while the database is being created: log and store may be missing.</summary>
    public required bool IsNew { get; init; }

    public required ILogger Logger { get; init; }

    public required WalOptions Log { get; init; }

    public required StoreOptions Store { get; init; }

    /// <summary>The path that recovery starts: for what the log has, then for live traffic.</summary>
    public required WritePathOptions Path { get; init; }

    /// <summary>How rows are kept that point reads asked for.</summary>
    public required RowCacheOptions RowCache { get; init; }

    /// <summary>How summaries of blocks are kept.</summary>
    public FilterOptions Filters { get; init; } = new();

    /// <summary>Memory of each unique index before entries go to the store; 0 for no bound.</summary>
    public long MaxIndexBytes { get; init; }

    /// <summary>Numbers of a producer that are remembered, see <see cref="ProducerLedger"/>.</summary>
    public int ProducerWindow { get; init; } = ProducerLedger.DefaultWindow;

    /// <summary>Open without a log; null for an ordinary open.</summary>
    public UnloggedOptions? WithoutLog { get; init; }

    /// <summary>Where the marker of a database without a log is.</summary>
    public required string MarkerPath { get; init; }

    /// <summary>The index snapshot, which need not be there; null where none is to be used.</summary>
    public string? IndexSnapshot { get; init; }

    /// <summary>What log and store are encrypted with; null where they are not. Disposed of by whoever opened them, after the path.</summary>
    public DatabaseKeys? Keys { get; init; }

    /// <summary>Told after every frame; null where nobody looks.</summary>
    public Action<RecoveryReport>? Progress { get; init; }
}

/// <summary>How a database is opened without a log.</summary>
/// <param name="RingBytes">Bytes of frames kept in memory for feeds.</param>
internal sealed record UnloggedOptions(long RingBytes);

/// <summary>What the last recovery found and did.</summary>
internal sealed record RecoveryReport
{
    /// <summary>Last LSN in the log.</summary>
    public Lsn Head { get; init; }

    /// <summary>What the store had.</summary>
    public Lsn Applied { get; init; }

    /// <summary>Frames of the log that the store did not have.</summary>
    public long Frames { get; init; }

    /// <summary>Commits in them.</summary>
    public long Commits { get; init; }

    /// <summary>Had the database been closed in order?</summary>
    public bool Clean { get; init; }

    /// <summary>What was cut from the end of the log because it had never been made durable; null where nothing was.</summary>
    public WalCut? Cut { get; init; }

    /// <summary>What was cut from the end of the store's manifest because a power loss had torn it; null where nothing was.</summary>
    public ManifestCut? ManifestCut { get; init; }

    /// <summary>How the indexes came into memory.</summary>
    public IndexReport Indexes { get; init; } = new();

    /// <summary>Did the process before work without a log, and not end in order?</summary>
    public bool WasUnlogged { get; init; }

    /// <summary>Epoch of the log since this open.</summary>
    public ulong Epoch { get; init; }
}

/// <summary>A write path that recovery has started; another takes its place when the engine resumes.</summary>
internal sealed class RecoveredPath(WritePath path, WritePathParts parts, SnapshotRegistry snapshots, RecoveryReport report)
{
    private Running _running = new(path, parts);

    public WritePath Path => Volatile.Read(ref _running).Path;

    /// <summary>What <see cref="Path"/> is made of. Only the options ever change.</summary>
    public WritePathParts Parts => Volatile.Read(ref _running).Parts;

    public SnapshotRegistry Snapshots { get; } = snapshots;

    public RecoveryReport Report { get; } = report;

    /// <summary>Who reads the log.</summary>
    public LogSubscribers Subscribers => Parts.Subscribers;

    public void Replace(WritePath path, WritePathParts parts) => Volatile.Write(ref _running, new Running(path, parts));

    private sealed record Running(WritePath Path, WritePathParts Parts);
}
