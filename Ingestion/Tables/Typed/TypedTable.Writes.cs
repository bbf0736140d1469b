using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Rows that are changed by their primary keys.</content>
public sealed partial class Table<T>
{
    /// <summary>Gives the row with the primary key of <paramref name="row"/> that content; its row id stays. One commit.</summary>
    /// <param name="row">All columns.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops.</param>
    /// <returns><see cref="CommitReceipt.Rows"/> is 1, or 0 where no row has the key: then nothing was written, and <see cref="CommitReceipt.Lsn"/> is the commit up to which was looked.</returns>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    /// <exception cref="HeliosException">Invalid: the row breaks a rule or takes a key that another row has. Conflict <c>conflict</c>: others have changed the row at each of 1,000 tries. Nothing was written.</exception>
    public ValueTask<CommitReceipt> UpdateAsync(T row, CancellationToken cancellationToken = default) =>
        KeyedWrite.WriteAsync(Engine, Plan, RowWriteMode.Update, Encode(row), cancellationToken);

    /// <summary>Gives the row with the primary key of <paramref name="row"/> that content, or inserts it where there is none. One commit; callers at once leave one row.</summary>
    /// <inheritdoc cref="UpdateAsync(T, CancellationToken)" path="/param|/exception"/>
    public ValueTask<CommitReceipt> UpsertAsync(T row, CancellationToken cancellationToken = default) =>
        KeyedWrite.WriteAsync(Engine, Plan, RowWriteMode.Upsert, Encode(row), cancellationToken);

    /// <summary>Inserts a row, or gives the row that has its primary key what <paramref name="merge"/> makes of both. One commit.</summary>
    /// <param name="row">The row to insert.</param>
    /// <param name="merge">Gets the stored row and <paramref name="row"/>; returns the row to store, with the same primary key. Called again where somebody has changed the stored one meanwhile.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops.</param>
    /// <remarks>
    /// Of several calls for one key each rests on the one before, in the order of the calls. What <paramref name="merge"/> is given may not be durable yet; the answer, whatever it
    /// is, comes when it is as safe as the engine's level promises. <paramref name="merge"/> must not wait for a commit: the next caller of the key waits for it.
    /// </remarks>
    /// <inheritdoc cref="UpdateAsync(T, CancellationToken)" path="/returns|/exception"/>
    public ValueTask<CommitReceipt> UpsertAsync(T row, Func<T, T, T> merge, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(merge);
        return KeyedWrite.MergeAsync(Engine, Plan, Encode(row), stored => Encode(merge(Decode(stored.Span), row)), cancellationToken);
    }

    /// <summary>Inserts a row unless one of its keys, the primary or a unique one, is taken.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops.</param>
    /// <returns><see cref="CommitReceipt.Rows"/> is 1, or 0 where a key was taken: that row is durable then.</returns>
    /// <exception cref="HeliosException">Invalid: the row breaks a rule. Nothing was written.</exception>
    public ValueTask<CommitReceipt> InsertIfAbsentAsync(T row, CancellationToken cancellationToken = default) =>
        KeyedWrite.WriteAsync(Engine, Plan, RowWriteMode.InsertIfAbsent, Encode(row), cancellationToken);

    /// <summary>Writes rows as one commit: each gives the row with its primary key that content, or is inserted.</summary>
    /// <param name="rows">Of several with one key the last counts.</param>
    /// <param name="onReject">What happens to the commit when a row is refused.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops.</param>
    /// <inheritdoc cref="UpdateAsync(T, CancellationToken)" path="/exception"/>
    public ValueTask<CommitReceipt> UpsertAsync(IEnumerable<T> rows, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default) =>
        WriteAsync(rows, RowWriteMode.Upsert, onReject, cancellationToken);

    /// <summary>Writes rows as one commit: each gives the row with its primary key that content; those without such a row are left out and not counted.</summary>
    /// <inheritdoc cref="UpsertAsync(IEnumerable{T}, OnReject, CancellationToken)" path="/param|/exception"/>
    public ValueTask<CommitReceipt> UpdateAsync(IEnumerable<T> rows, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default) =>
        WriteAsync(rows, RowWriteMode.Update, onReject, cancellationToken);

