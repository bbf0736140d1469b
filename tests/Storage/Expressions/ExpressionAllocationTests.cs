namespace Helios.Pipeline.Storage.Tests;

public sealed class ExpressionAllocationTests
{
    private static readonly TableSchema s_schema = new([
        new Column("qty", ColumnType.Int4), new Column("price", ColumnType.Numeric), new Column("ratio", ColumnType.Float8),
        new Column("name", ColumnType.Varchar) { Length = 40 }, new Column("code", ColumnType.Char) { Length = 8 }, new Column("made", ColumnType.Timestamptz),
    ]);

    [Theory]
    [InlineData("qty > 0 AND qty * 2 + 1 <= 9223372036854775807 AND qty % 7 BETWEEN 0 AND 6")]
    [InlineData("price * qty / 3 < 1000000.00 AND round(price, 1) >= floor(price) AND price <> -price AND qty < price")]
    [InlineData("ratio / 2 < 1e6 AND ratio + price + qty > 0")]
    [InlineData("length(name) BETWEEN 1 AND 40 AND name <> '' AND name > 'A' AND name LIKE 'w%g_t' AND name NOT IN ('a', 'b')")]
    [InlineData("code = 'AB' AND length(trim(name)) = length(substring(name, 1)) AND starts_with(name, 'wi') AND coalesce(code, name) IS NOT NULL")]
    [InlineData("CASE WHEN made >= TIMESTAMPTZ '2020-01-01 00:00Z' THEN TRUE ELSE FALSE END AND made IS DISTINCT FROM NULL")]
    [InlineData("array_length(NULL) IS NULL AND greatest(qty, price) >= least(qty, ratio) AND nullif(name, '') IS NOT NULL")]
    public void A_CHECK_allocates_nothing_per_row(string text)
    {
        var check = ExpressionBinder.CompileCondition(text, s_schema);
        var row = Expressions.Row(s_schema, [3, 12.345m, 0.25, "wi😀dgét", "AB  ", Expressions.Now]);
        var offsets = Expressions.Offsets(s_schema, row);
        var holds = Hold(check, row, offsets, 100); // everything that is made once is made here
        var before = GC.GetAllocatedBytesForCurrentThread();
        holds &= Hold(check, row, offsets, 1_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(holds, text);
    }

    private static bool Hold(CompiledExpression check, byte[] row, int[] offsets, int times)
    {
        var holds = true;
        for (var i = 0; i < times; i++)
            holds &= check.EvaluateCondition(row, offsets, default, out _) == true;
        return holds;
    }
}
