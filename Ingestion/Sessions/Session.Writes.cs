using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Rows that are changed by their primary keys. From the first of them on, new rows of the same commit go the same way.</content>
public sealed partial class Session
{
    /// <summary>How often a commit is made again whose rows others keep changing; each time one of them has got through.</summary>
    private const int MaxTries = 1_000;

    private SessionWrites? _writes;

    /// <summary>Does the commit change rows by their keys?</summary>
    private bool IsChanging => _writes is { Next: > 0 };

    /// <summary>Gives the row with the primary key of <paramref name="row"/> that content, in the commit; where there is no such row, nothing.</summary>
    /// <param name="table">A table with a primary key.</param>
    /// <param name="row">All columns: those that are not set get what they would get in a new row, their default or NULL.</param>
    /// <remarks>Several changes of one row in a commit are one: the last. A commit with such changes answers <see cref="Durability.Queued"/> as <see cref="Durability.Logged"/>: it may have to be made again.</remarks>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    /// <exception cref="HeliosException">Invalid: the row does not fit its columns, or not into the commit; the commit is as before the call.</exception>
    public void Update(Table table, Row row) => Write(Keyed(table), RowWriteMode.Update, row);

    /// <inheritdoc cref="Update(Table, Row)"/>
    public void Update<T>(Table<T> table, T row) => Write(Keyed(table), RowWriteMode.Update, row);

    /// <summary>The same, or an insert where there is no row with the key.</summary>
    /// <inheritdoc cref="Update(Table, Row)"/>
    public void Upsert(Table table, Row row) => Write(Keyed(table), RowWriteMode.Upsert, row);

    /// <inheritdoc cref="Upsert(Table, Row)"/>
    public void Upsert<T>(Table<T> table, T row) => Write(Keyed(table), RowWriteMode.Upsert, row);

    /// <summary>Adds a row to the commit unless one of its keys, the primary or a unique one, is taken: then the row is left out and not counted.</summary>
    /// <inheritdoc cref="Update(Table, Row)" path="/param|/exception"/>
    public void InsertIfAbsent(Table table, Row row)
    {
        ArgumentNullException.ThrowIfNull(table);
        Write(table, RowWriteMode.InsertIfAbsent, row);
    }

    /// <inheritdoc cref="InsertIfAbsent(Table, Row)"/>
    public void InsertIfAbsent<T>(Table<T> table, T row)
    {
        ArgumentNullException.ThrowIfNull(table);
        Write(table, RowWriteMode.InsertIfAbsent, row);
    }

    /// <summary>Deletes the row with a primary key in the commit; where there is none, nothing.</summary>
    /// <param name="table">A table with a primary key.</param>
    /// <param name="key">The key's values in key order.</param>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    /// <exception cref="ArgumentException">A value is of another type than its column, or there are more or fewer than columns.</exception>
    public void Delete(Table table, params object[] key)
    {
        CheckEngine(Keyed(table).Engine);
        Delete(table.Plan, key);
    }

    /// <inheritdoc cref="Delete(Table, object[])"/>
    public void Delete<T>(Table<T> table, params object[] key)
    {
        CheckEngine(Keyed(table).Engine);
        Delete(table.Plan, key);
    }

