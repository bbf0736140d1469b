namespace Helios.Pipeline.Storage;

/// <content>Rows taken together: one lock, and one look at the clock, for many of them.</content>
internal sealed partial class StoreCursor
{
    /// <summary>Steps between two looks at the clock: some 20 microseconds of reading.</summary>
    private const int StepsPerLook = 64;

    /// <summary>Steps after which a batch is handed over as it is, so that whoever wants to stop a scan over deleted rows need not wait for the next live one.</summary>
    private const int MaxStepsPerBatch = 16_384;

    private IRowRanges? _ranges;
    private ulong _rangeEnd; // the last row id that is looked at before the ranges are asked again
    private bool _seekNext; // the iterator does not stand right before what comes next
    private int _passed; // versions passed over one by one

    /// <summary>Versions that the cursor has stood at, those passed over included.</summary>
    public long Steps { get; private set; }

    /// <summary>Seeks in the store.</summary>
    public long Seeks { get; private set; }

    /// <summary>The lowest row id that is still to come.</summary>
    public RowId NextRow => new(_next);

    /// <summary>The last row id of the range it is in; zero where it has been given none.</summary>
    public RowId RangeEnd => new(_rangeEnd);

    /// <summary>From here on only these rows are looked at.</summary>
    public void LimitTo(IRowRanges ranges) => _ranges = ranges;

    /// <summary>Adds the next rows to a batch, up to <paramref name="most"/> or until it is full.</summary>
    /// <returns>False at the end: then nothing follows what the batch has. True with an empty batch is possible: go on.</returns>
    /// <remarks>A cursor is read by this or by <see cref="MoveNext"/>, not by both.</remarks>
    public bool Fill(RowBatch batch, int most = RowBatch.MaxRows)
    {
        PerfLevel.TurnOff();
        lock (_iterator.Gate)
        {
            _iterator.ThrowIfDisposed();
            var stop = Steps + MaxStepsPerBatch;
            while (!_atEnd && !batch.IsFull && batch.Count < most && Steps < stop)
            {
                if (_ranges is not null && (_next > _rangeEnd || _rangeEnd == 0) && !EnterRange())
                    break;
                var found = _iterator.IsOpen && !_seekNext && !IsStaleNow() ? _iterator.Next() : Reseek();
                _seekNext = false;
                Steps++;
                _atEnd = !found || !Visit(batch);
            }

            return !_atEnd;
        }
    }

    // Each call of Next or Seek is followed by one of these.
    private bool Visit(RowBatch batch)
    {
        var (partition, row, lsn) = KeyReader.Row(_iterator.Key);
        if (partition != _partition || row.Value > _through)
            return false;
        if (_ranges is not null && row.Value > _rangeEnd)
        {
            _next = Math.Max(_next, row.Value);
            _seekNext = true; // where to is for the ranges to say
            return true;
        }

        if (row.Value < _next)
            return Pass();
        if (lsn > AsOf)
        {
            _next = row.Value;
            return Pass();
        }

        _next = row.Value + 1;
        _passed = 0;
        AddTo(batch, row, lsn);
        return true;
    }

    private bool Pass()
    {
        if (++_passed > MaxWalk)
        {
            _passed = 0;
            _seekNext = true;
        }

        return true;
    }

    private void AddTo(RowBatch batch, RowId row, Lsn lsn)
    {
        var value = _iterator.Value;
        if (_cipher is not null)
            value = Decrypt(_cipher, value);
        if (StoredRow.Kind(value, row, lsn) != RowKind.Tombstone)
            batch.Add(row, lsn, value[1..]);
    }

    private bool EnterRange()
    {
        if (!_ranges!.TryNext(new RowId(_next), out var first, out var last) || first.Value > _through)
        {
            _atEnd = true;
            return false;
        }

        if (first.Value > _next)
        {
            _next = first.Value;
            _seekNext = true;
        }

        _rangeEnd = last.Value;
        return true;
    }

    private bool IsStaleNow()
    {
        if (Steps % StepsPerLook != 0 || !_iterator.IsStale)
            return false;
        _iterator.Drop();
        return true;
    }

    private bool Reseek()
    {
        Seeks++;
        return SeekToNewest();
    }
}