    /// <summary>Writes rows as one commit; those with a key that is taken, the primary or a unique one, are left out and not counted.</summary>
    /// <inheritdoc cref="UpsertAsync(IEnumerable{T}, OnReject, CancellationToken)" path="/param|/exception"/>
    public ValueTask<CommitReceipt> InsertIfAbsentAsync(IEnumerable<T> rows, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default) =>
        WriteAsync(rows, RowWriteMode.InsertIfAbsent, onReject, cancellationToken);

    /// <summary>Deletes the row with a primary key. One commit.</summary>
    /// <param name="key">The key's values in key order.</param>
    /// <returns><see cref="CommitReceipt.Rows"/> is 1, or 0 where no row has the key: then nothing was written, and <see cref="CommitReceipt.Lsn"/> is the commit up to which was looked.</returns>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    /// <exception cref="ArgumentException">A value is of another type than its column, or there are more or fewer than columns.</exception>
    /// <exception cref="HeliosException">Conflict <c>conflict</c>: others have changed the row at each of 1,000 tries. Nothing was written.</exception>
    public ValueTask<CommitReceipt> DeleteAsync(params object[] key) => KeyedWrite.DeleteAsync(Engine, Plan, key);

    /// <summary>Changes all rows that a condition holds for.</summary>
    /// <param name="condition">Called with each row; may be called again for a row that another commit has changed meanwhile.</param>
    /// <param name="change">Gets a row and returns what it is to be.</param>
    /// <param name="rowsPerCommit">Null, the default, for one commit, all or nothing. Else rows per commit: what is not finished may be repeated.</param>
    /// <param name="cancellationToken">Stops between two rows, or withdraws the commit.</param>
    /// <returns><see cref="CommitReceipt.Rows"/> counts the rows that were changed, <see cref="CommitReceipt.Lsn"/> is the last commit.</returns>
    /// <exception cref="HeliosException">Invalid: a row as it is to be breaks a rule or takes a key that another row has; <c>commit_too_long</c>: the rows do not fit into one commit. The commit was not written. Conflict <c>conflict</c>: others have changed its rows at each of 1,000 tries.</exception>
    public ValueTask<CommitReceipt> UpdateWhereAsync(Func<T, bool> condition, Func<T, T> change, int? rowsPerCommit = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(change);
        if (rowsPerCommit is { } most)
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(rowsPerCommit));
        return new PredicateWrite(Engine, Plan, TryChange, rowsPerCommit).RunAsync(cancellationToken);

        bool TryChange(ReadOnlySpan<byte> bytes, out byte[]? after)
        {
            var row = Decode(bytes);
            var holds = condition(row);
            after = holds ? Encode(change(row)) : null;
            return holds;
        }
    }

    /// <summary>Deletes all rows that a condition holds for.</summary>
    /// <inheritdoc cref="UpdateWhereAsync" path="/param|/returns|/exception"/>
    public ValueTask<CommitReceipt> DeleteWhereAsync(Func<T, bool> condition, int? rowsPerCommit = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        if (rowsPerCommit is { } most)
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(rowsPerCommit));
        return new PredicateWrite(Engine, Plan, TryChange, rowsPerCommit).RunAsync(cancellationToken);

        bool TryChange(ReadOnlySpan<byte> bytes, out byte[]? after)
        {
            after = null;
            return condition(Decode(bytes));
        }
    }

    private async ValueTask<CommitReceipt> WriteAsync(IEnumerable<T> rows, RowWriteMode mode, OnReject onReject, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (mode != RowWriteMode.InsertIfAbsent && Schema.PrimaryKey.IsEmpty)
            throw new InvalidOperationException($"Table {Name} has no primary key.");
        using var commit = new TypedCommit<T>(this, onReject, mode);
        foreach (var row in rows)
            commit.Add(row);
        return await commit.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    internal T Decode(ReadOnlySpan<byte> row)
    {
        var reader = Shape.RentReader();
        var value = reader.Read(row);
        Shape.Return(reader);
        return value;
    }

    internal byte[] Encode(T row)
    {
        ArgumentNullException.ThrowIfNull(row);
        using var bytes = new ByteBuffer();
        RowFault fault = default;
        if (!Shape.TryWrite(row, Plan.Definition.SchemaVersion, bytes, ref fault, Plan.Fill))
            throw RowErrors.Refused(Plan.Definition, fault);
        return bytes.Written.ToArray();
    }
}
