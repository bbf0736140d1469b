using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Turns every waiting group into one RocksDB batch, handed over in one call: rows, vacated keys, absolute counters, source positions, applied LSN.</summary>
/// <remarks>
/// The only writer of the store, on a thread of its own. Decides when RocksDB flushes, after the log is synced up to
/// what the store has: nothing may become persistent ahead of the log.
/// </remarks>
internal sealed class CommitStage(
    RocksStore store, ILog log, StoreCounters counters, ulong epoch, Watermark applied, Watermark flushed, Watermark durable,
    Mailbox<CommitGroup> committed, CommitOptions options, TablePlans plans, VersionProgress versions, UnloggedFlush? unlogged = null) : IStage<CommitGroup>
{
    public const int Position = 3;

    private readonly StoreBatch _batch = store.NewBatch();
    private bool _flushing;

    public TimeSpan Waited => committed.Waited;

    public async ValueTask HandleAsync(ReadOnlyMemory<CommitGroup> run)
    {
        try
        {
            Write(run.Span);
        }
        catch (HeliosException error) when (unlogged is not null)
        {
            throw EngineFault.Unlogged(error, flushed.Value); // there is no log that what was answered could come back from
        }

        for (var i = 0; i < run.Length; i++)
            await committed.SendAsync(run.Span[i]).ConfigureAwait(false);
    }

    public void Refuse(CommitGroup group, Exception fault)
    {
        // In the log, not in the store: the commit is there after the next open. To its caller it is "unknown".
        var refusal = EngineFault.RefusalFor(fault);
        foreach (ref var answer in group.Answers)
            answer.Ticket?.Fail(refusal);
        group.FailRequests(refusal);
    }

    public ValueTask StopAsync(Exception? fault)
    {
        _batch.Dispose();
        committed.Complete();
        return default;
    }

    private void Write(ReadOnlySpan<CommitGroup> run)
    {
        if (versions.MustBeDurable && unlogged is null && durable.Value < Newest(run))
            SyncLog();
        _batch.Clear();
        CommitGroup? last = null;
        var known = versions.State;
        var collected = known;
        foreach (var group in run)
        {
            foreach (var spill in group.Spills)
                spill.Write(_batch); // ahead of the commits: one of them may take an entry out again
            group.Statistics?.Write(_batch);
            if (group.Collect is { } request && request.Write(_batch, collected) is var further && further != collected)
                _batch.PutCollected(collected = further); // at once: where the run is flushed in between, what is removed and the note go together
            if (group.Commits == 0)
                continue;
            if (unlogged is not null)
            {
                if (unlogged.MustFlushBefore(group, flushed.Value))
                {
                    Apply(last);
                    last = null;
                    FlushNow();
                }

                unlogged.Keep(group);
            }

            if (StoreWriter.Add(_batch, group, plans))
                versions.Note(group.First, group.Last); // before anybody can see it
            counters.Add(group);
            last = group;
        }

        Apply(last);
        if (_batch.Count > 0)
            store.Write(_batch); // spilled entries, statistics, or what is removed, alone
        if (collected != known)
            versions.Stored(collected);
        foreach (var group in run)
        {
            group.Collect?.Stored.TrySetResult();
            foreach (var spill in group.Spills)
                spill.Stored.TrySetResult();
            group.Statistics?.Stored.TrySetResult();
        }

        Flush(run);
    }

    /// <summary>Hands the batch over; <paramref name="last"/> is the last group in it, null where it is empty.</summary>
    private void Apply(CommitGroup? last)
    {
        if (last is null)
            return;
        counters.WriteTouched(_batch);
        _batch.PutApplied(new AppliedState(last.Last, last.Time, epoch));
        store.Write(_batch);
        applied.Advance(last.Last);
        _batch.Clear();
    }

    private void Flush(ReadOnlySpan<CommitGroup> run)
    {
        var wanted = false;
        foreach (var group in run)
            wanted |= group.FlushRequest is not null;

        if (_flushing && !store.FlushPending)
        {
            _flushing = false;
            if (store.BackgroundErrors > 0)
                throw store.Failed(unlogged is null);
            var to = store.FlushedLsn();
            Flushed(to);
        }

        if (wanted || store.UnflushedBytes >= options.FlushBytes || unlogged?.IsDue(applied.Value) == true)
            BeginFlush();

        foreach (var group in run)
            group.FlushRequest?.TrySetResult();
    }

    private void BeginFlush()
    {
        if (durable.Value < applied.Value)
            SyncLog();
        if (versions.Due(applied.Value) is { } due)
        {
            _batch.Clear(); // all of it is written
            _batch.PutCollected(due);
            store.Write(_batch);
            versions.Stored(due);
        }

        store.BeginFlush(); // where the disk does not keep up it waits for the flush before, rather than let memory grow
        _flushing = true;
        unlogged?.Begun(applied.Value);
    }

    /// <summary>What the store will have with the run.</summary>
    private Lsn Newest(ReadOnlySpan<CommitGroup> run)
    {
        var newest = applied.Value;
        foreach (var group in run)
            newest = group.Commits > 0 ? group.Last : newest;
        return newest;
    }

    /// <summary>Where there is no log: so much is not flushed that no more may be told before it is.</summary>
    private void FlushNow()
    {
        store.Flush();
        _flushing = false;
        unlogged!.Begun(applied.Value);
        Flushed(applied.Value);
    }

    private void Flushed(Lsn to)
    {
        if (to > flushed.Value)
            flushed.Advance(to);
        if (unlogged is null)
            return;
        unlogged.Flushed();
        durable.Reach(to); // what is in the store's files is all that a power loss leaves
    }

    /// <summary>A failure faults the engine before the store can get ahead, and nobody is answered any more.</summary>
    private void SyncLog()
    {
        try
        {
            durable.Reach(log.Sync());
        }
        catch (HeliosException error)
        {
            durable.Abandon(EngineFault.RefusalFor(error));
            throw;
        }
    }
}

/// <summary>When Commit asks RocksDB to flush.</summary>
/// <param name="FlushBytes">Bytes of batches after which a flush is begun. One may be running while as much again gathers; then Commit waits.</param>
internal sealed record CommitOptions(long FlushBytes = 64 << 20);
