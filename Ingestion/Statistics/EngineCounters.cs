using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What an engine has done since it was opened, and how much it holds now. A picture: nothing of it changes, and counts that are being added to may lack the last ones.</summary>
public sealed record EngineCounters
{
    /// <summary>When the picture was made.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The newest commit that readers see.</summary>
    public required Lsn Visible { get; init; }

    /// <summary>The store's files have everything up to it: how far the last flush, by a checkpoint or by itself, has come.</summary>
    public required Lsn Flushed { get; init; }

    /// <summary>Commits that were made.</summary>
    public required long Commits { get; init; }

    /// <summary>Commits that were refused: by a rule, a key, a conflict, or for want of room or of a place in the queue. One of which single rows were left out is not among them.</summary>
    public required long CommitsRefused { get; init; }

    /// <summary>Rows written anew, into all tables.</summary>
    public required long RowsInserted { get; init; }

    /// <summary>Rows changed.</summary>
    public required long RowsUpdated { get; init; }

    /// <summary>Rows deleted.</summary>
    public required long RowsDeleted { get; init; }

    /// <summary>Queries that have ended; a count that nothing had to be read for is none.</summary>
    public required long Queries { get; init; }

    /// <summary>Rows that queries have given.</summary>
    public required long RowsReturned { get; init; }

    /// <summary>Rows that queries have looked at.</summary>
    public required long RowsRead { get; init; }

    /// <summary>Keys of indexes that queries have walked over or looked up.</summary>
    public required long KeysRead { get; init; }

    /// <summary>Blocks of rows that scans with a condition had to read.</summary>
    public required long BlocksRead { get; init; }

    /// <summary>Blocks of rows that their filters let them pass.</summary>
    public required long BlocksSkipped { get; init; }

    /// <summary>Looks for one row by its key, outside transactions.</summary>
    public required long PointReads { get; init; }

    /// <summary>Rows that an index named and that were in the row cache.</summary>
    public required long RowCacheHits { get; init; }

    /// <summary>Rows that an index named and that had to be read from the store.</summary>
    public required long RowCacheMisses { get; init; }

    /// <summary>Bytes of the log on disk.</summary>
    public required long LogBytes { get; init; }

    /// <summary>Bytes of the store's files.</summary>
    public required long StoreBytes { get; init; }

    /// <summary>Those of them that are not made useless by newer versions and deletions, about: what RocksDB estimates.</summary>
    public required long LiveBytes { get; init; }

    /// <summary>Memory of the filters of blocks.</summary>
    public required long FilterBytes { get; init; }

    /// <summary>Checkpoints that have finished.</summary>
    public required int Checkpoints { get; init; }

    /// <summary>Passes of the scrub over the whole store that have come to their end, those that were asked for among them.</summary>
    public required long ScrubPasses { get; init; }

    /// <summary>Versions of rows that it has read.</summary>
    public required long ScrubbedRows { get; init; }

    /// <summary>Bytes that it has read: keys and values, uncompressed.</summary>
    public required long ScrubbedBytes { get; init; }

    /// <summary>Damage that it has met; of two passes over one damage two.</summary>
    public required long ScrubProblems { get; init; }

    /// <summary>Tables, by name.</summary>
    public required IReadOnlyList<TableCounts> Tables { get; init; }

    /// <summary>What works in the background: filters, statistics, versions and scrub, as far as they are not switched off.</summary>
    public required IReadOnlyList<StageCounts> Stages { get; init; }
}

/// <summary>What was done to a table since the open, and what it holds now.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rows">Live rows.</param>
/// <param name="Bytes">Bytes that its rows take in the store, in files and in memory, all versions: about.</param>
/// <param name="Inserted">Rows written anew.</param>
/// <param name="Updated">Rows changed.</param>
/// <param name="Deleted">Rows deleted.</param>
public sealed record TableCounts(string Name, long Rows, long Bytes, long Inserted, long Updated, long Deleted);

/// <summary>What a background stage has done.</summary>
/// <param name="Name">The stage.</param>
/// <param name="IsRunning">Does it run by itself?</param>
/// <param name="Runs">Runs so far.</param>
/// <param name="Failures">Runs that failed, whose work is tried again, and looks for work that failed.</param>
/// <param name="Busy">Time spent in runs.</param>
/// <param name="LastRun">When the last run ended; null where there was none.</param>
/// <param name="LastError">Why the last one that failed did; null where none did.</param>
public sealed record StageCounts(string Name, bool IsRunning, long Runs, long Failures, TimeSpan Busy, DateTimeOffset? LastRun, string? LastError);
