namespace Helios.Pipeline.Storage.Tests;

/// <summary>Statistics of rows, in one call.</summary>
internal static class Sketches
{
    public static readonly DateTimeOffset Time = new(2026, 2, 3, 4, 5, 6, TimeSpan.Zero);

    public static TableStatistics Of(TableSchema schema, IEnumerable<byte[]> rows)
    {
        using var sketch = new TableSketch(schema);
        Add(sketch, schema, rows);
        return sketch.ToStatistics(new Lsn(9), Time);
    }

    public static void Add(TableSketch sketch, TableSchema schema, IEnumerable<byte[]> rows)
    {
        var offsets = new int[schema.Columns.Length];
        foreach (var row in rows)
        {
            RowView.ReadOffsets(row, offsets);
            sketch.Add(row, offsets);
        }
    }

    /// <summary>Of one column, each value in a row of its own; null is NULL.</summary>
    public static ColumnStatistics Of(ColumnType type, IEnumerable<object?> values) =>
        Of(TypeSample.Of(type).Schema, values.Select(TypeSample.Of(type).Row)).Columns[0];

    /// <summary>Where a literal stands among the codes of a column that it is compared with.</summary>
    public static ZoneRange Constant(ColumnType type, string literal)
    {
        var compare = (CompareNode)ExpressionBinder.Compile($"c = {literal}", TypeSample.Of(type).Schema).Root;
        return StatisticsHash.Place(TypeSample.Of(type).Column, compare.Operands, compare.Right.Evaluate(default));
    }
}
