using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Changes of one row as one commit, and of the row that a key has with what the caller makes of it.</summary>
internal static class KeyedWrite
{
    /// <summary>How often a row that others keep changing is tried; each time one of them has got through.</summary>
    private const int MaxTries = 1_000;

    /// <returns>The receipt, or null where no row has the key.</returns>
    public static async ValueTask<CommitReceipt?> DeleteAsync(HeliosEngine engine, TablePlan plan, byte[] key, CancellationToken cancellationToken)
    {
        using var session = engine.OpenSession();
        session.Delete(plan, key);
        var receipt = await session.CommitAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return receipt.Rows > 0 ? receipt : null;
    }

    /// <summary>Deletes the row with a primary key given by its values.</summary>
    public static async ValueTask<CommitReceipt> DeleteAsync(HeliosEngine engine, TablePlan plan, object[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        using var bytes = new ByteBuffer();
        return KeyProbe.TryEncode(plan, 0, key, bytes)
            ? await DeleteAsync(engine, plan, bytes.Written.ToArray(), CancellationToken.None).ConfigureAwait(false) ?? NotFound(engine)
            : NotFound(engine);
    }

    /// <summary>The answer where no row has the key.</summary>
    public static CommitReceipt NotFound(HeliosEngine engine) => new(engine.Visible, 0, []);

    /// <summary>Writes one row as a commit.</summary>
    /// <exception cref="HeliosException">As for an insert; Conflict: others have changed the row at each try.</exception>
    public static async ValueTask<CommitReceipt> WriteAsync(HeliosEngine engine, TablePlan plan, RowWriteMode mode, byte[] row, CancellationToken cancellationToken)
    {
        if (mode != RowWriteMode.InsertIfAbsent && plan.Definition.Schema.PrimaryKey.IsEmpty)
            throw new InvalidOperationException($"Table {plan.Definition.Name} has no primary key.");
        using var session = engine.OpenSession();
        if (session.TryWrite(plan, mode, row) is { } refused)
            throw RowErrors.Refused(plan.Definition.Name, refused);
        return await session.CommitAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Inserts a row, or gives the one that has its key what <paramref name="merge"/> makes of both; again from the start where that one has changed meanwhile.</summary>
    /// <remarks>Of several merges of one key each rests on the one before, in the order of the calls, as soon as that one has its place: it need not be readable.</remarks>
    /// <param name="engine">The engine.</param>
    /// <param name="plan">A table with a primary key.</param>
    /// <param name="row">The row to insert.</param>
    /// <param name="merge">Takes the stored row and returns the row to store; null leaves the stored one as it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<CommitReceipt> MergeAsync(HeliosEngine engine, TablePlan plan, byte[] row, Func<ReadOnlyMemory<byte>, byte[]?> merge, CancellationToken cancellationToken)
    {
        var key = PrimaryKeyOf(plan, row);
        using var turn = engine.Turns.Enter(plan.Definition.Id, key);
        await turn.ComesAsync(cancellationToken).ConfigureAwait(false);
        for (var attempt = 1; ; attempt++)
        {
            var path = engine.WritePath;
            if (turn.Known?.Path != path)
                turn.Known = null; // the commit may have been withdrawn, and its LSN given to another one
            using var session = new Session(engine, path: turn.Known?.Path);
            try
            {
                if (!TryMerge(engine, plan, key, row, merge, session.Envelope, turn, path))
                    return NotFound(engine);
                return await session.CommitEnvelopeAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (HeliosException error) when (error.Code == "conflict" && attempt < MaxTries)
            {
                turn.Known = null;
                await engine.Parts.Visible.WaitAsync(engine.Parts.Log.Head, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (turn.Known is not null && error is not OperationCanceledException)
            {
                // What was merged with is perhaps not in the log yet: it may be told only when that is there. The next one need not wait.
                turn.Dispose();
                await VisibleAsync(engine, turn.Known, cancellationToken).ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Waits until a row that has its place can be read.</summary>
    /// <exception cref="HeliosException">Its path has failed: it may have been withdrawn.</exception>
    private static async Task VisibleAsync(HeliosEngine engine, OrderedRow row, CancellationToken cancellationToken)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var visible = engine.Parts.Visible.WaitAsync(row.Lsn, given.Token);

        // Looked at behind that: a fault from now on ends the wait, one from before does not where the engine has resumed since, and nobody may ever have that LSN.
        if (row.Path.Fault is not null)
        {
            await given.CancelAsync().ConfigureAwait(false);
            throw row.Path.Refusal();
        }

        await visible.ConfigureAwait(false);
    }

    /// <returns>False where the row is to stay as it is, and that is visible.</returns>
    private static bool TryMerge(HeliosEngine engine, TablePlan plan, byte[] key, byte[] row, Func<ReadOnlyMemory<byte>, byte[]?> merge, WriteEnvelope into, KeyTurn turn, WritePath path)
    {
        using var view = engine.OpenView();
        using var stored = new ByteBuffer();
        var version = default(KeyVersion);
        if (turn.Known is { } known)
        {
            stored.Append(known.Content);
            version = new KeyVersion(known.Row, known.Lsn, Vacated: false);
        }

        var exists = turn.Known is not null || view.TryFind(plan, 0, key, stored, out version);
        var after = exists ? merge(stored.Written.ToArray()) : row;
        if (after is null && turn.Known is null)
            return false;
        if (exists && after is not null && !PrimaryKeyOf(plan, after).AsSpan().SequenceEqual(key))
            throw new ArgumentException($"Table {plan.Definition.Name}: the merged row has another primary key than the rows it is made of.");
        var writes = into.Writes;
        writes.Snapshot = view.Lsn;
        if (after is null)
        {
            // A commit that writes nothing is answered behind what it rests on; the next one need not wait for that.
            writes.Add(new KeyRead(plan.Definition.Id, 0, writes.Keep(key), version.Row, version.Lsn));
            turn.Dispose();
            return true;
        }

        turn.Promise(path, after);
        into.Follower = turn;
        writes.Add(new RowWrite
        {
            Table = plan.Definition.Id,
            Mode = RowWriteMode.Upsert,
            IsExact = true,
            Key = writes.Keep(key),
            After = writes.Keep(after),
            Row = exists ? version.Row : default,
            RowLsn = exists ? version.Lsn : default,
            Before = exists ? writes.Keep(stored.Written) : Slice.None,
        });
        ReferentialActions.Complete(writes, view, engine.Parts.Plans);
        return true;
    }

    /// <summary>The key to look for; a row that no table would take is refused here, as an insert of it would be.</summary>
    private static byte[] PrimaryKeyOf(TablePlan plan, ReadOnlySpan<byte> row)
    {
        var schema = plan.Definition.Schema;
        if (schema.PrimaryKey.IsEmpty)
            throw new InvalidOperationException($"Table {plan.Definition.Name} has no primary key.");
        var offsets = new int[schema.Columns.Length];
        if (!RowRules.TryValidate(schema, row, offsets, out var fault))
            throw RowErrors.Refused(plan.Definition, fault);
        using var key = new ByteBuffer();
        return plan.Encoders[0].Append(row, offsets, key).IsTooLong
            ? throw RowErrors.Refused(plan.Definition.Name, plan.KeyTooLong(0, 0))
            : key.Written.ToArray();
    }
}
