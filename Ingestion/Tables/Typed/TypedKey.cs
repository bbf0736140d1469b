using System.Diagnostics.CodeAnalysis;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Looks for the row of one primary key: write the key, then read. Dispose it; one thread.</summary>
internal sealed class TypedKey<T>(Table<T> table) : IDisposable
{
    private readonly ByteBuffer _row = new(); // the key as a row with NULL elsewhere, then the row that was found
    private readonly ByteBuffer _key = new();

    /// <summary>False where no row can have this key.</summary>
    public bool TryWriteAll(ReadOnlySpan<object> key)
    {
        var ordinals = Ordinals(key.Length);
        var writer = Begin();
        for (var i = 0; i < table.Schema.Columns.Length; i++)
        {
            var place = ordinals.IndexOf(i);
            if (place < 0)
                writer.WriteNull();
            else if (key[place] is null || !table.Shape[i].TryWriteKey(table.Schema.Columns[i], key[place], ref writer))
                return false;
        }

        writer.End();
        return KeyProbe.TryEncode(table.Plan, 0, _row.Written, _key);
    }

    /// <summary>The same for a key of one column.</summary>
    public bool TryWrite<TKey>(TKey key)
        where TKey : notnull
    {
        var ordinal = Ordinals(1)[0];
        var writer = Begin();
        for (var i = 0; i < table.Schema.Columns.Length; i++)
        {
            if (i != ordinal)
                writer.WriteNull();
            else if (!(table.Shape[i] is IKeyWriter<TKey> typed ? typed.TryWriteKey(key, ref writer) : table.Shape[i].TryWriteKey(table.Schema.Columns[i], key, ref writer)))
                return false;
        }

        writer.End();
        return KeyProbe.TryEncode(table.Plan, 0, _row.Written, _key);
    }

    public bool TryRead([MaybeNullWhen(false)] out T row)
    {
        row = default;
        using var view = table.Engine.OpenView();
        if (!view.TryFind(table.Plan, 0, _key.Written, _row, out _))
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

    private RowWriter Begin()
    {
        table.Engine.ThrowIfClosed();
        var writer = new RowWriter(_row);
        writer.Begin(table.Plan.Definition.SchemaVersion, table.Schema.Columns.Length);
        return writer;
    }

    private System.Collections.Immutable.ImmutableArray<int> Ordinals(int values)
    {
        var ordinals = table.Schema.PrimaryKey;
        if (ordinals.IsEmpty)
            throw new InvalidOperationException($"Table {table.Name} has no primary key.");
        if (ordinals.Length != values)
            throw new ArgumentException($"The key of table {table.Name} has {ordinals.Length} values, not {values}.");
        return ordinals;
    }
}
