using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A row of an untyped table: values by column name. Not thread-safe.</summary>
/// <remarks>
/// A column that was never set gets its default where it has one, and NULL is NULL. An auto-increment column gets a number in both cases; what number is
/// not written back.
/// </remarks>
public sealed class Row
{
    /// <summary>Stands where a column that has something to fill it with was never set.</summary>
    private static readonly object s_unset = new();

    private readonly object?[] _values;

    /// <summary>A row with no value in any column.</summary>
    public Row(TableSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        Schema = schema;
        _values = new object?[schema.Columns.Length];
        for (var i = 0; i < _values.Length; i++)
        {
            if (schema.Columns[i] is { Default: not null } or { IsAutoIncrement: true })
                _values[i] = s_unset;
        }
    }

    /// <summary>The table's columns.</summary>
    public TableSchema Schema { get; }

    /// <summary>A value by column name; see docs/types.md for the CLR types of each column type.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    [SuppressMessage("Design", "CA1043:Use Integral Or String Argument For Indexers", Justification = "Both are there.")]
    public object? this[string column]
    {
        get => this[Ordinal(column)];
        set => _values[Ordinal(column)] = value;
    }

    /// <summary>A value by the column's place, from 0.</summary>
    public object? this[int ordinal]
    {
        get => ReferenceEquals(_values[ordinal], s_unset) ? null : _values[ordinal];
        set => _values[ordinal] = value;
    }

    /// <summary>A value as a type; NULL becomes the type's default.</summary>
    /// <exception cref="InvalidCastException">The value is of another type.</exception>
    public T? Get<T>(string column) => this[column] is { } value ? (T)value : default;

    /// <param name="schema">The table.</param>
    /// <param name="bytes">A row of it.</param>
    /// <param name="columns">Those that are decoded; empty for all.</param>
    internal static Row Read(TableSchema schema, ReadOnlySpan<byte> bytes, ImmutableArray<int> columns = default)
    {
        var row = new Row(schema);
        if (!columns.IsDefaultOrEmpty)
        {
            var view = new RowView(bytes);
            Array.Clear(row._values); // NULL, not a value that was never set
            foreach (var i in columns)
                row._values[i] = ColumnClr.Read(schema.Columns[i], view[i]);
            return row;
        }

        var offsets = schema.Columns.Length <= 64 ? stackalloc int[schema.Columns.Length] : new int[schema.Columns.Length];
        RowView.ReadOffsets(bytes, offsets);
        for (var i = 0; i < offsets.Length; i++)
            row._values[i] = ColumnClr.Read(schema.Columns[i], new ValueView(bytes[offsets[i]..]));
        return row;
    }

    /// <param name="table">The table that the row is for.</param>
    /// <param name="into">Gets the row's bytes.</param>
    /// <param name="fill">The table's; null where its columns have nothing of the kind.</param>
    /// <param name="number">Its place in the commit, for the message of a row that does not fit.</param>
    internal void Write(TableDefinition table, ByteBuffer into, ColumnFill? fill = null, int number = 0)
    {
        if (!ReferenceEquals(Schema, table.Schema))
            CheckColumns(table);
        var writer = new RowWriter(into);
        writer.Begin(table.SchemaVersion, _values.Length);
        for (var i = 0; i < _values.Length; i++)
        {
            if (IsToBeFilled(i, fill)
                ? !fill!.TryWrite(i, ref writer, out var fault)
                : !ColumnClr.TryWrite(table.Schema.Columns[i], this[i], ref writer, out fault))
                throw RowErrors.DoesNotFit(table, number, i, fault);
        }

        var length = writer.End();
        fill?.Encoded(into.Written[^length..]);
    }

    /// <summary>A row made by another schema: its values go by their places, so the columns there must be the table's.</summary>
    private void CheckColumns(TableDefinition table)
    {
        var columns = table.Schema.Columns;
        if (Schema.Columns.Length != columns.Length)
            throw new ArgumentException($"The row has {Schema.Columns.Length} columns, table {table.Name} has {columns.Length}.");
        for (var i = 0; i < columns.Length; i++)
        {
            if (Schema.Columns[i].Name != columns[i].Name)
                throw new ArgumentException($"Column {i} of the row is {Schema.Columns[i].Name}, of table {table.Name} it is {columns[i].Name}: a row is made by its own table.");
        }
    }

    private bool IsToBeFilled(int ordinal, ColumnFill? fill) =>
        fill is not null && (_values[ordinal] is null ? fill.HasNumbers(ordinal) : ReferenceEquals(_values[ordinal], s_unset) && fill.Has(ordinal));

    private int Ordinal(string column)
    {
        var ordinal = Schema.OrdinalOf(column);
        return ordinal >= 0 ? ordinal : throw new ArgumentException($"There is no column {column}.", nameof(column));
    }
}
