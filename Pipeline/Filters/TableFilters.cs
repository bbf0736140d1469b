using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// The summaries of one table's blocks (<see cref="TableZones"/>), and which of them can be relied upon. Track takes every commit in before it is
/// visible; a task in the background makes the summaries of blocks that have none, and narrow ones of those that have become wide.
/// </summary>
/// <remarks>
/// A block without a summary is read: that is always right, so nothing here ever waits or fails a commit. It has none where its rows are from
/// before the open, came in bulk or while summaries were suspended, or where memory is at its bound. One lock, held for microseconds.
/// </remarks>
internal sealed partial class TableFilters
{
    private readonly Lock _gate = new();
    private readonly BlockStates _states = new();
    private readonly List<FilterBuild> _building = []; // a few
    private readonly FilterOptions _options;
    private readonly FilterMemory _memory;
    private readonly TableSchema _schema;
    private readonly int[] _offsets;
    private readonly ZoneAccumulator _gathered; // of rows that one commit put into one block; empty outside of the lock
    private readonly TableZones _zones;
    private ulong _highest; // row ids up to here have been handed out to rows that were committed
    private Lsn _taken; // commits up to here have been taken in
    private int _suspensions;
    private long _counted; // bytes of it that the shared memory knows of
    private LoadRate _rate;
    private uint _now; // about: the background tells it

    /// <param name="table">The table.</param>
    /// <param name="highest">Rows up to this id may be there already.</param>
    /// <param name="options">How.</param>
    /// <param name="memory">What all tables take together.</param>
    public TableFilters(TableDefinition table, RowId highest, FilterOptions options, FilterMemory memory)
    {
        Table = table.Id;
        _schema = table.Schema;
        _options = options;
        _memory = memory;
        _highest = highest.Value;
        _rate = new LoadRate(options.BulkRowsPerSecond);
        _offsets = new int[_schema.Columns.Length];
        Blooms = new BloomPolicy(options);
        _zones = NewZones();
        _gathered = new ZoneAccumulator(_schema);
    }

    public TableId Table { get; }

    /// <summary>Seconds, of any beginning: what is changed from here on is changed then.</summary>
    public uint Now
    {
        set => Volatile.Write(ref _now, value);
    }

