using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Reads: what is stored, with the transaction's own writes over it.</content>
public sealed partial class Transaction
{
    /// <summary>The row with a primary key, or null.</summary>
    /// <param name="table">A table with a primary key.</param>
    /// <param name="key">The key's values in key order.</param>
    /// <exception cref="InvalidOperationException">The table has no primary key, or the transaction has ended.</exception>
    /// <exception cref="ArgumentException">A value is of another type than its column, or there are more or fewer than columns.</exception>
    public ValueTask<Row?> FindAsync(Table table, params object[] key)
    {
        Check(table);
        ArgumentNullException.ThrowIfNull(key);
        using var bytes = new ByteBuffer();
        return ValueTask.FromResult(KeyProbe.TryEncode(table.Plan, 0, key, bytes) && TryRead(table.Plan, 0, bytes.Written, bytes) ? Row.Read(table.Schema, bytes.Written) : null);
    }

    /// <summary>The row with a primary key, or null (for a struct its default).</summary>
    /// <inheritdoc cref="FindAsync(Table, object[])"/>
    public ValueTask<T?> FindAsync<T>(Table<T> table, params object[] key)
    {
        Check(table);
        ArgumentNullException.ThrowIfNull(key);
        using var probe = new TypedKey<T>(table);
        using var bytes = new ByteBuffer();
        return ValueTask.FromResult(probe.TryWriteAll(key) && TryRead(table.Plan, 0, probe.Key, bytes) ? table.Decode(bytes.Written) : default(T?));
    }

    /// <summary>The row with the values of a unique constraint, or null.</summary>
    /// <param name="table">The table.</param>
    /// <param name="constraint">Name of the constraint in <see cref="TableSchema.Unique"/>.</param>
    /// <param name="key">Its columns' values in key order; one with NULL is never found.</param>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    /// <exception cref="ArgumentException">There is no such constraint, or a value is of another type than its column.</exception>
    public ValueTask<Row?> FindByAsync(Table table, string constraint, params object[] key)
    {
        Check(table);
        ArgumentNullException.ThrowIfNull(key);
        var plan = table.Plan; // one for the whole look, whoever alters the table meanwhile
        using var bytes = new ByteBuffer();
        return ValueTask.FromResult(KeyProbe.TryEncodeUnique(plan, constraint, key, bytes, out var index) && TryRead(plan, index, bytes.Written, bytes) ? Row.Read(table.Schema, bytes.Written) : null);
    }

    /// <inheritdoc cref="FindByAsync(Table, string, object[])"/>
    public ValueTask<T?> FindByAsync<T>(Table<T> table, string constraint, params object[] key)
    {
        Check(table);
        ArgumentNullException.ThrowIfNull(key);
        using var probe = new TypedKey<T>(table);
        using var bytes = new ByteBuffer();
        return ValueTask.FromResult(probe.TryWriteUnique(constraint, key, out var index) && TryRead(probe.Plan, index, probe.Key, bytes) ? table.Decode(bytes.Written) : default(T?));
    }

    /// <summary>All rows: stored ones by ascending row id, then those that the transaction has inserted; streamed.</summary>
    /// <remarks>The transaction may write while the scan goes on: a row is shown as it is when the scan reaches it, at most once, and new rows are not shown.</remarks>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    public async IAsyncEnumerable<Row> ScanAsync(Table table, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        Check(table);
        using var scan = OpenScan(table.Plan);
        while (TryStep(scan, table.Schema, static (schema, bytes) => Row.Read(schema, bytes), out var row))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    /// <inheritdoc cref="ScanAsync(Table, CancellationToken)"/>
    public async IAsyncEnumerable<T> ScanAsync<T>(Table<T> table, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        Check(table);
        using var scan = OpenScan(table.Plan);
        while (TryStep(scan, table, static (table, bytes) => table.Decode(bytes), out var row))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    /// <summary>Rows of a table, counted one by one.</summary>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    public ValueTask<long> CountAsync(Table table, CancellationToken cancellationToken = default)
    {
        Check(table);
        return ValueTask.FromResult(Count(table.Plan, cancellationToken));
    }

    /// <inheritdoc cref="CountAsync(Table, CancellationToken)"/>
    public ValueTask<long> CountAsync<T>(Table<T> table, CancellationToken cancellationToken = default)
    {
        Check(table);
        return ValueTask.FromResult(Count(table.Plan, cancellationToken));
    }

    private bool TryRead(TablePlan plan, int index, ReadOnlySpan<byte> key, ByteBuffer into)
    {
        using var wanted = new ByteBuffer();
        wanted.Append(key); // it may stand where the row is to be written
        using var statement = Enter();
        return statement.View.TryFind(plan, index, wanted.Written, into, out _, out _);
    }

    private long Count(TablePlan plan, CancellationToken cancellationToken)
    {
        using var statement = Enter();
        using var scan = statement.View.Scan(plan);
        var count = 0L;
        for (; scan.MoveNext(); count++)
            cancellationToken.ThrowIfCancellationRequested();
        return count;
    }

    /// <summary>Between its steps the scan holds no statement: its view is the transaction's to close.</summary>
    private OpenScanOf OpenScan(TablePlan plan)
    {
        Take();
        try
        {
            _engine.ThrowIfClosed();
            var stored = _view ?? _engine.OpenView();
            if (_view is null)
                _scanned.Add(stored);
            return new OpenScanOf(this, new OwnView(_own, stored, _seen).Scan(plan), _view is null ? stored : null);
        }
        finally
        {
            Leave();
        }
    }

    private bool TryStep<TState, TRow>(OpenScanOf scan, TState state, ReadRow<TState, TRow> read, [MaybeNullWhen(false)] out TRow row)
    {
        Take();
        try
        {
            _engine.ThrowIfClosed();
            var found = scan.Rows.MoveNext();
            row = found ? read(state, scan.Rows.Current) : default;
            return found;
        }
        finally
        {
            Leave();
        }
    }

    private void Check(Table table)
    {
        ArgumentNullException.ThrowIfNull(table);
        CheckEngine(table.Engine);
        CheckPlan(table.Plan);
    }

    private void Check<T>(Table<T> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        CheckEngine(table.Engine);
        CheckPlan(table.Plan);
    }

    /// <summary>What it has seen and written it knows by the places of indexes: those of one plan.</summary>
    private void CheckPlan(TablePlan plan)
    {
        if (!_plans.TryAdd(plan.Definition.Id, plan) && _plans[plan.Definition.Id] != plan)
            throw RowErrors.Altered(plan.Definition.Name);
    }

    private void CheckEngine(HeliosEngine engine)
    {
        if (!ReferenceEquals(engine, _engine))
            throw new ArgumentException("The table belongs to another engine than the transaction.");
    }

    private readonly Dictionary<TableId, TablePlan> _plans = [];

    private delegate TRow ReadRow<in TState, out TRow>(TState state, ReadOnlySpan<byte> row);

    /// <summary>A scan that goes on, and the view that it alone reads; null where that is the transaction's.</summary>
    private sealed record OpenScanOf(Transaction Transaction, OwnScan Rows, ReadView? Own) : IDisposable
    {
        public void Dispose()
        {
            Rows.Dispose();
            Own?.Dispose(); // also closed by the transaction's end, by whichever thread comes first
            if (Own is null || Interlocked.CompareExchange(ref Transaction._inUse, 1, 0) != 0)
                return; // whoever is inside empties the list, or the end of the transaction does
            Transaction._scanned.Remove(Own);
            Transaction.Leave();
        }
    }
}
