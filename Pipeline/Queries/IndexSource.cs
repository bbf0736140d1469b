using System.Buffers;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Rows in the order of an index: its keys are walked in memory, and the rows that they name are read.</summary>
/// <remarks>Where the rows that follow each other in the index lie close to each other in the table, they are read by one cursor, else one by one.</remarks>
internal sealed class IndexSource : RowSource
{
    /// <summary>Rows of the table that a cursor may pass for each row it is to find: as many cost less than to read that row alone.</summary>
    private const int MaxSpread = 4;

    /// <summary>Rows from which a cursor is worth being opened.</summary>
    private const int LeastForCursor = 8;

    private readonly TablePlan _table;
    private readonly AccessPath.Index _path;
    private readonly ReadView _view;
    private readonly QueryCounts _counts;
    private readonly ArtCursor? _keys; // one of the two
    private readonly ArtDescendingCursor? _downwards;
    private KeyVersion[] _found = ArrayPool<KeyVersion>.Shared.Rent(64); // keys walked over whose rows are not given yet
    private readonly ByteBuffer _row = new();
    private RowBatch? _near; // rows of a cursor, in the order of the table; made when it is needed first
    private int _first;
    private int _count;
    private int _range = -1;
    private bool _walked;

    public IndexSource(TablePlan table, AccessPath.Index path, ReadView view, QueryCounts counts)
    {
        _table = table;
        _path = path;
        _view = view;
        _counts = counts;
        if (path.IsDescending)
            _downwards = new ArtDescendingCursor(table.Trees[path.Place], view.Lsn);
        else
            _keys = table.Trees[path.Place].OpenCursor(view.Lsn);
    }

    public override bool Fill(RowBatch batch, int most)
    {
        if (_count == 0 && !_walked)
            Walk(most);
        var wanted = Math.Min(_count, most);
        if (AreInTurn(wanted))
            AddInTurn(batch, wanted);
        else if (IsNear(wanted))
            AddNear(batch, wanted);
        while (_count > 0 && batch.Count < most && !batch.IsFull)
        {
            var version = _found[_first];
            _view.Read(_table, _path.Place, version, _row);
            _counts.Seeks++;
            batch.Add(version.Row, version.Lsn, _row.Written);
            _first++;
            _count--;
        }

        return _count > 0 || !_walked;
    }

    public override void Dispose()
    {
        _row.Dispose();
        _near?.Dispose();
        ArrayPool<KeyVersion>.Shared.Return(_found);
        _found = [];
    }

    private void Walk(int most)
    {
        _first = 0;
        most = Math.Min(most, RowBatch.MaxRows);
        if (_found.Length < most)
        {
            ArrayPool<KeyVersion>.Shared.Return(_found);
            _found = ArrayPool<KeyVersion>.Shared.Rent(most);
        }

        while (_count < most)
        {
            if (_range >= 0 && (_keys?.MoveNext() ?? _downwards!.MoveNext()))
            {
                _found[_count++] = _keys?.Version ?? _downwards!.Version;
                continue;
            }

            CheckHistory(); // the next seek begins to count anew
            if (++_range >= _path.Ranges.Length)
            {
                _walked = true;
                break;
            }

            Enter(_path.Ranges[_path.IsDescending ? _path.Ranges.Length - 1 - _range : _range]);
        }

        _counts.KeysRead += _count;
        CheckHistory();
    }

    private void CheckHistory()
    {
        if ((_keys?.OlderSkipped ?? _downwards!.OlderSkipped) > 0) // what an open view sees is not trimmed
            throw new HeliosException(HeliosErrorKind.Internal, "internal", $"Table {_table.Definition.Name}: the index {_table.IndexName(_path.Place)} has forgotten what commit {_view.Lsn} sees, though that is being read.") { Table = _table.Definition.Name };
    }

    private void Enter(KeyRange range)
    {
        if (range.To is null)
        {
            _keys?.Seek(range.From);
            _downwards?.Seek(range.From);
            return;
        }

        _keys?.SeekRange(range.From, range.To);
        _downwards?.SeekRange(range.From, range.To);
    }

    /// <summary>Do the rows follow each other in the table as they do in the index, without a gap?</summary>
    private bool AreInTurn(int count)
    {
        if (count < LeastForCursor)
            return false;
        for (var i = 1; i < count; i++)
        {
            if (_found[_first + i].Row.Value != _found[_first].Row.Value + (ulong)i)
                return false;
        }

        return true;
    }

    /// <summary>Gives rows as a cursor finds them, as far as it finds the versions that the index names.</summary>
    private void AddInTurn(RowBatch batch, int count)
    {
        using var cursor = _view.Scan(_table, _found[_first].Row, _found[_first + count - 1].Row);
        while (cursor.Fill(batch, count) && batch.Count < count && !batch.IsFull)
        {
        }

        _counts.Steps += cursor.Steps;
        _counts.Seeks += cursor.Seeks;
        var same = 0;
        while (same < batch.Count && batch.Id(same) == _found[_first + same].Row && batch.Version(same) == _found[_first + same].Lsn)
            same++;
        batch.Truncate(same); // whoever reads the next one alone says what is wrong
        _first += same;
        _count -= same;
    }

    private bool IsNear(int count)
    {
        if (count < LeastForCursor)
            return false;
        var (least, most) = (ulong.MaxValue, 0UL);
        foreach (var version in _found.AsSpan(_first, count))
            (least, most) = (Math.Min(least, version.Row.Value), Math.Max(most, version.Row.Value));
        return most - least < (ulong)count * MaxSpread;
    }

    /// <summary>Gives rows from one pass of a cursor, as far as the batch has room; what is missing then is read one by one.</summary>
    private void AddNear(RowBatch batch, int count)
    {
        var wanted = _found.AsSpan(_first, count);
        var rows = new RowId[count];
        var places = new int[count];
        for (var i = 0; i < count; i++)
            (rows[i], places[i]) = (wanted[i].Row, i);
        Array.Sort(rows, places);
        _near ??= RowBatch.Rent();
        _near.Clear();
        using (var cursor = _view.Scan(_table, rows[0], rows[^1]))
        {
            cursor.LimitTo(new WantedRows(rows));
            while (!_near.IsFull && cursor.Fill(_near))
            {
            }

            _counts.Steps += cursor.Steps;
            _counts.Seeks += cursor.Seeks;
        }

        var at = new int[count]; // of each key: its row's place among those read, from 1
        for (int i = 0, j = 0; i < count && j < _near.Count; i++)
        {
            if (rows[i] == _near.Id(j))
                at[places[i]] = ++j;
        }

        for (var i = 0; i < count && at[i] > 0 && !batch.IsFull; i++)
        {
            if (_near.Version(at[i] - 1) != wanted[i].Lsn)
                return; // whoever reads it alone says what is wrong
            batch.Add(wanted[i].Row, wanted[i].Lsn, _near[at[i] - 1]);
            _first++;
            _count--;
        }
    }

    /// <summary>Single rows, close to each other: runs of them, so that a cursor walks over small gaps rather than seek.</summary>
    private sealed class WantedRows(RowId[] rows) : IRowRanges
    {
        public bool TryNext(RowId from, out RowId first, out RowId last)
        {
            (first, last) = (from.Value < rows[0].Value ? rows[0] : from, rows[^1]);
            return first.Value <= last.Value;
        }
    }
}
