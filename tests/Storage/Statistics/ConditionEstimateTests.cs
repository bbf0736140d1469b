namespace Helios.Pipeline.Storage.Tests;

public sealed class ConditionEstimateTests
{
    private const int Rows = 5_000;

    private static readonly TableSchema s_schema = new(
    [
        new Column("id", ColumnType.Int8), new Column("price", ColumnType.Int4) { IsNullable = true }, new Column("city", ColumnType.Text) { IsNullable = true },
        new Column("open", ColumnType.Boolean), new Column("doc", ColumnType.Json) { IsNullable = true },
    ]);

    /// <summary>Conditions on columns that do not depend on each other: as good as the statistics are, some percent of all rows.</summary>
    [Theory]
    [InlineData("id = 17")]
    [InlineData("17 >= id")]
    [InlineData("id > 1000 AND id <= 1500")]
    [InlineData("NOT (id > 1000 AND id <= 1500)")]
    [InlineData("NOT id < 4000")]
    [InlineData("id BETWEEN 100 AND 1100")]
    [InlineData("id NOT BETWEEN 100 AND 1100")]
    [InlineData("price IS NULL")]
    [InlineData("price IS NOT NULL AND price < 250")]
    [InlineData("price <> 3")]
    [InlineData("NOT price = 3")]
    [InlineData("price < 250 OR price >= 750")]
    [InlineData("price IN (1, 2, 3, 4, 5) AND open")]
    [InlineData("price NOT IN (1, NULL)")]
    [InlineData("price = NULL")]
    [InlineData("city = 'Oslo'")]
    [InlineData("city <> 'Oslo'")]
    [InlineData("city LIKE 'Os%'")]
    [InlineData("city NOT LIKE 'Os%'")]
    [InlineData("city LIKE 'Moss'")]
    [InlineData("starts_with(city, 'B')")]
    [InlineData("city IS DISTINCT FROM 'Oslo'")]
    [InlineData("city IS NOT DISTINCT FROM NULL")]
    [InlineData("open")]
    [InlineData("NOT open AND city = 'Bergen'")]
    [InlineData("1 = 1")]
    [InlineData("id > 1e3")]
    [InlineData("price = 2147483648")]
    public void Shares_are_near_the_truth(string condition) => Seed.Run(random =>
    {
        var rows = Enumerable.Range(0, Rows).Select(i => Row(i, random)).ToArray();
        var expression = ExpressionBinder.CompileCondition(condition, s_schema);
        var offsets = new int[s_schema.Columns.Length];
        var truth = rows.Count(row =>
        {
            RowView.ReadOffsets(row, offsets);
            return expression.EvaluateCondition(row, offsets, default, out _) == true;
        }) / (double)Rows;

        var estimate = new ConditionEstimate(Sketches.Of(s_schema, rows), default).Of(expression.Root);

        Assert.True(Math.Abs(estimate - truth) <= 0.05, $"{condition}: estimated {estimate:F4}, is {truth:F4}");
        Assert.InRange(estimate, 0, 1);
    });

    [Fact]
    public void What_statistics_know_nothing_of_is_guessed_between_none_and_all() => Seed.Run(random =>
    {
        var statistics = Sketches.Of(s_schema, Enumerable.Range(0, 100).Select(i => Row(i, random)));
        foreach (var condition in new[] { "id + price > 3", "price = id", "price < id", "lower(city) = 'oslo'", "city LIKE '%s%'", "NOT (city LIKE '%s%' OR id = price)", "CASE WHEN open THEN id > 3 ELSE FALSE END", "1 / id = 1 AND open", "now() > now()" })
        {
            var context = new EvaluationContext(TimeProvider.System, Guid.NewGuid);
            var estimate = new ConditionEstimate(statistics, context).Of(ExpressionBinder.CompileCondition(condition, s_schema).Root);
            Assert.InRange(estimate, 0, 1);
            Assert.Equal(condition == "now() > now()", estimate == 0);
        }
    });

