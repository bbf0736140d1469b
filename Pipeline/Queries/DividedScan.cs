using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>A scan of a table whose parts are read, and judged, ahead of whoever takes the rows, several at once.</summary>
/// <remarks>
/// One thread takes. Parts that are being read and those that are read and not taken are bounded: by <see cref="ReadAhead.Workers"/>, and twice that
/// together; a part holds at most <see cref="ReadAhead.BatchesPerPart"/> batches and the one that is being read, each of <see cref="RowBatch.MaxBytes"/> and a row.
/// </remarks>
internal sealed class DividedScan : IDisposable
{
    private readonly QueryPlan _plan;
    private readonly ReadView _view;
    private readonly IRowRanges? _ranges;
    private readonly QueryCounts _counts;
    private readonly ReadAhead _ahead;
    private readonly RowId _highest;
    private readonly ScanBatches _batches; // owned
    private readonly List<ScanPart> _parts = []; // owned; in their order
    private ulong _next; // the first row id that no part has
    private ulong _rangeEnd; // the last one up to which rows are to be read
    private bool _hasRange;

    /// <param name="plan">A scan of the table.</param>
    /// <param name="view">Stays the caller's, and open.</param>
    /// <param name="from">The first row id.</param>
    /// <param name="through">Rows up to here are to be read in any case; before <paramref name="from"/> where there are none such.</param>
    /// <param name="ranges">Says what is to be read behind them; null for all.</param>
    /// <param name="counts">The query's; the one who takes adds to them.</param>
    /// <param name="ahead">How it is divided.</param>
    public DividedScan(QueryPlan plan, ReadView view, RowId from, RowId through, IRowRanges? ranges, QueryCounts counts, ReadAhead ahead)
    {
        (_plan, _view, _ranges, _counts, _ahead) = (plan, view, ranges, counts, ahead);
        _highest = view.HighestRow(plan.Request.Table);
        _batches = new ScanBatches(plan, ahead.BeforeBatch);
        (_next, _rangeEnd) = (from.Value, ranges is null ? ulong.MaxValue : through.Value);
        _hasRange = _rangeEnd >= _next;
    }

    /// <summary>Exchanges a batch that was used up for the next one; false at the end, and then it stays.</summary>
    /// <exception cref="Exception">As <see cref="RowSource.Fill"/>.</exception>
    public bool Next(ref FilteredBatch batch)
    {
        while (true)
        {
            Open();
            if (_parts.Count == 0)
                return false;
            var part = Choose();
            if (part.Take() is { } next)
            {
                _batches.Return(batch);
                batch = next;
                return true;
            }

            Close(part);
        }
    }

    public void Dispose()
    {
        while (_parts.Count > 0)
            Close(_parts[^1]);
        _batches.Dispose();
    }

    private ScanPart Choose()
    {
        if (!_ahead.KeepsOrder && _parts.Find(static part => part.IsReady) is { } ready)
            return ready;
        return _parts[0];
    }

    private void Close(ScanPart part)
    {
        part.Dispose();
        _parts.Remove(part);
        _counts.Add(part.Counts);
    }

    private void Open()
    {
        while (_parts.Count < 2 * _ahead.Workers && _parts.Count(static part => !part.IsRead) < _ahead.Workers && TryNextPart(out var first, out var last))
        {
            var counts = new QueryCounts();
            var part = new ScanPart(RowSource.OpenPart(_plan, _view, first, last, counts), counts, _batches, _ahead.Queue);
            _parts.Add(part);
            part.Ask();
        }
    }

    private bool TryNextPart(out RowId first, out RowId last)
    {
        (first, last) = (default, default);
        if (!_hasRange && !TryNextRange())
            return false;
        if (_next > _highest.Value)
            return false; // what a reader of this view sees ends there
        first = new RowId(_next);
        last = new RowId(_rangeEnd - _next < (ulong)_ahead.PartRows ? _rangeEnd : _next + (ulong)_ahead.PartRows - 1);
        _hasRange = last.Value < _rangeEnd;
        _next = _hasRange || last.Value < ulong.MaxValue ? last.Value + 1 : ulong.MaxValue;
        return true;
    }

    private bool TryNextRange()
    {
        if (_ranges is null || _next > _highest.Value || !_ranges.TryNext(new RowId(_next), out var first, out var last))
            return false;
        (_next, _rangeEnd, _hasRange) = (first.Value, last.Value, true);
        return true;
    }
}
