using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Model.Tests;

/// <summary>A feed shows each change once, in order, up to what is durable and visible.</summary>
internal sealed class HeldFeed : IAsyncDisposable
{
    private readonly SequenceRun _run;
    private readonly CancellationTokenSource _cancel = new();
    private readonly IAsyncEnumerator<Change> _changes;
    private readonly bool _isTooOld;
    private ulong _next;
    private DateTimeOffset _time;
    private Task<bool>? _pending;
    private bool _ended;

    public HeldFeed(SequenceRun run, ulong from)
    {
        _run = run;
        _changes = run.Engine.Feed(new Lsn(from), _cancel.Token).GetAsyncEnumerator(_cancel.Token);
        _next = from == 0 ? run.Engine.Parts.Log.Oldest.Value : from; // zero: whatever the log holds
        _isTooOld = _next < run.Engine.Parts.Log.Oldest.Value;
    }

    /// <summary>Reads all that there is now.</summary>
    public async Task ReadAsync()
    {
        if (_ended)
            return;
        var limit = Math.Min(_run.Engine.Durable.Value, _run.Engine.Visible.Value);
        var due = new Queue<object>(_run.Model.Commits.Where(c => c.Lsn >= _next && c.Lsn <= limit).SelectMany(Shown));
        while (await MoveNextAsync(due.Count > 0))
        {
            var change = _changes.Current;
            Assert.True(due.TryDequeue(out var next), $"the feed shows {change}, which is not due");
            Assert.Equal(next, (change.Lsn.Value, change.Kind, change.Table, change.Row.Value, Read(change.Values), Read(change.Before)));
            Assert.True(change.Time >= _time, $"the time of LSN {change.Lsn}, {change.Time:O}, is before {_time:O}");
            _time = change.Time;
        }

        Assert.True(due.Count == 0 || _isTooOld, $"the feed does not show {due.Count} changes that are due, first {(due.Count > 0 ? due.Peek() : null)}");
        _next = Math.Max(_next, limit + 1);
    }

    public async ValueTask DisposeAsync()
    {
        await _cancel.CancelAsync();
        if (_pending is not null)
            await _pending.ContinueWith(static _ => { }, TaskScheduler.Default);
        await _changes.DisposeAsync();
        _cancel.Dispose();
    }

    private static ModelRow? Read(Row? row) => row is null ? null : Rows.Read(row);

    private static IEnumerable<object> Shown(ModelCommit commit)
    {
        foreach (var change in commit.Changes)
        {
            if (change is RowInserted inserted)
                yield return (commit.Lsn, ChangeKind.Insert, ModelSchema.Tables[change.Table].Name, inserted.Id, (ModelRow?)inserted.Row, default(ModelRow?));
            else if (change is RowUpdated updated)
                yield return (commit.Lsn, ChangeKind.Update, ModelSchema.Tables[change.Table].Name, updated.Id, (ModelRow?)updated.Row, (ModelRow?)updated.Before);
            else if (change is RowDeleted deleted)
                yield return (commit.Lsn, ChangeKind.Delete, ModelSchema.Tables[change.Table].Name, deleted.Id, default(ModelRow?), (ModelRow?)deleted.Before);
        }
    }

    /// <summary>False where the feed waits for more, or has ended. What is there already comes without waiting, except after a wait.</summary>
    private async Task<bool> MoveNextAsync(bool isDue)
    {
        var woken = _pending is not null;
        _pending ??= _changes.MoveNextAsync().AsTask();
        if (!_pending.IsCompleted && !(woken && isDue))
            return false;
        try
        {
            var moved = await _pending;
            _pending = null;
            _ended = !moved;
            return moved;
        }
        catch (HeliosException error) when (error.Code == "lsn_too_old")
        {
            Assert.True(_isTooOld, error.Message);
            _run.Note("feed: lsn_too_old");
            return End();
        }
        catch (HeliosException error) when (_run.IsFaulted && error.Kind == HeliosErrorKind.Unavailable)
        {
            return End();
        }
    }

    private bool End()
    {
        _pending = null;
        _ended = true;
        return false;
    }
}
