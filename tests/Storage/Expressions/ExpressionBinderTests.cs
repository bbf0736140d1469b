namespace Helios.Pipeline.Storage.Tests;

public sealed class ExpressionBinderTests
{
    private static readonly TableSchema s_schema = new([
        new Column("i", ColumnType.Int4), new Column("f", ColumnType.Float8), new Column("t", ColumnType.Text), new Column("x", ColumnType.Boolean),
        new Column("j", ColumnType.Jsonb), new Column("a", ColumnType.Array) { ElementType = ColumnType.Int4 }, new Column("v", ColumnType.Vector),
        new Column("d", ColumnType.Date), new Column("b", ColumnType.Bytea), new Column("Odd name", ColumnType.Int8),
    ]);

    [Theory]
    [InlineData("i = 1 AND y = 2", 11, "there is no column y")]
    [InlineData("I = 1", 1, "there is no column I")]
    [InlineData("\"\" = 1", 1, "there is no column ")]
    [InlineData("i AND x", 1, "AND takes a Boolean, found Integer")]
    [InlineData("x OR t", 6, "OR takes a Boolean, found Text")]
    [InlineData("NOT i", 5, "NOT takes a Boolean, found Integer")]
    [InlineData("CASE WHEN i THEN 1 END", 11, "WHEN takes a Boolean, found Integer")]
    [InlineData("CASE WHEN x THEN i ELSE t END", 25, "CASE does not go with Integer and Text")]
    [InlineData("CASE WHEN x THEN a END", 18, "CASE does not take Array")]
    [InlineData("i = t", 3, "= does not go with Integer and Text")]
    [InlineData("d < 5", 3, "< does not go with Date and Integer")]
    [InlineData("j = j", 3, "= does not take Json")]
    [InlineData("a IS DISTINCT FROM a", 3, "IS DISTINCT FROM does not take Array")]
    [InlineData("i BETWEEN 1 AND 'b'", 17, "BETWEEN does not go with Integer and Text")]
    [InlineData("i IN (1, 'b')", 10, "IN does not go with Integer and Text")]
    [InlineData("v IN (v)", 1, "IN does not take Vector")]
    [InlineData("d = '2026-02-03'", 3, "= does not go with Date and Text; write DATE '2026-02-03'")]
    [InlineData("'2026-02-03' < d", 14, "< does not go with Text and Date; write DATE '2026-02-03'")]
    [InlineData("d BETWEEN DATE '2026-02-03' AND '2026-02-04'", 33, "BETWEEN does not go with Date and Text; write DATE '2026-02-04'")]
    [InlineData("d = '3 February'", 3, "= does not go with Date and Text")]
    [InlineData("b = '00ff'", 3, "= does not go with Bytea and Text; write X'00FF'")]
    [InlineData("x = 'True'", 3, "= does not go with Boolean and Text; write TRUE")]
    [InlineData("i = '-5'", 3, "= does not go with Integer and Text; write -5")]
    [InlineData("f IN (1e0, '2.5')", 12, "IN does not go with Float and Text; write 2.5")]
    [InlineData("i = 'NaN'", 3, "= does not go with Integer and Text")]
    [InlineData("t + 1", 3, "+ does not go with Text and Integer")]
    [InlineData("d * 2", 3, "* does not go with Date and Integer")]
    [InlineData("d + d", 3, "+ does not go with Date and Date")]
    [InlineData("1 - d", 3, "- does not go with Integer and Date")]
    [InlineData("-t", 1, "- takes a number or an Interval, found Text")]
    [InlineData("t || i", 6, "|| takes Text, found Integer")]
    [InlineData("b || t", 6, "|| takes Bytea with Bytea, found Text")]
    [InlineData("i LIKE 'a'", 1, "LIKE takes Text, found Integer")]
    [InlineData("t LIKE 5", 8, "LIKE takes Text, found Integer")]
    [InlineData("t LIKE 'a!' ESCAPE '!'", 8, "the pattern ends with its escape character")]
    [InlineData("x AND sqrt(i) = 2", 7, "there is no function sqrt")]
    [InlineData("length()", 1, "length takes 1 argument, found 0")]
    [InlineData("nullif(1)", 1, "nullif takes 2 arguments, found 1")]
    [InlineData("substring(t)", 1, "substring takes 2 or 3 arguments, found 1")]
    [InlineData("coalesce()", 1, "coalesce takes 1 argument or more, found 0")]
    [InlineData("now(1)", 1, "now takes no argument, found 1")]
    [InlineData("length(i)", 8, "length takes Text, found Integer")]
    [InlineData("octet_length(i)", 14, "octet_length takes Text, found Integer")]
    [InlineData("substring(t, 1.5)", 14, "substring takes an Integer, found Numeric")]
    [InlineData("abs(t)", 5, "abs takes a number, found Text")]
    [InlineData("round(f, 2)", 7, "round with digits takes Numeric, found Float")]
    [InlineData("coalesce(i, t)", 13, "coalesce does not go with Integer and Text")]
    [InlineData("greatest(v)", 10, "greatest does not take Vector")]
    [InlineData("nullif(j, j)", 8, "nullif does not take Json")]
    [InlineData("array_length(v)", 14, "array_length takes Array, found Vector")]
    [InlineData("dimensions(a)", 12, "dimensions takes Vector, found Array")]
    public void What_does_not_fit_the_table_is_refused_with_its_position(string text, int position, string what) =>
        Assert.Equal($"The expression is wrong at position {position}: {what}.", Expressions.Refused(text, s_schema).Message);

    [Fact]
    public void A_condition_is_true_or_false()
    {
        Assert.Equal(ExpressionType.Boolean, ExpressionBinder.CompileCondition("i > 0", s_schema).ResultType);
        Assert.Equal(ExpressionType.Null, ExpressionBinder.CompileCondition("NULL", s_schema).ResultType);
        var refused = Assert.Throws<HeliosException>(() => ExpressionBinder.CompileCondition("i + 1", s_schema));
        Assert.Equal("The expression is wrong at position 1: a condition is needed, and this gives Integer.", refused.Message);
    }

    [Fact]
    public void An_expression_tells_which_columns_it_reads()
    {
        Assert.Equal([0, 2, 9], ExpressionBinder.Compile("\"Odd name\" > 1 OR i < 2 OR length(t) = i", s_schema).References.ToArray());
        Assert.Empty(ExpressionBinder.Compile("1 + 1", s_schema).References);
    }

    [Theory]
    [InlineData("1 + 1", true, true)]
    [InlineData("i + 1", false, true)]
    [InlineData("now()", false, false)]
    [InlineData("i > 0 AND CASE WHEN x THEN d ELSE today() END IS NULL", false, false)]
    [InlineData("uuid()", false, false)]
    public void An_expression_tells_whether_its_value_may_change(string text, bool isConstant, bool isDeterministic)
    {
        var compiled = ExpressionBinder.Compile(text, s_schema);
        Assert.Equal((isConstant, isDeterministic), (compiled.IsConstant, compiled.IsDeterministic));
    }

    [Fact]
    public void What_the_clock_decides_needs_a_clock() =>
        Assert.Throws<InvalidOperationException>(() => ExpressionBinder.Compile("now()", s_schema).Evaluate([], [], default).IsNull);
}
