namespace Helios.Pipeline.Storage.Tests;

public sealed class ExpressionLogicTests
{
    private static readonly TableSchema s_schema = new([new Column("a", ColumnType.Boolean), new Column("b", ColumnType.Boolean)]);

    [Theory]
    [InlineData("TRUE", "TRUE", "TRUE", "TRUE")]
    [InlineData("TRUE", "FALSE", "FALSE", "TRUE")]
    [InlineData("TRUE", "NULL", "NULL", "TRUE")]
    [InlineData("FALSE", "TRUE", "FALSE", "TRUE")]
    [InlineData("FALSE", "FALSE", "FALSE", "FALSE")]
    [InlineData("FALSE", "NULL", "FALSE", "NULL")]
    [InlineData("NULL", "TRUE", "NULL", "TRUE")]
    [InlineData("NULL", "FALSE", "FALSE", "NULL")]
    [InlineData("NULL", "NULL", "NULL", "NULL")]
    public void AND_and_OR_know_three_values(string a, string b, string and, string or)
    {
        Assert.Equal(and, Expressions.Give($"{a} AND {b}"));
        Assert.Equal(or, Expressions.Give($"{a} OR {b}"));
        Assert.Equal(and, Expressions.Give("a AND b", s_schema, Value(a), Value(b)));
        Assert.Equal(or, Expressions.Give("a OR b", s_schema, Value(a), Value(b)));
    }

    [Theory]
    [InlineData("TRUE", "FALSE")]
    [InlineData("FALSE", "TRUE")]
    [InlineData("NULL", "NULL")]
    public void NOT_of_NULL_is_NULL(string a, string expected)
    {
        Assert.Equal(expected, Expressions.Give($"NOT {a}"));
        Assert.Equal(expected, Expressions.Give("NOT a", s_schema, Value(a), null));
    }

    [Theory]
    [InlineData("1 = NULL", "NULL")]
    [InlineData("NULL = NULL", "NULL")]
    [InlineData("NULL <> NULL", "NULL")]
    [InlineData("NULL IS NULL", "TRUE")]
    [InlineData("NULL IS NOT NULL", "FALSE")]
    [InlineData("1 IS NULL", "FALSE")]
    [InlineData("1 IS DISTINCT FROM NULL", "TRUE")]
    [InlineData("NULL IS DISTINCT FROM NULL", "FALSE")]
    [InlineData("NULL IS NOT DISTINCT FROM NULL", "TRUE")]
    [InlineData("1 IS NOT DISTINCT FROM 1.0", "TRUE")]
    [InlineData("1 IN (2, NULL)", "NULL")]
    [InlineData("1 IN (1, NULL)", "TRUE")]
    [InlineData("1 NOT IN (2, NULL)", "NULL")]
    [InlineData("1 NOT IN (1, NULL)", "FALSE")]
    [InlineData("1 NOT IN (2, 3)", "TRUE")]
    [InlineData("NULL IN (1)", "NULL")]
    [InlineData("2 BETWEEN 1 AND 3", "TRUE")]
    [InlineData("1 BETWEEN 1 AND 1", "TRUE")]
    [InlineData("2 BETWEEN NULL AND 1", "FALSE")]
    [InlineData("2 BETWEEN NULL AND 3", "NULL")]
    [InlineData("2 BETWEEN 3 AND NULL", "FALSE")]
    [InlineData("2 NOT BETWEEN 3 AND NULL", "TRUE")]
    [InlineData("2 NOT BETWEEN 1 AND NULL", "NULL")]
    [InlineData("NULL BETWEEN 1 AND 2", "NULL")]
    [InlineData("NULL LIKE 'a'", "NULL")]
    [InlineData("'a' LIKE NULL", "NULL")]
    [InlineData("1 + NULL", "NULL")]
    [InlineData("-NULL", "NULL")]
    [InlineData("'a' || NULL", "NULL")]
    [InlineData("CASE WHEN NULL THEN 1 END", "NULL")]
    [InlineData("CASE WHEN NULL THEN 1 ELSE 2 END", "2")]
    [InlineData("coalesce(NULL, NULL)", "NULL")]
    [InlineData("coalesce(NULL, 1, 2)", "1")]
    [InlineData("greatest(1, NULL, 3)", "3")]
    [InlineData("least(NULL, NULL)", "NULL")]
    [InlineData("nullif(1, NULL)", "1")]
    [InlineData("nullif(NULL, 1)", "NULL")]
    [InlineData("length(NULL)", "NULL")]
    public void NULL_is_unknown_where_it_is_compared_or_computed_with(string text, string expected) =>
        Assert.Equal(expected, Expressions.Give(text));

    [Theory]
    [InlineData("FALSE AND 1 / 0 = 1", "FALSE")]
    [InlineData("TRUE OR 1 / 0 = 1", "TRUE")]
    [InlineData("NULL AND 1 / 0 = 1", "!division by zero at position 12")]
    [InlineData("1 / 0 = 1 AND FALSE", "!division by zero at position 3")]
    [InlineData("CASE WHEN TRUE THEN 1 ELSE 1 / 0 END", "1")]
    [InlineData("CASE WHEN FALSE THEN 1 / 0 END", "NULL")]
    [InlineData("CASE WHEN 1 / 0 = 1 THEN 1 END", "!division by zero at position 13")]
    [InlineData("coalesce(1, 1 / 0)", "1")]
    [InlineData("coalesce(1 / 0, 1)", "!division by zero at position 12")]
    [InlineData("1 IN (1, 1 / 0)", "TRUE")]
    [InlineData("2 IN (1, 1 / 0)", "!division by zero at position 12")]
    [InlineData("NULL + 1 / 0", "NULL")]
    [InlineData("(1 / 0) IS NULL", "!division by zero at position 4")]
    public void What_is_not_needed_is_not_looked_at_from_left_to_right(string text, string expected) =>
        Assert.Equal(expected, Expressions.Give(text));

    [Fact]
    public void A_condition_says_true_false_unknown_or_why_it_failed()
    {
        var schema = new TableSchema([new Column("a", ColumnType.Int4)]);
        var compiled = ExpressionBinder.CompileCondition("10 / a > 1", schema);
        var (context, failed) = (default(EvaluationContext), new RowFault(RowFault.ExpressionFailed, Detail: "division by zero at position 4"));
        Assert.Equal((true, default(RowFault)), Ask(5));
        Assert.Equal((false, default(RowFault)), Ask(10));
        Assert.Equal((null, default(RowFault)), Ask(null));
        Assert.Equal((null, failed), Ask(0));
        Assert.Equal("An expression cannot be computed for the row: division by zero at position 4.", failed.Describe(schema));
        Assert.Throws<InvalidOperationException>(() => ExpressionBinder.Compile("a", schema).EvaluateCondition([], [], default, out _));

        (bool?, RowFault) Ask(int? a)
        {
            var row = Expressions.Row(schema, [a]);
            return (compiled.EvaluateCondition(row, Expressions.Offsets(schema, row), context, out var fault), fault);
        }
    }

    private static object? Value(string literal) => literal switch { "TRUE" => true, "FALSE" => false, _ => null };
}
