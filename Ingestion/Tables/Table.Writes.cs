using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Rows that are changed by their primary keys, or by a condition.</content>
public sealed partial class Table
{
    /// <summary>Gives the row with the primary key of <paramref name="row"/> that content; its row id stays. One commit.</summary>
    /// <param name="row">All columns: those that are not set get what they would get in a new row, their default or NULL.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops.</param>
    /// <returns><see cref="CommitReceipt.Rows"/> is 1, or 0 where no row has the key: then nothing was written, and <see cref="CommitReceipt.Lsn"/> is the commit up to which was looked.</returns>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    /// <exception cref="HeliosException">Invalid: the row breaks a rule or takes a key that another row has. Conflict <c>conflict</c>: others have changed the row at each of 1,000 tries. Nothing was written.</exception>
    public ValueTask<CommitReceipt> UpdateAsync(Row row, CancellationToken cancellationToken = default) =>
        KeyedWrite.WriteAsync(_engine, Plan, RowWriteMode.Update, Encode(row), cancellationToken);

    /// <summary>Gives the row with the primary key of <paramref name="row"/> that content, or inserts it where there is none. One commit; callers at once leave one row.</summary>
    /// <inheritdoc cref="UpdateAsync" path="/param|/exception"/>
    public ValueTask<CommitReceipt> UpsertAsync(Row row, CancellationToken cancellationToken = default) =>
        KeyedWrite.WriteAsync(_engine, Plan, RowWriteMode.Upsert, Encode(row), cancellationToken);

    /// <summary>Inserts a row, or gives the row that has its primary key what <paramref name="merge"/> makes of both. One commit.</summary>
    /// <param name="row">The row to insert.</param>
    /// <param name="merge">Gets the stored row and <paramref name="row"/>; returns the row to store, with the same primary key, or null to leave the stored one as it is. Called again where somebody has changed that one meanwhile.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops.</param>
    /// <remarks>
    /// Of several calls for one key each rests on the one before, in the order of the calls. What <paramref name="merge"/> is given may not be durable yet; the answer, whatever it
    /// is, comes when it is as safe as the engine's level promises. <paramref name="merge"/> must not wait for a commit: the next caller of the key waits for it.
    /// </remarks>
    /// <inheritdoc cref="UpdateAsync" path="/returns|/exception"/>
    public ValueTask<CommitReceipt> UpsertAsync(Row row, Func<Row, Row, Row?> merge, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(merge);
        return KeyedWrite.MergeAsync(_engine, Plan, Encode(row), stored => merge(Row.Read(Schema, stored.Span), row) is { } merged ? Encode(merged) : null, cancellationToken);
    }

    /// <summary>Inserts a row unless one of its keys, the primary or a unique one, is taken.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops.</param>
    /// <returns><see cref="CommitReceipt.Rows"/> is 1, or 0 where a key was taken: that row is durable then.</returns>
    /// <exception cref="HeliosException">Invalid: the row breaks a rule. Nothing was written.</exception>
    public ValueTask<CommitReceipt> InsertIfAbsentAsync(Row row, CancellationToken cancellationToken = default) =>
        KeyedWrite.WriteAsync(_engine, Plan, RowWriteMode.InsertIfAbsent, Encode(row), cancellationToken);

    /// <summary>Deletes the row with a primary key. One commit.</summary>
    /// <param name="key">The key's values in key order.</param>
    /// <returns><see cref="CommitReceipt.Rows"/> is 1, or 0 where no row has the key: then nothing was written, and <see cref="CommitReceipt.Lsn"/> is the commit up to which was looked.</returns>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    /// <exception cref="ArgumentException">A value is of another type than its column, or there are more or fewer than columns.</exception>
    /// <exception cref="HeliosException">Conflict <c>conflict</c>: others have changed the row at each of 1,000 tries. Nothing was written.</exception>
    public ValueTask<CommitReceipt> DeleteAsync(params object[] key) => KeyedWrite.DeleteAsync(_engine, Plan, key);

    /// <summary>Changes all rows that a condition holds for.</summary>
    /// <param name="condition">Called with each row; may be called again for a row that another commit has changed meanwhile.</param>
    /// <param name="change">Gets a row and returns what it is to be: the same object, changed, or another one.</param>
    /// <param name="rowsPerCommit">Null, the default, for one commit, all or nothing. Else rows per commit: what is not finished may be repeated.</param>
    /// <param name="cancellationToken">Stops between two rows, or withdraws the commit.</param>
    /// <returns><see cref="CommitReceipt.Rows"/> counts the rows that were changed, <see cref="CommitReceipt.Lsn"/> is the last commit.</returns>
    /// <exception cref="HeliosException">Invalid: a row as it is to be breaks a rule or takes a key that another row has; <c>commit_too_long</c>: the rows do not fit into one commit. The commit was not written. Conflict <c>conflict</c>: others have changed its rows at each of 1,000 tries.</exception>
    public ValueTask<CommitReceipt> UpdateWhereAsync(Func<Row, bool> condition, Func<Row, Row> change, int? rowsPerCommit = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(change);
        if (rowsPerCommit is { } most)
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(rowsPerCommit));
        return new PredicateWrite(_engine, Plan, TryChange, rowsPerCommit).RunAsync(cancellationToken);

        bool TryChange(ReadOnlySpan<byte> bytes, out byte[]? after)
        {
            var row = Row.Read(Schema, bytes);
            var holds = condition(row);
            after = holds ? Encode(change(row)) : null;
            return holds;
        }
    }

    /// <summary>Deletes all rows that a condition holds for.</summary>
    /// <inheritdoc cref="UpdateWhereAsync" path="/param|/returns|/exception"/>
    public ValueTask<CommitReceipt> DeleteWhereAsync(Func<Row, bool> condition, int? rowsPerCommit = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        if (rowsPerCommit is { } most)
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(rowsPerCommit));
        return new PredicateWrite(_engine, Plan, TryChange, rowsPerCommit).RunAsync(cancellationToken);

        bool TryChange(ReadOnlySpan<byte> bytes, out byte[]? after)
        {
            after = null;
            return condition(Row.Read(Schema, bytes));
        }
    }

    internal byte[] Encode(Row row)
    {
        ArgumentNullException.ThrowIfNull(row);
        using var bytes = new ByteBuffer();
        row.Write(Plan.Definition, bytes, Plan.Fill);
        return bytes.Written.ToArray();
    }
}
