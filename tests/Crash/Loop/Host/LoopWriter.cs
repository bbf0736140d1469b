using System.Globalization;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Submits the commits of a loop in their order, some in flight, and tells of each before and after. Every commit moves the source by one.</summary>
internal sealed class LoopWriter : IDisposable
{
    /// <summary>More rows or commits than these are too many to be read after every kill: the older half is deleted.</summary>
    private const int MostRows = 2_500, MostCommits = 400;

    /// <summary>Where answers are planted to come too early, the first commit that is answered and never submitted.</summary>
    public const int StopsAt = 10;

    private readonly HeliosEngine _engine;
    private readonly IReadOnlyList<Table> _tables;
    private readonly LoopWorkload _workload;
    private readonly LoopOptions _options;
    private readonly LoopVoice _voice;
    private readonly bool _answersFirst;
    private readonly bool _flushesEarly;
    private readonly Session _session;
    private readonly Queue<(int Commit, Task<CommitReceipt> Answer)> _answers = new();

    // What is there or on its way: the rows of each commit, and the ids of those in table trips.
    private readonly SortedDictionary<int, (int Rows, List<long> Trips)> _live = [];
    private int _liveRows;
    private int _next;
    private int _first;
    private ulong _guess; // of an LSN, where the defect is planted
    private int _answeredFirst;
    private Lsn _flushed; // told

    public LoopWriter(HeliosEngine engine, IReadOnlyList<Table> tables, LoopWorkload workload, LoopOptions options, LoopVoice voice, LoopContent content, int next, int first, bool answersFirst, bool flushesEarly)
    {
        (_engine, _tables, _workload, _options, _voice, _next, _first) = (engine, tables, workload, options, voice, next, first);
        (_answersFirst, _flushesEarly) = (answersFirst, flushesEarly);
        _session = engine.OpenSession();
        foreach (var commit in content.Rows.GroupBy(row => (int)row.Commit))
            Lives(commit.Key, [.. commit.Select(row => (row.Table, row.Id))]);
    }

    /// <summary>Rows inserted by this process.</summary>
    public long Rows { get; private set; }

    public async Task CommitNextAsync(Random random)
    {
        var draw = random.Next(40);
        if (_liveRows > MostRows || _live.Count > MostCommits)
            await ChangeAsync(new LoopCommit(_next, LoopKind.Sweep, Middle()));
        else if (draw is 0 or > 36 && AnyTrip(random) is { } id)
            await ChangeAsync(new LoopCommit(_next, draw switch { 0 => LoopKind.Delete, 37 => LoopKind.Update, _ => LoopKind.Upsert }, id));
        else
            await InsertAsync(random);
        if (draw is >= 1 and < 6 && AnyTrip(random) is { } taken)
            await MustBeRefusedAsync(taken);
        while (_answers.Count >= _options.InFlight)
            await TakeAnswerAsync();
    }

    public async Task DrainAsync()
    {
        while (_answers.Count > 0)
            await TakeAnswerAsync();
    }

    /// <summary>What was visible before it is flushed after it. May run beside everything else.</summary>
    public async Task CheckpointAsync()
    {
        var visible = _engine.Visible;
        await _engine.CheckpointAsync();
        TellFlushed(visible);
    }

    public void Dispose() => _session.Dispose();

    private async Task InsertAsync(Random random)
    {
        var mayComeAgain = _first > _next - LoopWorkload.Slots;
        var commit = new LoopCommit(_next, mayComeAgain ? LoopKind.Again : LoopKind.Insert, 1 + random.Next(_options.MaxRowsPerCommit));
        Tell(commit);
        if (_answersFirst && ++_answeredFirst == StopsAt)
            await new TaskCompletionSource().Task; // until the kill
        var rows = _workload.Rows(commit).ToList();
        Lives(commit.Number, [.. rows.Select(row => (row.Table, row.Id))]);
        MoveSource();
        foreach (var row in rows)
            _session.Insert(_tables[row.Table], LoopWorkload.MakeRow(row));
        Rows += rows.Count;
        Submit();
    }