    /// <summary>More digits than a double tells apart: filters call these values one.</summary>
    [Fact]
    public void A_common_Numeric_of_many_digits_is_told_from_its_neighbours()
    {
        var schema = new TableSchema([new Column("n", ColumnType.Numeric)]);
        var statistics = Sketches.Of(schema, Enumerable.Range(0, 1_000).Select(i => Expressions.Row(schema, [i % 2 == 0 ? 12_345_678_901_234_567_890m : 12_345_678_901_234_567_891m + i])));
        double Of(string condition) => new ConditionEstimate(statistics, default).Of(ExpressionBinder.CompileCondition(condition, schema).Root);

        Assert.Equal(501, statistics.Columns[0].DistinctCount);
        Assert.InRange(Of("n = 12345678901234567890"), 0.49, 0.5);
        Assert.InRange(Of("n = 12345678901234567890.00"), 0.49, 0.5);
        Assert.InRange(Of("n = 12345678901234567892"), 0, 0.01);
        Assert.InRange(Of("n IN (12345678901234567890, 12345678901234567892, 12345678901234567894)"), 0.49, 0.52);
    }

    /// <summary>A column that was added later, and one of too few values for a histogram.</summary>
    [Fact]
    public void A_range_that_nothing_is_known_of_is_guessed_alike_however_it_is_written()
    {
        var schema = new TableSchema([new Column("few", ColumnType.Int4) { IsNullable = true }, new Column("added", ColumnType.Int4) { IsNullable = true }]);
        var statistics = Sketches.Of(new TableSchema([schema.Columns[0]]), Enumerable.Range(0, 100).Select(i => Expressions.Row(schema, [i < 5 ? i : null, null])));
        double Of(string condition) => new ConditionEstimate(statistics, default).Of(ExpressionBinder.CompileCondition(condition, schema).Root);

        Assert.Equal((0.2, 0.2), (Of("added BETWEEN 1 AND 5"), Of("added >= 1 AND added <= 5")));
        Assert.Equal(0.01, Of("few BETWEEN 1 AND 5"), 12); // no more than a fifth of the rows that are not NULL
        Assert.Equal(0.01, Of("few >= 1 AND few <= 5"), 12);
        Assert.Equal(0.05 * Selectivity.RangeGuess, Of("few < 3"), 12);
    }

    [Theory]
    [InlineData("c < 5")]
    [InlineData("c >= 5")]
    [InlineData("c BETWEEN 1 AND 5")]
    [InlineData("c > 1 AND c < 5")]
    [InlineData("c = 5")]
    [InlineData("c <> 5")]
    [InlineData("c IN (1, 5)")]
    [InlineData("c NOT IN (1, 5)")]
    [InlineData("t LIKE 'a%'")]
    [InlineData("t LIKE '%a'")]
    [InlineData("t NOT LIKE '%a'")]
    public void No_comparison_lets_rows_through_where_all_are_NULL(string condition)
    {
        var schema = new TableSchema([new Column("c", ColumnType.Int4) { IsNullable = true }, new Column("t", ColumnType.Text) { IsNullable = true }]);
        var statistics = Sketches.Of(schema, Enumerable.Repeat(Expressions.Row(schema, [null, null]), 1_000));
        Assert.Equal(0, new ConditionEstimate(statistics, default).Of(ExpressionBinder.CompileCondition(condition, schema).Root));
    }

    private static byte[] Row(int id, Random random)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, s_schema.Columns.Length);
        writer.WriteInt64(id);
        if (random.Next(5) == 0)
            writer.WriteNull();
        else
            writer.WriteInt64(random.Next(1_000));
        if (random.Next(10) == 0)
            writer.WriteNull();
        else
            writer.WriteText(random.Next(3) == 0 ? "Oslo" : random.Next(2) == 0 ? "Bergen" : "Moss");
        writer.WriteBoolean(random.Next(4) == 0);
        writer.WriteNull();
        writer.End();
        return buffer.Written.ToArray();
    }
}