    /// <summary>Deletes the row with an encoded primary key.</summary>
    internal void Delete(TablePlan plan, ReadOnlySpan<byte> key)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        BeginWrites().Add(plan, RowWriteMode.Delete, key, default);
    }

    /// <summary>Adds a changed row, or says why not: then the commit is as before the call.</summary>
    internal RowRejection? TryWrite<T>(Table<T> table, RowWriteMode mode, T row)
    {
        ArgumentNullException.ThrowIfNull(row);
        CheckEngine(table.Engine);
        using var bytes = new ByteBuffer();
        RowFault fault = default;
        try
        {
            if (!table.Shape.TryWrite(row, table.Plan.Definition.SchemaVersion, bytes, ref fault, table.Plan.Fill))
                return Rejection(table.Plan, fault);
        }
        catch (HeliosException error) when (error.Code == RowFault.RowTooLong)
        {
            return Rejection(table.Plan, new RowFault(RowFault.RowTooLong)); // so long that the writer gave up in the middle
        }

        return TryWrite(table.Plan, mode, bytes.Written);
    }

    /// <summary>The same for a row in its bytes.</summary>
    internal RowRejection? TryWrite(TablePlan plan, RowWriteMode mode, ReadOnlySpan<byte> row)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var schema = plan.Definition.Schema;
        using var key = new ByteBuffer();
        if (!schema.PrimaryKey.IsEmpty)
        {
            var offsets = new int[schema.Columns.Length];
            if (!RowRules.TryValidate(schema, row, offsets, out var fault))
                return Rejection(plan, fault);
            if (plan.Encoders[0].Append(row, offsets, key).IsTooLong)
                return plan.KeyTooLong(0, NextRow);
        }

        var writes = BeginWrites();
        if (writes.Bytes + row.Length + key.Length > ChangeFormat.MaxCommitBytes)
        {
            if (writes.Count == 0)
                return Rejection(plan, new RowFault(RowFault.RowTooLong, -1)); // no commit at all has room for it
            throw RowErrors.CommitTooLong(plan.Definition.Name, writes.Next);
        }

        writes.Add(plan, mode, key.Written, row);
        return null;
    }

    /// <summary>Commits what the caller has put into the envelope itself, once.</summary>
    internal ValueTask<CommitReceipt> CommitEnvelopeAsync(CancellationToken cancellationToken) => CommitEnvelopeAsync(Durability.Visible, cancellationToken);

    /// <inheritdoc cref="CommitEnvelopeAsync(CancellationToken)"/>
    internal ValueTask<CommitReceipt> CommitEnvelopeAsync(Durability durability, CancellationToken cancellationToken) =>
        SubmitAsync(TakeEnvelope(durability, OnReject.RejectCommit), _order, cancellationToken);

    private int NextRow => _writes?.Next ?? _envelope?.Changes.Rows ?? 0;

    private RowRejection Rejection(TablePlan plan, RowFault fault) =>
        new(NextRow, fault.Code, fault.Ordinal < 0 ? null : plan.Definition.Schema.Columns[fault.Ordinal].Name, null, fault.Describe(plan.Definition.Schema)) { Table = plan.Definition.Name };

    private void Write<T>(Table<T> table, RowWriteMode mode, T row)
    {
        if (TryWrite(table, mode, row) is { } refused)
            throw RowErrors.Refused(table.Name, refused);
    }

    private void Write(Table table, RowWriteMode mode, Row row)
    {
        ArgumentNullException.ThrowIfNull(row);
        CheckEngine(table.Engine);
        using var bytes = new ByteBuffer();
        row.Write(table.Plan.Definition, bytes, table.Plan.Fill, NextRow);
        if (TryWrite(table.Plan, mode, bytes.Written) is { } refused)
            throw RowErrors.Refused(table.Name, refused);
    }

    private void Delete(TablePlan plan, object[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        using var bytes = new ByteBuffer();
        if (KeyProbe.TryEncode(plan, 0, key, bytes))
            Delete(plan, bytes.Written);
    }

    private static Table Keyed(Table table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Schema.PrimaryKey.IsEmpty ? throw RowErrors.NoKey(table.Name) : table;
    }

    private static Table<T> Keyed<T>(Table<T> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Schema.PrimaryKey.IsEmpty ? throw RowErrors.NoKey(table.Name) : table;
    }

        /// <summary>New rows that were collected before go the same way from now on: one of them may be changed by the same commit.</summary>
    private SessionWrites BeginWrites()
    {
        var writes = _writes ??= new SessionWrites();
        if (_envelope is not { } envelope)
            return writes;
        CloseInsert(envelope);
        envelope.Changes.Seal();
        var commits = new CommitReader(envelope.Changes.Buffer.Written);
        commits.TryNext(out var operations);
        using var key = new ByteBuffer();
        while (operations.TryNext(out var operation))
        {
            var insert = operation.AsInsert(); // nothing else is collected by whoever changes rows
            var plan = _engine.Parts.Plans[insert.Table];
            var offsets = new int[plan.Definition.Schema.Columns.Length];
            foreach (var row in insert)
            {
                key.Truncate(0);
                if (!plan.Definition.Schema.PrimaryKey.IsEmpty)
                {
                    RowView.ReadOffsets(row, offsets);
                    plan.Encoders[0].Append(row, offsets, key);
                }

                writes.Add(plan, RowWriteMode.Insert, key.Written, row);
            }
        }

        envelope.Recycle();
        _envelope = null;
        return writes;
    }

    /// <summary>Commits; where it meets another commit it looks again and repeats: rows that go by their keys rest on nothing that was read.</summary>
    private async ValueTask<CommitReceipt> CommitWritesAsync(ProducerStamp? producer, Durability durability, OnReject onReject, CancellationToken cancellationToken)
    {
        using var writes = _writes!;
        _writes = null;
        var order = _order;
        KeyTurn? turn = null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var envelope = WriteEnvelope.Rent(); // not the session's: at a later attempt that one collects the next commit
                writes.WriteTo(envelope, _engine);
                Seal(envelope, durability == Durability.Queued ? Durability.Logged : durability, onReject);
                envelope.Producer = producer;
                try
                {
                    var receipt = await SubmitAsync(envelope, order, cancellationToken).ConfigureAwait(false);
                    _order.Ordered(receipt.Lsn);
                    return receipt;
                }
                catch (HeliosException error) when (error.Code == "conflict" && attempt < MaxTries)
                {
                    // Constrain does not keep the row, so it must be read; of all who do that at once one would get through.
                    turn ??= writes.Enter(_engine.Turns);
                    await turn.ComesAsync(cancellationToken).ConfigureAwait(false);
                    turn.Known = null; // it goes by its key, and the row is another one behind it

                    // What it met is in the log by now, and visible soon.
                    await _engine.Parts.Visible.WaitAsync(_engine.Parts.Log.Head, cancellationToken).ConfigureAwait(false);
                    order = new SessionOrder(); // its place among the session's commits is lost, and their order is kept by the session's thread
                }
            }
        }
        finally
        {
            turn?.Dispose();
        }
    }
}
