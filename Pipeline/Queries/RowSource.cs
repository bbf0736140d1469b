using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Gives the rows of an access path, batch by batch. One thread.</summary>
internal abstract class RowSource : IDisposable
{
    /// <summary>Adds the next rows to a batch.</summary>
    /// <param name="batch">Empty.</param>
    /// <param name="most">Rows that are wanted at most, 1 or more.</param>
    /// <returns>False at the end: then nothing follows what the batch has. True with an empty batch is possible: go on.</returns>
    /// <exception cref="HeliosException">Corrupt: the store is damaged, or has not what an index names. Closed: the engine was closed.</exception>
    public abstract bool Fill(RowBatch batch, int most);

    /// <summary>Frees what it holds.</summary>
    public virtual void Dispose()
    {
    }

    public static RowSource Open(QueryPlan plan, ReadView view, IRowRanges? ranges, QueryCounts counts) => plan.Path switch
    {
        AccessPath.Table => new TableSource(view.Scan(plan.Request.Table, default, new RowId(ulong.MaxValue), IsLong(plan)), ranges, counts),
        AccessPath.Index index => new IndexSource(plan.Request.Table, index, view, counts),
        AccessPath.Lookup lookup => new LookupSource(plan.Request.Table, lookup, view, counts),
        _ => new NoSource(),
    };

    /// <summary>Some rows of a table, all of which are to be read.</summary>
    public static RowSource OpenPart(QueryPlan plan, ReadView view, RowId first, RowId last, QueryCounts counts) => new TableSource(view.Scan(plan.Request.Table, first, last, longScan: true), null, counts);

    /// <summary>Is it worth reading far ahead? For a few rows that are wanted anyhow it is not.</summary>
    private static bool IsLong(QueryPlan plan) => plan.Condition is not null || plan.SortsInMemory || plan.Request.Most > RowBatch.MaxRows;

    private sealed class NoSource : RowSource
    {
        public override bool Fill(RowBatch batch, int most) => false;
    }
}

/// <summary>The rows of a table by ascending row id.</summary>
internal sealed class TableSource : RowSource
{
    private readonly StoreCursor _cursor; // owned
    private readonly QueryCounts _counts;

    public TableSource(StoreCursor cursor, IRowRanges? ranges, QueryCounts counts)
    {
        _cursor = cursor;
        _counts = counts;
        if (ranges is not null)
            cursor.LimitTo(ranges);
    }

    /// <summary>The first row id that is still to come.</summary>
    public RowId NextRow => _cursor.NextRow;

    /// <summary>Rows up to here were found worth reading; before <see cref="NextRow"/> where nobody has said.</summary>
    public RowId RangeEnd => _cursor.RangeEnd;

    public override bool Fill(RowBatch batch, int most)
    {
        var (steps, seeks) = (_cursor.Steps, _cursor.Seeks);
        var more = _cursor.Fill(batch, most);
        _counts.Steps += _cursor.Steps - steps;
        _counts.Seeks += _cursor.Seeks - seeks;
        return more;
    }

    public override void Dispose() => _cursor.Dispose();
}

/// <summary>Rows by single keys of a unique index, in the order of the keys.</summary>
internal sealed class LookupSource(TablePlan table, AccessPath.Lookup path, ReadView view, QueryCounts counts) : RowSource
{
    private readonly ByteBuffer _row = new();
    private int _next;

    public override bool Fill(RowBatch batch, int most)
    {
        while (_next < path.Keys.Length && batch.Count < most && !batch.IsFull)
        {
            var key = path.Keys[path.IsDescending ? path.Keys.Length - 1 - _next : _next];
            _next++;
            counts.KeysRead++;
            if (!view.TryFind(table, path.Place, key, _row, out var version))
                continue;
            counts.Seeks++;
            batch.Add(version.Row, version.Lsn, _row.Written);
        }

        return _next < path.Keys.Length;
    }

    public override void Dispose() => _row.Dispose();
}
