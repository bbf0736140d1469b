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

        return TryEncode(plan, index, row.Written, into);
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
