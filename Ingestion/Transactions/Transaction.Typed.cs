using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>The same statements on tables whose rows are objects of a type.</content>
public sealed partial class Transaction
{
    /// <summary>The row with a primary key, or null (for a struct its default).</summary>
    /// <inheritdoc cref="FindAsync(Table, object[])" path="/param|/exception"/>
    public ValueTask<T?> FindAsync<T>(Table<T> table, params object[] key)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(key);
        using var bytes = new ByteBuffer();
        return ValueTask.FromResult(KeyProbe.TryEncode(table.Plan, 0, key, bytes) ? Find(table, 0, bytes) : default);
    }

    /// <summary>The row with the values of a unique constraint, or null.</summary>
    /// <inheritdoc cref="FindByAsync(Table, string, object[])" path="/param|/exception"/>
    public ValueTask<T?> FindByAsync<T>(Table<T> table, string constraint, params object[] key)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(key);
        using var bytes = new ByteBuffer();
        return ValueTask.FromResult(KeyProbe.TryEncodeUnique(table.Plan, constraint, key, bytes, out var index) ? Find(table, index, bytes) : default);
    }

    /// <inheritdoc cref="ScanAsync(Table, CancellationToken)"/>
    public async IAsyncEnumerable<T> ScanAsync<T>(Table<T> table, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        await Task.CompletedTask.ConfigureAwait(false);
        var (rows, view) = BeginScan(table.Engine, table.Plan);
        try
        {
            while (rows.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var row = table.Decode(rows.Current);
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

    /// <inheritdoc cref="CountAsync(Table)"/>
    public ValueTask<long> CountAsync<T>(Table<T> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return ValueTask.FromResult(Count(table.Engine, table.Plan));
    }

    /// <inheritdoc cref="Insert(Table, Row)"/>
    public void Insert<T>(Table<T> table, T row)
    {
        var bytes = Encode(table, row);
        Run(table.Engine, view =>
        {
            Statements.Insert(view, _own, table.Plan, bytes);
            return true;
        });
    }

    /// <inheritdoc cref="InsertIfAbsent(Table, Row)"/>
    public bool InsertIfAbsent<T>(Table<T> table, T row)
    {
        var bytes = Encode(table, row);
        return Run(table.Engine, view => Statements.InsertIfAbsent(view, _own, table.Plan, bytes));
    }

    /// <inheritdoc cref="Update(Table, Row)"/>
    public bool Update<T>(Table<T> table, T row)
    {
        var bytes = Encode(table, row);
        return Run(table.Engine, view => Statements.Update(view, _own, table.Plan, bytes));
    }

    /// <inheritdoc cref="Upsert(Table, Row)"/>
    public void Upsert<T>(Table<T> table, T row)
    {
        var bytes = Encode(table, row);
        Run(table.Engine, view =>
        {
            Statements.Upsert(view, _own, table.Plan, bytes);
            return true;
        });
    }

    /// <inheritdoc cref="Delete(Table, object[])"/>
    public bool Delete<T>(Table<T> table, params object[] key)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(key);
        return Delete(table.Engine, table.Plan, key);
    }

    /// <inheritdoc cref="UpdateWhere(Table, Func{Row, bool}, Func{Row, Row})"/>
    public int UpdateWhere<T>(Table<T> table, Func<T, bool> condition, Func<T, T> change)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(change);
        return Run(table.Engine, view => Statements.ChangeWhere(view, _own, table.Plan, (ReadOnlySpan<byte> bytes, out byte[]? after) =>
        {
            var row = table.Decode(bytes);
            var holds = condition(row);
            after = holds ? Encode(table, change(row)) : null;
            return holds;
        }));
    }

    /// <inheritdoc cref="DeleteWhere(Table, Func{Row, bool})"/>
    public int DeleteWhere<T>(Table<T> table, Func<T, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(condition);
        return Run(table.Engine, view => Statements.ChangeWhere(view, _own, table.Plan, (ReadOnlySpan<byte> bytes, out byte[]? after) =>
        {
            after = null;
            return condition(table.Decode(bytes));
        }));
    }

    private T? Find<T>(Table<T> table, int index, ByteBuffer key) => Run(table.Engine, view =>
    {
        using var row = new ByteBuffer();
        return Statements.TryFind(view, table.Plan, index, key.Written, row) ? table.Decode(row.Written) : default;
    });

    private static byte[] Encode<T>(Table<T> table, T row)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Encode(row);
    }
}
