using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Carries a query out: the rows that are meant, one after the other. One thread; dispose it.</summary>
/// <remarks>Holds a batch of rows (<see cref="RowBatch"/>), and where it sorts, the rows that it will give.</remarks>
internal sealed class QueryRun : IDisposable
{
    /// <summary>The first batch is small: whoever wants one row does not wait for a thousand.</summary>
    private const int FirstBatch = 128;

    private readonly QueryPlan _plan;
    private readonly ReadView _view;
    private readonly RowSource _source; // owned
    private readonly FilteredRows? _ranges;
    private readonly ReadAhead _readAhead;
    private readonly CancellationToken _cancellation;
    private FilteredBatch _batch; // owned
    private DividedScan? _divided; // owned; once it is there, it has what the source still had
    private IReadOnlyList<(RowId Id, Lsn Version, byte[] Row)>? _sorted;
    private long _skip;
    private long _left;
    private int _most = FirstBatch;
    private int _at = -1; // among the rows of the batch that are meant, or the sorted ones
    private int _count;
    private bool _more = true;

    /// <param name="plan">What to do.</param>
    /// <param name="view">Stays the caller's, and open.</param>
    /// <param name="filters">Where the summaries of blocks are; null to read all.</param>
    /// <param name="readAhead">How a scan of the table is divided; null for the default.</param>
    /// <param name="cancellationToken">Looked at between two batches.</param>
    public QueryRun(QueryPlan plan, ReadView view, FilterRegistry? filters = null, ReadAhead? readAhead = null, CancellationToken cancellationToken = default)
    {
        _plan = plan;
        _view = view;
        _cancellation = cancellationToken;
        _readAhead = readAhead ?? ReadAhead.Automatic;
        _ranges = filters is null ? null : FilteredRows.Of(plan, filters, view.Lsn, Counts);
        (Judge, Blooms) = (_ranges?.Judge, _ranges?.Blooms ?? []);
        _source = RowSource.Open(plan, view, _ranges, Counts);
        _batch = new FilteredBatch(plan);
        _skip = plan.Request.Skip;
        _left = plan.Request.Take ?? long.MaxValue;
        if (!plan.SortsInMemory)
            _most = (int)Math.Clamp(plan.Request.Most, 1, FirstBatch);
    }

    public QueryCounts Counts { get; } = new();

    /// <summary>Says which blocks are read; null where all are.</summary>
    public BlockJudge? Judge { get; }

    /// <summary>Ordinals of the columns whose bloom filters it asks.</summary>
    public IEnumerable<int> Blooms { get; }

    /// <summary>The row stood at; valid until the next step.</summary>
    public ReadOnlySpan<byte> Row => _sorted is not null ? _sorted[_at].Row : _batch.Rows[_batch[_at]];

    public RowId RowId => _sorted is not null ? _sorted[_at].Id : _batch.Rows.Id(_batch[_at]);

    /// <summary>The commit that wrote the row as it is.</summary>
    public Lsn Version => _sorted is not null ? _sorted[_at].Version : _batch.Rows.Version(_batch[_at]);

    /// <summary>Goes to the next row that is meant; false at the end.</summary>
    /// <exception cref="OperationCanceledException">The caller has given up.</exception>
    /// <exception cref="HeliosException">Invalid <c>expression_failed</c>: the condition cannot be computed for a row. Corrupt, Closed: as for <see cref="RowSource.Fill"/>.</exception>
    public bool MoveNext()
    {
        if (_left == 0)
            return false;
        if (_plan.SortsInMemory && _sorted is null)
            Sort();
        while (true)
        {
            var step = (int)Math.Min(_skip, _count - 1 - _at);
            _skip -= step;
            _at += step;
            if (_at + 1 < _count)
            {
                _at++;
                _left--;
                Counts.RowsReturned++;
                return true;
            }

            if (!_more)
            {
                _batch.ThrowIfFailed();
                return false;
            }

            NextBatch();
        }
    }

    public void Dispose()
    {
        _divided?.Dispose();
        _source.Dispose();
        _batch.Dispose();
    }

    private void NextBatch()
    {
        _batch.ThrowIfFailed();
        _cancellation.ThrowIfCancellationRequested();
        _at = -1;
        _count = 0;
        if (_divided is null && !TryDivide())
        {
            _more = _batch.Fill(_source, MostWanted());
        }
        else if (!_divided!.Next(ref _batch))
        {
            _more = false;
            return;
        }

        Counts.RowsRead += _batch.Rows.Count;
        _count = _batch.Count;
        Counts.RowsMatched += _count;
    }

    /// <summary>Lets others read, too, where much is still to be read.</summary>
    private bool TryDivide()
    {
        if (_readAhead.Workers == 0 || Counts.RowsRead < _readAhead.AfterRows || _source is not TableSource table || (_left <= RowBatch.MaxRows && !_plan.SortsInMemory))
            return false;
        _divided = new DividedScan(_plan, _view, table.NextRow, table.RangeEnd, _ranges, Counts, _readAhead);
        table.Dispose(); // what it still had is theirs
        return true;
    }

    private int MostWanted()
    {
        var most = _most;
        _most = Math.Min(_most * 2, RowBatch.MaxRows);
        var wanted = _left > RowBatch.MaxRows || _skip > RowBatch.MaxRows || _plan.SortsInMemory ? RowBatch.MaxRows : _skip + _left;
        return _plan.Condition is null && wanted < most ? (int)wanted : most;
    }

    private void Sort()
    {
        var top = new TopRows(_plan.Request.Table.Definition, _plan.Request.Order, (int)Math.Min(_plan.Request.Most, QueryPlanner.MaxSorted), _plan.Request.After);
        while (_more)
        {
            NextBatch();
            for (_at = 0; _at < _count; _at++)
                top.Add(RowId, Version, Row);
        }

        _batch.ThrowIfFailed();
        _sorted = top.Take();
        (_at, _count) = (-1, _sorted.Count);
    }
}
