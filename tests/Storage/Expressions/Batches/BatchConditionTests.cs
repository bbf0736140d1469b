namespace Helios.Pipeline.Storage.Tests;

public sealed class BatchConditionTests
{
    private static readonly int[] s_sizes = [0, 1, 7, 8, 63, 64, 65, 1_023, 1_024];

    [Fact]
    public void A_batch_gives_what_a_loop_over_its_rows_gives_failures_included_at_every_width_of_vectors() => Seed.Run(random =>
    {
        using RowBatch rows = RowBatch.Rent(), others = RowBatch.Rent();
        var (conditions, failed, some, byRow) = (0, 0, 0, 0);
        for (var table = 0; table < 18; table++)
        {
            var made = new BatchTable(random);
            var generator = new BatchConditions(random, made.Schema);
            made.Fill(others, random.Next(1, 40));
            for (var round = 0; round < 2; round++)
            {
                made.Fill(rows, s_sizes[((table * 2) + round) % s_sizes.Length]);
                for (var i = 0; i < (rows.Count > 100 ? 6 : 30); i++)
                {
                    var condition = ExpressionBinder.CompileCondition(generator.Next(random.Next(4)), made.Schema);
                    var (expected, expectedOfOthers) = (BatchOutcome.ByRow(condition, made.Schema, rows), BatchOutcome.ByRow(condition, made.Schema, others));
                    foreach (var width in Enum.GetValues<VectorWidth>())
                    {
                        var batch = new BatchCondition(condition, made.Schema, width);
                        Assert.True(expected == BatchOutcome.ByBatch(batch, rows), $"{width}, {rows.Count} rows, {condition}: by row {expected}, by batch {BatchOutcome.ByBatch(batch, rows)}");
                        Assert.True(expectedOfOthers == BatchOutcome.ByBatch(batch, others), $"{width}, {others.Count} rows after {rows.Count}, {condition}: by row {expectedOfOthers}");
                        byRow += batch.IsByRow ? 1 : 0;
                    }

                    conditions++;
                    failed += expectedOfOthers.FailedRow >= 0 ? 1 : 0;
                    some += expectedOfOthers.Selected.Length > 0 ? 1 : 0;
                }
            }
        }

        // It would mean little where most fail at once, select nothing, or have no kernel.
        Assert.InRange(failed, conditions / 50, conditions / 2);
        Assert.InRange(some, conditions / 5, conditions);
        Assert.InRange(byRow / 3, 1, conditions * 2 / 3);
    });

    /// <summary>Each pair differs as a batch with a defect would differ from the loop: the comparison of the test above must see it.</summary>
    [Theory]
    [InlineData("f > 0e0", "f > 0e0 AND f < FLOAT 'NaN'")] // NaN left out of what is greater
    [InlineData("f = 0e0", "f = 0e0 AND 1e0 / f > 0")] // −0 is not 0: fails, or says else
    [InlineData("i <= 2", "i < 2")]
    [InlineData("NOT (i = 1)", "i IS NULL OR i <> 1")] // NULL taken for FALSE
    [InlineData("i NOT IN (1, NULL)", "i NOT IN (1)")]
    [InlineData("i = 0 OR 10 / i > 3", "10 / i > 3 OR i = 0")] // an item evaluated for rows that were decided
    [InlineData("10 / i > 3 AND k * k > 0", "k * k > 0 AND 10 / i > 3")] // the failure of another item
    [InlineData("k <= 9007199254740992", "k <= 9007199254740992e0")] // rounded where it must not be
    [InlineData("k > 0.5", "k > 0 AND k <> 1")]
    [InlineData("t LIKE 'a%'", "t LIKE 'a_%'")]
    [InlineData("c = 'ab'", "c LIKE 'ab ' OR t = 'ab'")]
    [InlineData("NOT (i > 1 AND t = 'a')", "NOT (i > 1 AND t = 'a') AND i IS NOT NULL")] // NULL AND FALSE is FALSE
    [InlineData("(i > 1 OR f > 0e0) AND k > 0", "(i > 1 OR f > 0e0) AND k > 0 AND i IS NOT NULL")]
    [InlineData("10 / i > 3 AND f > 0e0 AND k * k > 100", "k * k > 100 AND f > 0e0 AND 10 / i > 3")]
    [InlineData("2 < i", "i < 2")]
    [InlineData("c = 'a  '", "c LIKE 'a  '")]
    [InlineData("t IS DISTINCT FROM 'a' AND i > 0", "t <> 'a' AND i > 0")]
    public void A_difference_of_this_kind_is_seen(string meant, string defective) => Seed.Run(random =>
    {
        var schema = new TableSchema([new Column("i", ColumnType.Int2), new Column("k", ColumnType.Int8), new Column("f", ColumnType.Float8), new Column("t", ColumnType.Text), new Column("c", ColumnType.Char)]);
        var (right, wrong) = (ExpressionBinder.CompileCondition(meant, schema), ExpressionBinder.CompileCondition(defective, schema));
        using var rows = RowBatch.Rent();
        var table = new BatchTable(random, schema);
        var seen = false;
        for (var i = 0; i < 10 || (i < 200 && !seen); i++)
        {
            table.Fill(rows, random.Next(1, 70));
            var expected = BatchOutcome.ByRow(right, schema, rows);
            Assert.Equal(expected, BatchOutcome.ByBatch(new BatchCondition(right, schema), rows));
            seen |= expected != BatchOutcome.ByBatch(new BatchCondition(wrong, schema), rows);
        }

        Assert.True(seen, "no batch told the two apart");
    });

