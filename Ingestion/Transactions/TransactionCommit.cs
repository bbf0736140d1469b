using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Makes a commit of what a transaction has written.</summary>
internal static class TransactionCommit
{
    /// <summary>How often a commit whose rows go by their keys is made again; each time one of the others has got through.</summary>
    private const int MaxTries = 1_000;

    public static async ValueTask<CommitReceipt> RunAsync(
        HeliosEngine engine, Session session, OwnWrites own, SeenReads? seen, ReadView? snapshot, Durability durability, CancellationToken cancellationToken)
    {
        if (durability == Durability.Queued)
            durability = Durability.Logged;
        for (var attempt = 1; ; attempt++)
        {
            var writes = session.Envelope.Writes;
            using (var now = snapshot is null ? engine.OpenView() : null)
            {
                var mayRepeat = Write(own, writes, snapshot ?? now!, isStrict: snapshot is not null);
                if (writes.Count == 0)
                    return new CommitReceipt(engine.Visible, 0, []); // whoever only reads has seen one moment
                seen?.WriteTo(writes);
                ReferentialActions.Complete(writes, snapshot ?? now!, engine.Parts.Plans);
                if (!mayRepeat)
                    attempt = MaxTries;
            }

            try
            {
                return await session.CommitEnvelopeAsync(durability, cancellationToken).ConfigureAwait(false);
            }
            catch (HeliosException error) when (error.Code == "conflict" && attempt < MaxTries)
            {
                // What it met is in the log by now, and visible soon.
                await engine.Parts.Visible.WaitAsync(engine.Parts.Log.Head, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>True where nothing rests on what was read: then a commit that met another can be made again.</summary>
    private static bool Write(OwnWrites own, RowWrites into, ReadView view, bool isStrict)
    {
        into.Snapshot = view.Lsn;
        var mayRepeat = !isStrict;
        for (var i = 0; i < own.Rows.Count; i++)
        {
            var row = own.Rows[i];
            if (row.Found is null && !row.IsLive)
                continue;
            var isExact = isStrict || row.IsExact || row.Key is null;
            mayRepeat &= !isExact || row.Found is null;
            var write = new RowWrite
            {
                Table = row.Plan.Definition.Id,
                Mode = ModeOf(own, row),
                Number = i,
                Key = row.Key is null ? Slice.None : into.Keep(row.Key),
                After = row.Content is null ? Slice.None : into.Keep(row.Content.Row),
                Before = Slice.None,
            };
            write.IsExact = isExact && write.Mode != RowWriteMode.Insert;
            if (isExact && row.Found is { } found)
            {
                (write.Row, write.RowLsn, write.Before) = (found.Row, found.Lsn, into.Keep(found.Content));
                if (found.ReadAt < into.Snapshot)
                    into.Snapshot = found.ReadAt;
            }
            else if (!isExact && write.Mode != RowWriteMode.Insert)
            {
                ReadAhead(row, view, into, ref write);
            }

            into.Add(write);
        }

        return mayRepeat;
    }

    private static RowWriteMode ModeOf(OwnWrites own, OwnRow row)
    {
        if (row.Found is not null)
            return row.Content is null ? RowWriteMode.Delete : row.Mode == RowWriteMode.Upsert ? RowWriteMode.Upsert : RowWriteMode.Update;
        // A new row whose key another own row has given up: what is found by the key is that row.
        var isAlone = row.Key is not null && own.TableOf(row.Plan)?.FindMeant(row.Key) == row;
        return isAlone && row.Mode is RowWriteMode.Upsert or RowWriteMode.InsertIfAbsent ? row.Mode : RowWriteMode.Insert;
    }

    private static void ReadAhead(OwnRow row, ReadView view, RowWrites into, ref RowWrite write)
    {
        using var stored = new ByteBuffer();
        if (!view.TryFind(row.Plan, 0, row.Key, stored, out var version))
            return;
        (write.Row, write.RowLsn, write.Before) = (version.Row, version.Lsn, into.Keep(stored.Written));
    }
}
