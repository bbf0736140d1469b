using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Encodes key values to look for. A value that no row of the column's type can have finds nothing.</summary>
internal static class KeyProbe
{
    /// <returns>False where no row can have this key: a value is NULL or out of the type's range.</returns>
    public static bool TryEncode(TablePlan plan, int index, ReadOnlySpan<object> key, ByteBuffer into)
    {
        var schema = plan.Definition.Schema;
        if (index >= plan.Definition.Indexes.Length || (index == 0 && schema.PrimaryKey.IsEmpty))
            throw new InvalidOperationException($"Table {plan.Definition.Name} has no primary key.");
        var ordinals = plan.Definition.Indexes[index].Ordinals;
        if (key.Length != ordinals.Length)
            throw new ArgumentException($"The key of table {plan.Definition.Name} has {ordinals.Length} values, not {key.Length}.");

        using var row = new ByteBuffer();
        var writer = new RowWriter(row);
        writer.Begin(plan.Definition.SchemaVersion, schema.Columns.Length);
        for (var i = 0; i < schema.Columns.Length; i++)
        {
            var place = ordinals.IndexOf(i);
            if (place < 0)
                writer.WriteNull();
            else if (key[place] is null || !ColumnClr.TryWrite(schema.Columns[i], key[place], ref writer, out _))
                return false;
        }

        writer.End();
        return TryEncode(plan, index, row.Written, into);
    }

    /// <summary>The same for the primary key, from texts as CSV has them.</summary>
    /// <exception cref="HeliosException">Invalid: a text is no value of its column's type.</exception>
    public static bool TryEncodeText(TablePlan plan, IReadOnlyList<string> key, ByteBuffer into)
    {
        var (table, schema) = (plan.Definition, plan.Definition.Schema);
        if (schema.PrimaryKey.IsEmpty)
            throw new InvalidOperationException($"Table {table.Name} has no primary key.");
        if (key.Count != schema.PrimaryKey.Length)
            throw new ArgumentException($"The key of table {table.Name} has {schema.PrimaryKey.Length} values, not {key.Count}.");

        using var row = new ByteBuffer();
        var writer = new RowWriter(row);
        writer.Begin(table.SchemaVersion, schema.Columns.Length);
        foreach (var (i, column) in schema.Columns.Index())
        {
            var place = schema.PrimaryKey.IndexOf(i);
            if (place < 0)
                writer.WriteNull();
            else if (!ColumnText.TryParse(column, System.Text.Encoding.UTF8.GetBytes(key[place]), ref writer, out var why))
                throw new HeliosException(HeliosErrorKind.Invalid, "type_mismatch", $"table {table.Name}, key column {column.Name}: '{key[place]}' is no {column.Type}{(why is null ? "" : $": {why}")}.") { Table = table.Name, Column = column.Name };
        }

        writer.End();
        return TryEncode(plan, 0, row.Written, into);
    }

    /// <summary>The same, for a row that holds the key's columns and NULL elsewhere.</summary>
    public static bool TryEncode(TablePlan plan, int index, ReadOnlySpan<byte> row, ByteBuffer into)
    {
        Span<int> offsets = new int[plan.Definition.Schema.Columns.Length];
        RowView.ReadOffsets(row, offsets);
        into.Truncate(0);
        var result = plan.Encoders[index].Append(row, offsets, into);
        return !result.HasNull && !result.IsTooLong;
    }
}