    /// <summary>Memory that it takes.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return _zones.Bytes + _states.Bytes;
        }
    }

    /// <summary>Takes rows of a commit in, before it is visible. Track alone.</summary>
    /// <param name="insert">The rows.</param>
    /// <param name="lsn">The commit.</param>
    /// <param name="time">When it was, in ticks.</param>
    public void Insert(InsertView insert, Lsn lsn, long time)
    {
        lock (_gate)
        {
            _taken = lsn;
            var isWatched = _building.Count > 0 || _zones.HasBlooms;
            var isLeft = _rate.Add(time, insert.Rows) || insert.Rows >= _options.BulkRows || _suspensions > 0;
            var row = insert.FirstRow.Value;
            var known = ulong.MaxValue; // the block that was looked at last
            var isKept = false;
            var place = 0;
            foreach (var bytes in insert)
            {
                var block = _zones.BlockOf(new RowId(row));
                if (block != known)
                {
                    Flush(known);
                    if (isWatched)
                        Count(); // before the next one asks whether there is room
                    known = block;
                    isKept = isLeft ? Leave(block) : Enter(block, row);
                }

                if (!insert.IsDropped(place))
                {
                    if (isKept)
                        _gathered.Add(bytes);
                    if (isWatched)
                        Watch(block, bytes, isKept);
                }

                row++;
                place++;
            }

            Flush(known);
            _highest = Math.Max(_highest, row - 1);
            Count();
        }
    }

    /// <summary>Takes a changed row in. Track alone.</summary>
    public void Update(RowId row, ReadOnlySpan<byte> after, Lsn lsn)
    {
        lock (_gate)
        {
            _taken = lsn;
            var block = _zones.BlockOf(row);
            var isKept = _suspensions > 0 ? Leave(block) : _states[block].Since != 0;
            if (isKept || _building.Count > 0)
                Widen(block, after, isKept);
            if (isKept)
                Changed(block);
            Count();
        }
    }

    /// <summary>A row is gone: its block's summary may be narrower some day. Track alone.</summary>
    public void Delete(RowId row, Lsn lsn)
    {
        lock (_gate)
        {
            _taken = lsn;
            var block = _zones.BlockOf(row);
            if (_states[block].Since != 0)
                Changed(block);
        }
    }

    /// <summary>Commits that are not visible yet have not been taken in and never will be: whatever they wrote, no summary has it.</summary>
    /// <param name="highest">Rows up to this id may be there.</param>
    /// <param name="last">The last of them.</param>
    public void Miss(RowId highest, Lsn last)
    {
        lock (_gate)
        {
            _taken = last;
            _highest = Math.Max(_highest, highest.Value);
            _states.Clear();
            foreach (var chunk in _zones.Chunks)
                _zones.Remove(chunk);
            foreach (var build in _building)
                build.IsSpoiled = true;
            Count();
        }
    }

    /// <summary>Until it is disposed of, no summary is kept up: the blocks that are written to lose theirs, and get new ones in the background afterwards.</summary>
    public IDisposable Suspend()
    {
        lock (_gate)
            _suspensions++;
        return new Suspension(this);
    }

    /// <summary>Which rows a reader has to look at.</summary>
    /// <param name="judge">Its condition.</param>
    /// <param name="lsn">What it reads as of; visible already.</param>
    /// <param name="from">All before it is done.</param>
    /// <param name="counts">Gets what was skipped.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="last">The last of the run; before the first where so many blocks were skipped that others should have the lock for a moment: ask again from there.</param>
    /// <returns>False where nothing is left.</returns>
    public bool TryNext(BlockJudge judge, Lsn lsn, RowId from, QueryCounts counts, out RowId first, out RowId last)
    {
        const int most = 64; // blocks of a run
        const int mostSkipped = 1_024; // blocks of a hold of the lock: Track waits for it
        lock (_gate)
        {
            first = from;
            var end = _zones.BlockOf(new RowId(_highest));
            var skipped = 0;
            var asksBlooms = _zones.HasBlooms && !judge.BloomColumns.IsEmpty;
            for (var block = _zones.BlockOf(from); ; block++)
            {
                if (block > end || !_states.TryNext(block, out var next))
                {
                    last = new RowId(ulong.MaxValue);
                    return true; // nothing is known of what is behind
                }

                if (next > block)
                {
                    counts.BlocksRead += (long)(Math.Min(next - 1, end) - block) + 1;
                    last = _zones.RowsOf(next - 1).Last;
                    return true;
                }

                if (MustRead(judge, lsn, block, asksBlooms, out var isByBloom))
                    break;
                counts.BlocksSkipped++;
                if (isByBloom)
                    counts.BlocksSkippedByBlooms++;
                first = _zones.RowsOf(block + 1).First;
                if (++skipped < mostSkipped)
                    continue;
                last = new RowId(first.Value - 1);
                return true;
            }

            var at = _zones.BlockOf(first);
            counts.BlocksRead++;
            for (var i = 1; i < most && at < end && _states.TryNext(at + 1, out var next) && next == at + 1 && MustRead(judge, lsn, at + 1, asksBlooms, out _); i++)
            {
                at++;
                counts.BlocksRead++;
            }

            last = _zones.RowsOf(at).Last;
            return true;
        }
    }

    /// <summary>Begins to make the summaries of some blocks: from here on they are told of every commit, too.</summary>
    /// <param name="first">The first block; none of them is being made.</param>
    /// <param name="last">The last block.</param>
    /// <param name="after">Read the blocks as of this commit or a later one: all later ones are told.</param>
    public FilterBuild BeginBuild(ulong first, ulong last, out Lsn after)
    {
        lock (_gate)
        {
            after = _taken;
            var build = new FilterBuild(first, last, NewZones());
            _building.Add(build);
            Count();
            return build;
        }
    }

    /// <summary>Takes rows into summaries that are being made.</summary>
    public void Add(FilterBuild build, RowBatch rows)
    {
        lock (_gate)
        {
            for (var i = 0; i < rows.Count; i++)
            {
                RowView.ReadOffsets(rows[i], _offsets);
                build.Zones.Widen(_zones.BlockOf(rows.Id(i)), rows[i], _offsets);
            }

            Count();
        }
    }

    /// <summary>The summaries are made: they take the places of those there were. Or they are given up.</summary>
    /// <param name="build">The summaries.</param>
    /// <param name="asOf">What the blocks were read as of; null to give them up.</param>
    /// <returns>How many readers use from here on.</returns>
    public int EndBuild(FilterBuild build, Lsn? asOf)
    {
        lock (_gate)
        {
            _building.Remove(build);
            Count();
            var used = 0;
            for (var block = build.First; asOf is { } lsn && !build.IsSpoiled && block <= build.Last; block++)
            {
                if (build.Spoiled.Contains(block) || (_states[block].Since == 0 && _memory.IsFull))
                    continue;
                var isRoom = _memory.HasRoomForBlooms || (_states[block].Since != 0 && !_zones.LacksBlooms(block));
                _zones.Replace(block, build.Zones);
                if (!isRoom)
                    _zones.ForgetBlooms(block);
                _states.Of(block) = new BlockStates.State { Since = lsn.Value + 1 };
                used++;
                Count();
            }

            return used;
        }
    }

    public ulong BlockOf(RowId row) => _zones.BlockOf(row);

    public (RowId First, RowId Last) RowsOf(ulong block) => _zones.RowsOf(block);

    private bool MustRead(BlockJudge judge, Lsn lsn, ulong block, bool asksBlooms, out bool isByBloom)
    {
        isByBloom = false;
        if (!_states[block].Covers(lsn))
            return true;
        var view = _zones.View(block);
        if (!asksBlooms)
            return judge.MayHold(view);
        if (!judge.MayHold(view.WithoutBlooms)) // the cheaper question first
            return false;
        isByBloom = !judge.MayHold(view);
        return !isByBloom;
    }

    private void Changed(ulong block)
    {
        ref var state = ref _states.Of(block);
        if (state.Changes++ == 0)
            state.ChangedAt = _now;
    }

    /// <summary>Is the summary of a block kept up, into which a row is put? One that has had no row before gets one.</summary>
    private bool Enter(ulong block, ulong row)
    {
        if (_states[block].Since != 0)
            return true;
        if (Math.Max(1, _zones.RowsOf(block).First.Value) <= _highest || row <= _highest || _memory.IsFull)
            return false; // there may be rows in it that nobody has taken in
        _zones.Clear(block);
        if (!_memory.HasRoomForBlooms)
            _zones.ForgetBlooms(block);
        _states.Of(block).Since = 1; // it has all that ever was in there
        return true;
    }

    private void Flush(ulong block)
    {
        if (_gathered.IsEmpty)
            return;
        _zones.Widen(block, _gathered);
        _gathered.Clear();
    }

    private bool Leave(ulong block)
    {
        if (_states[block].Since != 0)
        {
            _states.Of(block) = default;
            _zones.ForgetBlooms(block); // nobody keeps them up: their memory is worth more
        }

        BuildOf(block)?.Spoiled.Add(block);
        return false;
    }

    private void Widen(ulong block, ReadOnlySpan<byte> row, bool isKept)
    {
        var build = BuildOf(block);
        if (!isKept && build is null)
            return;
        RowView.ReadOffsets(row, _offsets);
        if (isKept)
            _zones.Widen(block, row, _offsets);
        build?.Zones.Widen(block, row, _offsets);
    }

    private FilterBuild? BuildOf(ulong block)
    {
        foreach (var build in _building)
        {
            if (build.First <= block && block <= build.Last)
                return build;
        }

        return null;
    }

    private TableZones NewZones() => new(_schema, _options.BlockRows, Blooms.Columns, _options.FalsePositives);

    private void Count()
    {
        var now = _zones.Bytes + _states.Bytes;
        foreach (var build in _building)
            now += build.Zones.Bytes;
        if (now == _counted)
            return;
        _memory.Add(now - _counted);
        _counted = now;
    }

    private sealed class Suspension(TableFilters filters) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0)
                return;
            lock (filters._gate)
                filters._suspensions--;
        }
    }
}