    private async Task ChangeAsync(LoopCommit commit)
    {
        await DrainAsync(); // it names what it has read
        Tell(commit);
        MoveSource();
        var (trips, writes) = (_tables[LoopWorkload.Trips], _session.Envelope.Writes);
        if (commit.Changes)
        {
            var after = LoopWorkload.MakeRow(new LoopRow<string>(LoopWorkload.Trips, commit.Of, commit.Of / LoopWorkload.MaxRows, LoopWorkload.ChangedText(commit.Number)));
            LoopChange.ByKey(_engine, trips, commit.Kind == LoopKind.Update ? RowWriteMode.Update : RowWriteMode.Upsert, commit.Of, after, writes);
        }
        else if (commit.Kind == LoopKind.Delete)
        {
            LoopChange.ByKey(_engine, trips, RowWriteMode.Delete, commit.Of, after: null, writes);
            _live[(int)(commit.Of / LoopWorkload.MaxRows)].Trips.Remove(commit.Of);
        }
        else
        {
            LoopChange.DeleteOld(_engine, _tables, _first = (int)commit.Of, writes);
            foreach (var old in _live.Keys.TakeWhile(number => number < _first).ToArray())
            {
                _liveRows -= _live[old].Rows;
                _live.Remove(old);
            }
        }

        Submit();
        await DrainAsync();
    }

    private void MoveSource() => _session.Envelope.Changes.MoveSource(
        new SourceProgress(_tables[LoopWorkload.Trips].Plan.Definition.Id, new SourceKey(LoopWorkload.SourceFingerprint, 1)) { Offset = _next + 1, Record = _next + 1 },
        expectedOffset: _next == 0 ? -1 : _next);

    private void Tell(LoopCommit commit)
    {
        _voice.Say($"i {commit}");
        if (_answersFirst)
            _voice.Say(string.Create(CultureInfo.InvariantCulture, $"a {commit.Number} {_guess = Math.Max(_guess + 1, _engine.Parts.Log.Next.Value)}"));
    }

    private void Submit() => _answers.Enqueue((_next++, _session.CommitAsync(_options.Durability).AsTask()));

    private async Task TakeAnswerAsync()
    {
        var (commit, answer) = _answers.Dequeue();
        var receipt = await answer;
        if (!_answersFirst)
            _voice.Say(string.Create(CultureInfo.InvariantCulture, $"a {commit} {receipt.Lsn.Value}"));
        var durable = _flushesEarly ? receipt.Lsn : _engine.Durable;
        if (durable > _flushed)
            TellFlushed(_flushed = durable);
        // At Logged an answer may come before readers see the commit, and a delete reads.
        if (_options.Durability == Durability.Logged && _answers.Count == 0)
            await _engine.Parts.Visible.WaitAsync(receipt.Lsn, CancellationToken.None);
    }

    /// <summary>With a log, an answer says more.</summary>
    private void TellFlushed(Lsn lsn)
    {
        if (_options.WithoutLog)
            _voice.Say(string.Create(CultureInfo.InvariantCulture, $"flushed {lsn.Value}"));
    }

    /// <summary>A row that does not meet the added condition of <see cref="LoopWorkload.Trips"/>, which is there, is refused.</summary>
    public Task MustBeCheckedAsync() => MustBeRefusedAsync(id: -1, commit: 1, "check_violation");

    private async Task MustBeRefusedAsync(long id, long commit = -1, string code = "duplicate_key")
    {
        _session.Insert(_tables[LoopWorkload.Trips], LoopWorkload.MakeRow(new LoopRow<string>(LoopWorkload.Trips, id, commit, $"{LoopWorkload.Canary}twice")));
        try
        {
            await _session.CommitAsync();
        }
        catch (HeliosException error) when (error.Code == code)
        {
            return;
        }

        throw new InvalidOperationException($"Row {id} was not refused by {code}.");
    }

    private void Lives(int commit, List<(int Table, long Id)> rows)
    {
        _live[commit] = (rows.Count, [.. rows.Where(row => row.Table == LoopWorkload.Trips).Select(row => row.Id)]);
        _liveRows += rows.Count;
    }

    /// <summary>The first commit of the newer half.</summary>
    private int Middle()
    {
        var (rows, commits, first) = (0, 0, _next);
        foreach (var (number, commit) in _live.Reverse())
        {
            rows += commit.Rows;
            if (rows > MostRows / 2 || ++commits > MostCommits / 2)
                break;
            first = number;
        }

        return first;
    }

    private long? AnyTrip(Random random)
    {
        if (_live.Count == 0)
            return null;
        var trips = _live.ElementAt(random.Next(_live.Count)).Value.Trips;
        return trips.Count == 0 ? null : trips[random.Next(trips.Count)];
    }
}
