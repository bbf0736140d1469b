using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Rows of the model as rows of the engine, and back.</summary>
internal static class Rows
{
    public static Row Of(Table table, ModelRow values)
    {
        var row = table.NewRow();
        for (var i = 0; i < 3; i++)
            row[i] = values[i];
        return row;
    }

    public static IEnumerable<Row> Of(Table table, IEnumerable<ModelRow> values) => values.Select(row => Of(table, row));

    public static ModelRow Read(Row row) => new((long?)row[0], (string?)row[1], (long?)row[2]);

    /// <summary>The key of a row that has no NULL in it.</summary>
    public static void WriteKey(Table table, int index, ModelRow values, ByteBuffer into)
    {
        using var row = new ByteBuffer();
        Of(table, values).Write(table.Plan.Definition, row);
        Span<int> offsets = stackalloc int[3];
        RowView.ReadOffsets(row.Written, offsets);
        into.Truncate(0);
        table.Plan.Encoders[index].Append(row.Written, offsets, into);
    }

    public static byte[]? PrimaryKey(Table table, int number, ModelRow values)
    {
        if (ModelSchema.Tables[number].Keys[0].Of(values) is null)
            return null;
        using var key = new ByteBuffer();
        WriteKey(table, 0, values, key);
        return key.Written.ToArray();
    }
}
