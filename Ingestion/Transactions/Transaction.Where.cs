using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Writes of all rows that a predicate chooses, with a primary key or without. What is written rests on what was read, at every level.</content>
public sealed partial class Transaction
{
    /// <summary>Changes the rows that a predicate chooses, all or none.</summary>
    /// <param name="table">The table.</param>
    /// <param name="predicate">Chooses; it must not use the transaction.</param>
    /// <param name="change">Gets such a row and returns it as it is to be: the same object or another. Its primary key may be another one too.</param>
    /// <param name="cancellationToken">Gives up; the transaction is as before the call.</param>
    /// <returns>How many rows were changed, those included that were given the content they had.</returns>
    /// <exception cref="HeliosException">As for an insert. At the commit: Conflict, where another commit has changed one of the rows since they were read.</exception>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    public ValueTask<int> UpdateWhereAsync(Table table, Func<Row, bool> predicate, Func<Row, Row> change, CancellationToken cancellationToken = default)
    {
        Check(table);
        ArgumentNullException.ThrowIfNull(predicate);
        ArgumentNullException.ThrowIfNull(change);
        return ValueTask.FromResult(ChangeWhere(table.Plan, Changed, cancellationToken));

        bool Changed(ReadOnlySpan<byte> bytes, out byte[]? after)
        {
            var row = Row.Read(table.Schema, bytes);
            after = predicate(row) ? table.Encode(change(row)) : null;
            return after is not null;
        }
    }

    /// <inheritdoc cref="UpdateWhereAsync(Table, Func{Row, bool}, Func{Row, Row}, CancellationToken)"/>
    public ValueTask<int> UpdateWhereAsync<T>(Table<T> table, Func<T, bool> predicate, Func<T, T> change, CancellationToken cancellationToken = default)
    {
        Check(table);
        ArgumentNullException.ThrowIfNull(predicate);
        ArgumentNullException.ThrowIfNull(change);
        return ValueTask.FromResult(ChangeWhere(table.Plan, Changed, cancellationToken));

        bool Changed(ReadOnlySpan<byte> bytes, out byte[]? after)
        {
            var row = table.Decode(bytes);
            after = predicate(row) ? table.Encode(change(row)) : null;
            return after is not null;
        }
    }

    /// <summary>Deletes the rows that a predicate chooses.</summary>
    /// <returns>How many.</returns>
    /// <inheritdoc cref="UpdateWhereAsync(Table, Func{Row, bool}, Func{Row, Row}, CancellationToken)" path="/param|/exception"/>
    public ValueTask<int> DeleteWhereAsync(Table table, Func<Row, bool> predicate, CancellationToken cancellationToken = default)
    {
        Check(table);
        ArgumentNullException.ThrowIfNull(predicate);
        return ValueTask.FromResult(ChangeWhere(table.Plan, Chosen, cancellationToken));

        bool Chosen(ReadOnlySpan<byte> bytes, out byte[]? after)
        {
            after = null;
            return predicate(Row.Read(table.Schema, bytes));
        }
    }

    /// <inheritdoc cref="DeleteWhereAsync(Table, Func{Row, bool}, CancellationToken)"/>
    public ValueTask<int> DeleteWhereAsync<T>(Table<T> table, Func<T, bool> predicate, CancellationToken cancellationToken = default)
    {
        Check(table);
        ArgumentNullException.ThrowIfNull(predicate);
        return ValueTask.FromResult(ChangeWhere(table.Plan, Chosen, cancellationToken));

        bool Chosen(ReadOnlySpan<byte> bytes, out byte[]? after)
        {
            after = null;
            return predicate(table.Decode(bytes));
        }
    }

    /// <summary>First all rows are chosen, then each gives up its keys, then each takes those it will have: keys may be exchanged.</summary>
    private int ChangeWhere(TablePlan plan, RowChange change, CancellationToken cancellationToken)
    {
        using var statement = Enter();
        var mark = _own.Mark();
        var isDone = false;
        try
        {
            var chosen = Choose(statement.View, plan, change, cancellationToken);
            foreach (var (row, after) in chosen)
                _own.Set(row, null, after is not null ? row.Mode : row.ModeWhenGone);
            foreach (var (row, after) in chosen)
            {
                if (after is not null)
                    Apply(statement.View, row, after, row.ModeWhenChanged);
            }

            OwnReferences.Settle(statement.View, _own, mark);
            isDone = true;
            return chosen.Count;
        }
        finally
        {
            EndStatement(mark, isDone);
        }
    }

    private List<(OwnRow Row, OwnContent? After)> Choose(OwnView view, TablePlan plan, RowChange change, CancellationToken cancellationToken)
    {
        var chosen = new List<(OwnRow, OwnContent?)>();
        var bytes = 0L;
        using var scan = view.Scan(plan);
        while (scan.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!change(scan.Current, out var after))
                continue;
            var content = after is null ? null : OwnContent.Of(plan, after);
            chosen.Add((scan.Mine ?? _own.Claim(plan, new StoredRowVersion(scan.Row, scan.Version, scan.Current.ToArray(), view.Stored.Lsn)), content));
            bytes += after?.Length ?? 0;
            _own.CheckRoom(plan, bytes);
        }

        return chosen;
    }

    /// <summary>Chooses a row; <paramref name="after"/> is the row as it is to be, or null where it is to go.</summary>
    private delegate bool RowChange(ReadOnlySpan<byte> row, out byte[]? after);
}
