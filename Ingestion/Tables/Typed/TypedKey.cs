using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Looks for the row of one primary key: write the key, then read. Dispose it; one thread.</summary>
internal sealed class TypedKey<T>(Table<T> table) : IDisposable
{
    private readonly TablePlan _plan = table.Plan; // one for the whole look, whoever alters the table meanwhile
    private readonly ByteBuffer _row = new(); // the key's values as a row, then the row that was found
    private readonly ByteBuffer _key = new();

    /// <summary>The plan that the key is of.</summary>
    public TablePlan Plan => _plan;

    /// <summary>The key that was written.</summary>
    public ReadOnlySpan<byte> Key => _key.Written;

    /// <summary>False where no row can have this key.</summary>
    public bool TryWriteAll(ReadOnlySpan<object> key) => TryWriteAll(0, KeyProbe.Ordinals(_plan, 0, key.Length), key);

    /// <summary>The same for a unique constraint.</summary>
    public bool TryWriteUnique(string constraint, ReadOnlySpan<object> key, out int index) =>
        TryWriteAll(index = KeyProbe.IndexOf(_plan, constraint, key.Length), _plan.Definition.Indexes[index].Ordinals, key);

    private bool TryWriteAll(int index, ImmutableArray<int> ordinals, ReadOnlySpan<object> key)
    {
        var writer = Begin(key.Length);
        for (var i = 0; i < ordinals.Length; i++)
        {
            if (key[i] is null)
                return false;
            if (!table.Shape[ordinals[i]].TryWriteKey(table.Schema.Columns[ordinals[i]], key[i], ref writer, out var fault))
                return KeyProbe.NotFound(_plan, fault with { Ordinal = ordinals[i] });
        }

        writer.End();
        return KeyProbe.TryEncode(_plan, index, _row.Written, _key);
    }

    /// <summary>The same for a key of one column.</summary>
    public bool TryWrite<TKey>(TKey key)
        where TKey : notnull
    {
        var ordinal = KeyProbe.Ordinals(_plan, 0, 1)[0];
        var column = table.Shape[ordinal];
        var writer = Begin(1);
        if (!(column is IKeyWriter<TKey> typed ? typed.TryWriteKey(key, ref writer, out var fault) : column.TryWriteKey(table.Schema.Columns[ordinal], key, ref writer, out fault)))
            return KeyProbe.NotFound(_plan, fault with { Ordinal = ordinal });
        writer.End();
        return KeyProbe.TryEncode(_plan, 0, _row.Written, _key);
    }

    public bool TryRead([MaybeNullWhen(false)] out T row)
    {
        row = default;
        using var view = table.Engine.OpenPointView();
        if (!view.TryFind(_plan, 0, _key.Written, _row, out _))
            return false;
        var reader = table.Shape.RentReader();
        row = reader.Read(_row.Written);
        table.Shape.Return(reader);
        return true;
    }

    public void Dispose()
    {
        _row.Dispose();
        _key.Dispose();
    }

    private RowWriter Begin(int columns)
    {
        table.Engine.ThrowIfClosed();
        var writer = new RowWriter(_row);
        writer.Begin(_plan.Definition.SchemaVersion, columns);
        return writer;
    }
}
