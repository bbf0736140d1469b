using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Makes a commit of what a transaction has written and seen.</summary>
/// <remarks>Rows that were found go first: what they give up is free before a new row takes it.</remarks>
internal sealed class TransactionCommit(HeliosEngine engine, IsolationLevel level, OwnWrites own, SeenReads? seen)
{
    /// <summary>How often rows that go by their keys are tried again; each time another commit has got through.</summary>
    private const int MaxTries = 1_000;

    /// <summary>Is there anything to write? A transaction that only read has seen one moment, and is done.</summary>
    public bool IsEmpty => !own.Rows.Any(IsWanted);

    private bool GoesByKeys => level == IsolationLevel.ReadCommitted && own.Rows.All(static row => !row.IsExact || row.Found is null);

    /// <summary>Writes the commit; at <see cref="IsolationLevel.ReadCommitted"/> with what each key has now.</summary>
    public void WriteTo(RowWrites into, ReadView view)
    {
        into.Snapshot = view.Lsn;
        foreach (var (number, row) in own.Rows.Index())
        {
            if (row.Found is not null)
                Add(into, number, row, view);
        }

        foreach (var (number, row) in own.Rows.Index().Where(static one => one.Item.Found is null).OrderBy(static one => one.Item.Plan.Definition.Id.Value))
        {
            if (IsWanted(row))
                Add(into, number, row, view);
        }

        if (level != IsolationLevel.ReadCommitted)
        {
            seen?.WriteTo(into);
            foreach (var row in own.Rows)
                AddTakenKeys(into, row, view);
        }

        ReferentialActions.Complete(into, view, engine.Parts.Plans);
    }

    /// <summary>Commits what <see cref="WriteTo"/> has put into the session; where rows go by their keys alone it looks again and repeats.</summary>
    public async ValueTask<CommitReceipt> RunAsync(Session session, Durability durability, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await session.CommitEnvelopeAsync(durability, cancellationToken).ConfigureAwait(false);
            }
            catch (HeliosException error) when (error.Kind == HeliosErrorKind.Conflict && GoesByKeys && attempt < MaxTries)
            {
                // What it met is in the log by now, and visible soon.
                await engine.Parts.Visible.WaitAsync(engine.Parts.Log.Head, cancellationToken).ConfigureAwait(false);
                using var view = engine.OpenView();
                WriteTo(session.Envelope.Writes, view);
            }
        }
    }

    private bool IsWanted(OwnRow row) =>
        row.Found is not null || row.IsLive || GoesByKey(row);

    /// <summary>Is the row whatever has its key at the commit? Not where another own row was found by that key and has given it up: what has it then is that row.</summary>
    private bool GoesByKey(OwnRow row) =>
        level == IsolationLevel.ReadCommitted && row.Key is not null && own.TableOf(row.Plan)?.FindMeant(row.Key) == row;

    private void Add(RowWrites into, int number, OwnRow row, ReadView view)
    {
        var isExact = row.Found is not null && (level != IsolationLevel.ReadCommitted || row.IsExact);
        var write = new RowWrite
        {
            Table = row.Plan.Definition.Id,
            Mode = isExact ? (row.IsLive ? RowWriteMode.Update : RowWriteMode.Delete)
                : GoesByKey(row) || (level == IsolationLevel.ReadCommitted && row is { Key: null, Mode: RowWriteMode.InsertIfAbsent }) ? row.Mode : RowWriteMode.Insert,
            IsExact = isExact,
            Number = number,
            Key = row.Key is null ? Slice.None : into.Keep(row.Key),
            After = row.IsLive ? into.Keep(row.Content!.Row) : Slice.None,
            Before = Slice.None,
        };
        if (isExact)
        {
            (write.Row, write.RowLsn, write.Before) = (row.Found!.Row, row.Found.Lsn, into.Keep(row.Found.Content));
            if (row.Key is null && row.Found.ReadAt < into.Snapshot)
                into.Snapshot = row.Found.ReadAt; // rows without a key are checked against the earliest statement
        }
        else if (row.Key is not null && write.Mode is RowWriteMode.Upsert or RowWriteMode.Update or RowWriteMode.Delete)
        {
            using var stored = new ByteBuffer();
            if (view.TryFind(row.Plan, 0, row.Key!, stored, out var version))
                (write.Row, write.RowLsn, write.Before) = (version.Row, version.Lsn, into.Keep(stored.Written));
        }

        into.Add(write);
    }

    /// <summary>Keys that the row has and did not have: who takes one meanwhile is met as a conflict, for the transaction saw it free.</summary>
    private static void AddTakenKeys(RowWrites into, OwnRow row, ReadView view)
    {
        if (!row.IsLive || row.Plan.UniqueCount == 0)
            return;
        using var had = row.Found is null ? null : new RowKeys(row.Plan, row.Found.Content);
        for (var i = 0; i < row.Plan.UniqueCount; i++)
        {
            if (row.Content!.Keys[i] is not { } key || (had is not null && had.Has(i) && had[i].SequenceEqual(key)))
                continue;
            var found = view.Look(row.Plan, i, key);
            into.Add(new KeyRead(row.Plan.Definition.Id, i, into.Keep(key), found.Row, found.Lsn));
        }
    }
}
