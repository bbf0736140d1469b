namespace Helios.Pipeline;

/// <summary>What a query has done so far. One writer; others may look.</summary>
internal sealed class QueryCounts
{
    /// <summary>Rows that were read from the store or the cache.</summary>
    public long RowsRead { get; set; }

    /// <summary>Rows for which the condition holds.</summary>
    public long RowsMatched { get; set; }

    /// <summary>Rows that were given to the caller.</summary>
    public long RowsReturned { get; set; }

    /// <summary>Keys of an index that were walked over or looked up.</summary>
    public long KeysRead { get; set; }

    /// <summary>Versions in the store that a cursor stood at.</summary>
    public long Steps { get; set; }

    /// <summary>Seeks in the store, and reads of single rows.</summary>
    public long Seeks { get; set; }

    /// <summary>Blocks of rows whose summary was looked at and said that a row may be meant, or that had none.</summary>
    public long BlocksRead { get; set; }

    /// <summary>Blocks of rows that were passed because of their summary.</summary>
    public long BlocksSkipped { get; set; }

    /// <summary>Those of them that only bloom filters excluded.</summary>
    public long BlocksSkippedByBlooms { get; set; }

    /// <summary>Adds what somebody else has done for the same query.</summary>
    public void Add(QueryCounts other)
    {
        RowsRead += other.RowsRead;
        RowsMatched += other.RowsMatched;
        RowsReturned += other.RowsReturned;
        KeysRead += other.KeysRead;
        Steps += other.Steps;
        Seeks += other.Seeks;
        BlocksRead += other.BlocksRead;
        BlocksSkipped += other.BlocksSkipped;
        BlocksSkippedByBlooms += other.BlocksSkippedByBlooms;
    }
}