    [Theory]
    [InlineData("f4 < 0.001 AND f8 >= 1 AND i2 = 3 AND i8 <> 5 AND b")]
    [InlineData("i4 > 2.5 OR i4 <= 1e0 OR i4 BETWEEN 1 AND 5.5 OR i8 IN (1, 2.0, 3e0)")]
    [InlineData("d = today() AND tz > now() - INTERVAL '01:00:00' AND ts BETWEEN TIMESTAMP '2026-01-01 00:00' AND TIMESTAMP '2026-01-02 00:00'")]
    [InlineData("NOT (i8 = i4 OR f8 < i4 OR ts > ts OR iv <= INTERVAL '00:00:01')")]
    [InlineData("t = 'x' AND v LIKE 'dev1%' AND c LIKE '%a' AND t <> '' AND v BETWEEN 'a' AND 'b' AND t NOT IN ('a', NULL) AND starts_with(v, 'x')")]
    [InlineData("by = X'00' OR u = UUID '00112233-4455-6677-8899-aabbccddeeff' OR t LIKE '%a_' OR c < v OR j IS NULL AND TRUE")]
    [InlineData("i8 IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) OR t IS DISTINCT FROM 'a' OR i8 IS NOT DISTINCT FROM 3")]
    public void What_has_a_kernel_is_not_evaluated_row_by_row(string text)
    {
        var schema = new TableSchema([
            new Column("b", ColumnType.Boolean), new Column("i2", ColumnType.Int2), new Column("i4", ColumnType.Int4), new Column("i8", ColumnType.Int8),
            new Column("f4", ColumnType.Float4), new Column("f8", ColumnType.Float8), new Column("t", ColumnType.Text), new Column("v", ColumnType.Varchar),
            new Column("c", ColumnType.Char), new Column("by", ColumnType.Bytea), new Column("d", ColumnType.Date), new Column("ts", ColumnType.Timestamp),
            new Column("tz", ColumnType.Timestamptz), new Column("iv", ColumnType.Interval), new Column("u", ColumnType.Uuid), new Column("j", ColumnType.Json),
        ]);
        var leaves = text.Contains("c < v", StringComparison.Ordinal) ? 1 : 0; // two texts: the one part here that has none
        Assert.Equal(leaves, new BatchCondition(ExpressionBinder.CompileCondition(text, schema), schema).ItemsByRow);
    }

    [Fact]
    public void An_expression_that_is_no_condition_is_refused()
    {
        var number = ExpressionBinder.Compile("1", Expressions.Empty);
        Assert.Throws<InvalidOperationException>(() => new BatchCondition(number, Expressions.Empty));
    }
}
