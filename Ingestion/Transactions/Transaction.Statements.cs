using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Statements on tables by column names. A statement that fails leaves the transaction as it was before.</content>
public sealed partial class Transaction
{
    /// <summary>The row with a primary key, or null.</summary>
    /// <param name="table">A table with a primary key.</param>
    /// <param name="key">The key's values in key order.</param>
    /// <exception cref="InvalidOperationException">The transaction has ended, or the table has no primary key.</exception>
    /// <exception cref="HeliosException">Conflict <c>transaction_expired</c>.</exception>
    public ValueTask<Row?> FindAsync(Table table, params object[] key)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(key);
        using var bytes = new ByteBuffer();
        return ValueTask.FromResult(KeyProbe.TryEncode(table.Plan, 0, key, bytes) ? Find(table, 0, bytes) : null);
    }

    /// <summary>The row with the values of a unique constraint, or null.</summary>
    /// <inheritdoc cref="Table.FindByAsync" path="/param"/>
    /// <param name="table">The table.</param>
    /// <inheritdoc cref="FindAsync(Table, object[])" path="/exception"/>
    public ValueTask<Row?> FindByAsync(Table table, string constraint, params object[] key)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(key);
        using var bytes = new ByteBuffer();
        return ValueTask.FromResult(KeyProbe.TryEncodeUnique(table.Plan, constraint, key, bytes, out var index) ? Find(table, index, bytes) : null);
    }

    /// <summary>All rows: stored ones by ascending row id, then the transaction's new ones. Streamed; rows that it inserts meanwhile are not shown.</summary>
    /// <inheritdoc cref="FindAsync(Table, object[])" path="/exception"/>
    public async IAsyncEnumerable<Row> ScanAsync(Table table, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        await Task.CompletedTask.ConfigureAwait(false);
        var (rows, view) = BeginScan(table.Engine, table.Plan);
        try
        {
            while (rows.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var row = Row.Read(table.Schema, rows.Current);
                CheckLife();
                yield return row;
            }
        }
        finally
        {
            rows.Dispose();
            view?.Dispose();
        }
    }

    /// <summary>The number of rows; reads the table.</summary>
    /// <inheritdoc cref="FindAsync(Table, object[])" path="/exception"/>
    public ValueTask<long> CountAsync(Table table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return ValueTask.FromResult(Count(table.Engine, table.Plan));
    }

    /// <summary>Writes a new row.</summary>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    /// <exception cref="HeliosException">Invalid: the row breaks a rule, one of its keys is taken, or the writes do not fit into one commit; the transaction is as before the call and goes on.</exception>
    public void Insert(Table table, Row row)
    {
        var bytes = Encode(table, row);
        Run(table.Engine, view =>
        {
            Statements.Insert(view, _own, table.Plan, bytes);
            return true;
        });
    }

    /// <summary>Writes a new row unless one of its keys is taken; false then.</summary>
    /// <inheritdoc cref="Insert(Table, Row)" path="/exception"/>
    public bool InsertIfAbsent(Table table, Row row)
    {
        var bytes = Encode(table, row);
        return Run(table.Engine, view => Statements.InsertIfAbsent(view, _own, table.Plan, bytes));
    }

    /// <summary>Gives the row with the primary key of <paramref name="row"/> that content; false where there is none.</summary>
    /// <inheritdoc cref="Insert(Table, Row)" path="/exception"/>
    public bool Update(Table table, Row row)
    {
        var bytes = Encode(table, row);
        return Run(table.Engine, view => Statements.Update(view, _own, table.Plan, bytes));
    }

    /// <summary>The same, or a new row where there is none.</summary>
    /// <inheritdoc cref="Insert(Table, Row)" path="/exception"/>
    public void Upsert(Table table, Row row)
    {
        var bytes = Encode(table, row);
        Run(table.Engine, view =>
        {
            Statements.Upsert(view, _own, table.Plan, bytes);
            return true;
        });
    }

    /// <summary>Deletes the row with a primary key; false where there is none.</summary>
    /// <inheritdoc cref="FindAsync(Table, object[])" path="/param|/exception"/>
    public bool Delete(Table table, params object[] key)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(key);
        return Delete(table.Engine, table.Plan, key);
    }

    /// <summary>Changes all rows that a condition holds for; returns how many.</summary>
    /// <param name="table">With or without a primary key.</param>
    /// <param name="condition">Called with each row that the transaction sees.</param>
    /// <param name="change">Gets a row and returns what it is to be; it may change the primary key.</param>
    /// <inheritdoc cref="Insert(Table, Row)" path="/exception"/>
    public int UpdateWhere(Table table, Func<Row, bool> condition, Func<Row, Row> change)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(change);
        return Run(table.Engine, view => Statements.ChangeWhere(view, _own, table.Plan, (ReadOnlySpan<byte> bytes, out byte[]? after) =>
        {
            var row = Row.Read(table.Schema, bytes);
            var holds = condition(row);
            after = holds ? Encode(table, change(row)) : null;
            return holds;
        }));
    }

    /// <summary>Deletes all rows that a condition holds for; returns how many.</summary>
    /// <inheritdoc cref="UpdateWhere(Table, Func{Row, bool}, Func{Row, Row})" path="/param|/exception"/>
    public int DeleteWhere(Table table, Func<Row, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(condition);
        return Run(table.Engine, view => Statements.ChangeWhere(view, _own, table.Plan, (ReadOnlySpan<byte> bytes, out byte[]? after) =>
        {
            after = null;
            return condition(Row.Read(table.Schema, bytes));
        }));
    }

    private Row? Find(Table table, int index, ByteBuffer key) => Run(table.Engine, view =>
    {
        using var row = new ByteBuffer();
        return Statements.TryFind(view, table.Plan, index, key.Written, row) ? Row.Read(table.Schema, row.Written) : null;
    });

    private bool Delete(HeliosEngine engine, TablePlan plan, object[] key)
    {
        using var bytes = new ByteBuffer();
        return KeyProbe.TryEncode(plan, 0, key, bytes) && Run(engine, view => Statements.Delete(view, _own, plan, bytes.Written));
    }

    private long Count(HeliosEngine engine, TablePlan plan) => Run(engine, view =>
    {
        var count = 0L;
        using var rows = view.Scan(plan);
        while (rows.MoveNext())
            count++;
        return count;
    });

    private (OwnScan Rows, ReadView? View) BeginScan(HeliosEngine engine, TablePlan plan)
    {
        CheckActive();
        if (engine != _engine)
            throw new ArgumentException("The table belongs to another engine than the transaction.");
        CheckLife();
        var view = _snapshot is null ? _engine.OpenView() : null;
        return (new OwnView(_own, view ?? _snapshot!, _seen).Scan(plan), view);
    }

    private static byte[] Encode(Table table, Row row)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Encode(row);
    }
}
