using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Says whether a row is meant, and what it is to be; null deletes it.</summary>
internal delegate bool RowChange(ReadOnlySpan<byte> row, out byte[]? after);

/// <summary>
/// Changes or deletes all rows that a condition holds for, in a table with or without a key. Each row is changed as it was
/// read: where another commit has changed one meanwhile, the rows of the commit are read again, and the condition decides again.
/// </summary>
internal sealed class PredicateWrite(HeliosEngine engine, TablePlan plan, RowChange change, int? rowsPerCommit)
{
    /// <summary>How often the rows of a commit are read again; each time a commit of somebody else has got through.</summary>
    private const int MaxTries = 1_000;

    private readonly List<RowId> _rows = [];
    private KeyTurn? _turn; // null until a commit meets another one
    private CommitReceipt _answer = new(engine.Visible, 0, []);

    /// <returns>The last commit, and the rows changed by all.</returns>
    public async ValueTask<CommitReceipt> RunAsync(CancellationToken cancellationToken)
    {
        using var view = engine.OpenView();
        using var rows = view.Scan(plan);
        var session = engine.OpenSession();
        try
        {
            session.Envelope.Writes.Snapshot = view.Lsn;
            while (engine.MoveNext(rows))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var writes = session.Envelope.Writes;
                if (!TryAdd(writes, rows.RowId, rows.Version, rows.Row))
                    continue;
                _rows.Add(rows.RowId);
                if (rowsPerCommit is { } most && (_rows.Count >= most || writes.Bytes.Length > ChangeFormat.MaxCommitBytes / 2))
                {
                    session = await CommitAsync(session, view, cancellationToken).ConfigureAwait(false);
                    session.Envelope.Writes.Snapshot = view.Lsn;
                }
                else if (rowsPerCommit is null && writes.Bytes.Length > ChangeFormat.MaxCommitBytes * 2L)
                {
                    throw TooMany(writes.Count);
                }
            }

            session = await CommitAsync(session, view, cancellationToken).ConfigureAwait(false);
            return _answer;
        }
        finally
        {
            LeaveTurn();
            session.Dispose();
        }
    }

    private void LeaveTurn()
    {
        _turn?.Dispose();
        _turn = null;
    }

    /// <summary>Commits what was collected; returns the session to collect in.</summary>
    private async ValueTask<Session> CommitAsync(Session session, ReadView view, CancellationToken cancellationToken)
    {
        ReferentialActions.Complete(session.Envelope.Writes, view, engine.Parts.Plans);
        for (var attempt = 1; session.Envelope.Writes.Count > 0; attempt++)
        {
            try
            {
                var receipt = await session.CommitEnvelopeAsync(cancellationToken).ConfigureAwait(false);
                _answer = receipt with { Rows = _answer.Rows + receipt.Rows };
                break;
            }
            catch (HeliosException error) when (error.Code == "conflict" && attempt < MaxTries)
            {
                // Of many that changed the same row one has got through, and of those that try again at once only one would: so they queue.
                _turn ??= engine.Turns.Enter(plan.Definition.Id);
                await _turn.ComesAsync(cancellationToken).ConfigureAwait(false);
                await engine.Parts.Visible.WaitAsync(engine.Parts.Log.Head, cancellationToken).ConfigureAwait(false);
            }
            catch (HeliosException error) when (error.Code == "commit_too_long" && rowsPerCommit is null)
            {
                throw TooMany(_rows.Count);
            }

            ReadAgain(session.Envelope.Writes);
        }

        LeaveTurn();
        _rows.Clear();
        return session;
    }

    /// <summary>The rows as they are by now; those that the condition no longer holds for are left alone.</summary>
    private void ReadAgain(RowWrites writes)
    {
        using var view = engine.OpenView();
        using var row = new ByteBuffer();
        writes.Snapshot = view.Lsn;
        foreach (var id in _rows)
        {
            if (view.TryRead(plan, id, row, out var version))
                TryAdd(writes, id, version, row.Written);
        }

        ReferentialActions.Complete(writes, view, engine.Parts.Plans);
    }

    private bool TryAdd(RowWrites writes, RowId id, Lsn version, ReadOnlySpan<byte> row)
    {
        if (!change(row, out var after))
            return false;
        var key = Slice.None;
        if (!plan.Definition.Schema.PrimaryKey.IsEmpty)
        {
            using var bytes = new ByteBuffer();
            var offsets = new int[plan.Definition.Schema.Columns.Length];
            RowView.ReadOffsets(row, offsets);
            plan.Encoders[0].Append(row, offsets, bytes);
            key = writes.Keep(bytes.Written);
        }

        writes.Add(new RowWrite
        {
            Table = plan.Definition.Id,
            Mode = after is null ? RowWriteMode.Delete : RowWriteMode.Update,
            IsExact = true,
            Number = writes.Count,
            Key = key,
            After = after is null ? Slice.None : writes.Keep(after),
            Row = id,
            RowLsn = version,
            Before = writes.Keep(row),
        });
        return true;
    }

    private HeliosException TooMany(int rows) => new(HeliosErrorKind.Invalid, "commit_too_long",
        $"Table {plan.Definition.Name}: the condition holds for {rows} rows or more, and their old and new contents are longer than one commit may be ({ChangeFormat.MaxCommitBytes} bytes). Nothing was written: say how many rows go into a commit, and several are made.") { Table = plan.Definition.Name };
}
