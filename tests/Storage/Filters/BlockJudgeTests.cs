namespace Helios.Pipeline.Storage.Tests;

public sealed class BlockJudgeTests
{
    private static readonly TableSchema s_schema = new([
        new Column("b", ColumnType.Boolean), new Column("i", ColumnType.Int4), new Column("k", ColumnType.Int8), new Column("n", ColumnType.Numeric),
        new Column("f", ColumnType.Float8), new Column("s", ColumnType.Float4), new Column("t", ColumnType.Text), new Column("c", ColumnType.Char),
        new Column("x", ColumnType.Bytea), new Column("d", ColumnType.Date), new Column("tm", ColumnType.Time), new Column("ts", ColumnType.Timestamp),
        new Column("tz", ColumnType.Timestamptz), new Column("iv", ColumnType.Interval), new Column("u", ColumnType.Uuid), new Column("j", ColumnType.Json),
        new Column("z", ColumnType.Int4),
    ]);

    /// <summary>Two rows that span 10 to 20 in every type, without a NULL but for column z, which has nothing else.</summary>
    private static readonly TableZones s_zones = Make();

    [Theory]
    [InlineData("b", "NOT b")]
    [InlineData("b = TRUE", "b = FALSE")]
    [InlineData("i = 10", "i = 9")]
    [InlineData("i = 10", "i = 15")]                     // the filter says it
    [InlineData("i = 10.0", "i = 10.5")]                 // no Int4 is 10.5
    [InlineData("i = 1e1", "i = 1.05e1")]
    [InlineData("i = 10.000", "i = 15.0")]               // and here by way of the one Int4 that is 15.0
    [InlineData("i = 20e0", "i = 15e0")]
    [InlineData("i < 11", "i < 10")]
    [InlineData("i <= 10", "i <= 9")]
    [InlineData("i > 19", "i > 20")]
    [InlineData("i >= 20", "i >= 21")]
    [InlineData("i > 19.5", "i > 20.5")]
    [InlineData("19 < i", "20 < i")]                     // mirrored, not taken for i < 20
    [InlineData("11 > i", "10 > i")]
    [InlineData("20 <= i", "21 <= i")]
    [InlineData("i BETWEEN 20 AND 30", "i BETWEEN 21 AND 30")]
    [InlineData("i BETWEEN 0 AND 10", "i BETWEEN 0 AND 9")]
    [InlineData("i NOT BETWEEN 11 AND 30", "i NOT BETWEEN 10 AND 20")]
    [InlineData("15 BETWEEN i AND 30", "9 BETWEEN i AND 30")]
    [InlineData("i IN (1, 2, 10)", "i IN (1, 2, 30)")]
    [InlineData("i IN (14, 20)", "i IN (14, 15)")]       // filters again
    [InlineData("i IN (20, i)", "i IN (9, NULL)")]       // a column in the list: the rest of it is not the whole list
    [InlineData("20 IN (1, i)", "21 IN (1, i)")]
    [InlineData("i NOT IN (10, 11)", "i NOT IN (10, NULL)")]
    [InlineData("i IS NOT NULL", "i IS NULL")]
    [InlineData("z IS NULL", "z IS NOT NULL")]
    [InlineData("j IS NOT NULL", "j IS NULL")]
    [InlineData("z IS NOT DISTINCT FROM NULL", "z IS DISTINCT FROM NULL")]
    [InlineData("i IS NOT DISTINCT FROM 10", "i IS NOT DISTINCT FROM 15")]
    [InlineData("z IS DISTINCT FROM 1", "z IS NOT DISTINCT FROM 1")]
    [InlineData("i IS DISTINCT FROM z", "z = z - 1 AND z > 0")]
    [InlineData("(i > 5) IS NOT NULL", "(i > 5) IS NULL")]
    [InlineData("(z > 5) IS NULL", "z > 5")]
    [InlineData("i <> 10", "z <> 10")]
    [InlineData("k = 10", "k = 10 + 1")]
    [InlineData("k > -(-19)", "k > 2 * 10")]
    [InlineData("n = 10", "n = 9.99")]
    [InlineData("n = 20.00", "n = 15.5")]
    [InlineData("n = 10e0", "n = 15.5e0")]
    [InlineData("n >= 20.0000000000000000001", "n >= 20.001")]
    [InlineData("n < 10.01", "n < 9.99999")]
    [InlineData("n > 1.9e1", "n > 2.001e1")]
    [InlineData("f = 10", "f = 15")]
    [InlineData("f < 10.5", "f < 10")]
    [InlineData("f > 19", "f > FLOAT 'Infinity'")]
    [InlineData("s = 20", "s = 20.0000001")]
    [InlineData("t = 'k10'", "t = 'k15'")]
    [InlineData("t > 'k1'", "t > 'k3'")]
    [InlineData("t IN ('k10', 'q')", "t IN ('k11', 'q')")]
    [InlineData("t LIKE 'k1%'", "t LIKE 'l%'")]
    [InlineData("t LIKE 'k_0'", "t LIKE 'j_0'")]
    [InlineData("t LIKE 'k10'", "t LIKE 'k15'")]
    [InlineData("t LIKE '%'", "t NOT LIKE '%'")]
    [InlineData("t NOT LIKE 'l%'", "t NOT LIKE 'k%'")]
    [InlineData("t LIKE 'k!%' ESCAPE '!' OR TRUE", "t LIKE 'a!%b' ESCAPE '!'")]
    [InlineData("starts_with(t, 'k1')", "starts_with(t, 'l')")]
    [InlineData("c = 'k10'", "c = 'k15'")]
    [InlineData("c = 'k10      '", "c < 'k1'")]
    [InlineData("c LIKE 'k1%'", "c LIKE 'l%'")]
    [InlineData("starts_with(c, 'k1')", "starts_with(c, 'j')")]
    [InlineData("t IN (c, 'q')", "t = 'q'")]
    [InlineData("x = X'0A'", "x = X'0B'")]
    [InlineData("x < X'0A01'", "x < X'09FF'")]
    [InlineData("d = DATE '2020-01-10'", "d = DATE '2020-01-15'")]
    [InlineData("d < DATE '2020-01-11'", "d < DATE '2020-01-10'")]
    [InlineData("d >= DATE '2020-01-19' + 1", "d >= DATE '2020-01-20' + 1")]
    [InlineData("tm = TIME '00:00:10'", "tm > TIME '00:00:20'")]
    [InlineData("ts <= TIMESTAMP '2020-01-10 00:00:00'", "ts < TIMESTAMP '2020-01-10 00:00:00'")]
    [InlineData("tz >= TIMESTAMPTZ '2020-01-20 00:00:00Z'", "tz > TIMESTAMPTZ '2020-01-20 00:00:00Z'")]
    [InlineData("iv <= INTERVAL '00:00:10'", "iv < INTERVAL '00:00:10'")]
    [InlineData("u = UUID '0a000000-0000-0000-0000-000000000001'", "u = UUID '0a000000-0000-0000-0000-000000000002'")]
    [InlineData("i = 10 AND t = 'k10'", "i = 10 AND t = 'q'")]
    [InlineData("i = 9 OR t = 'k10'", "i = 9 OR t = 'q'")]
    [InlineData("NOT (i < 10)", "NOT (i >= 10)")]
    [InlineData("NOT (i = 10 AND k = 10)", "NOT (i >= 10 OR k = 3)")]
    [InlineData("i * 2 = 20", "i * 2 = 20 AND i > 20")]
    [InlineData("CASE WHEN i = 10 THEN TRUE END", "CASE WHEN i = 10 THEN TRUE END AND NULL")]
    [InlineData("TRUE", "FALSE")]
    [InlineData("1 = 1", "NULL")]
    [InlineData("1 / 0 = 1", "i = NULL")]                 // a failure must be raised, so a row must be looked at
    [InlineData("i = 1 / 0", "i > 20 AND 1 / (i - i) = 1")] // but not in rows that are left out
    public void What_can_hold_is_looked_at_and_what_cannot_is_left_out(string possible, string impossible)
    {
        Assert.True(Judge(possible).MayHold(s_zones.View(0)), possible);
        Assert.False(Judge(impossible).MayHold(s_zones.View(0)), impossible);
        Assert.True(Judge(impossible).IsUseful, impossible);
    }

    [Theory]
    [InlineData("b", "b AND i > 10")]
    [InlineData("i >= 10", "i > 10")]
    [InlineData("i BETWEEN 10 AND 20", "i BETWEEN 10 AND 19")]
    [InlineData("i > 9.5 AND k < 1e2", "i > 9.5 AND 1 / i >= 0")] // might fail
    [InlineData("i IS NOT NULL", "z > 0 OR i > 15")]
    [InlineData("i NOT IN (1, 2)", "i NOT IN (1, NULL)")]
    [InlineData("n > 9", "n >= 10")]                             // the code of a Numeric is not exact
    [InlineData("t LIKE 'k%'", "t LIKE 'k10%'")]
    [InlineData("starts_with(t, 'k')", "starts_with(t, 'k2')")]
    [InlineData("t > 'a'", "t >= 'k10'")]
    [InlineData("z IS NULL OR z = 5", "z = 5")]
    [InlineData("f < FLOAT 'NaN'", "f < 20")]
    public void What_holds_for_all_is_known_from_exact_bounds_alone(string always, string notAlways)
    {
        Assert.True(Judge(always).HoldsForAll(s_zones.View(0)), always);
        Assert.False(Judge(notAlways).HoldsForAll(s_zones.View(0)), notAlways);
        Assert.False(Judge(always).HoldsForAll(s_zones.View(1_000)), "no row, so nothing to hold for");
    }

    [Theory]
    [InlineData("NULL = NULL")]
    [InlineData("z <> 1")]
    [InlineData("z < 1 OR z >= 1")]
    [InlineData("z BETWEEN 1 AND 2")]
    [InlineData("z IN (1, NULL)")]
    [InlineData("z NOT IN (1, NULL)")]
    public void NULL_makes_no_comparison_TRUE(string condition) => Assert.False(Judge(condition).MayHold(s_zones.View(0)));

    [Theory]
    [InlineData("f = 9007199254740992.0", 9007199254740993L)] // as doubles they are one
    [InlineData("k = 9007199254740992e0", 9007199254740993L)]
    [InlineData("k IN (1, 9007199254740992e0)", 9007199254740993L)]
    [InlineData("k = 9223372036854775808e0", long.MaxValue)]
    [InlineData("k >= 9223372036854775808e0", long.MaxValue)]
    [InlineData("n = 9007199254740992e0", 9007199254740993L)]
    [InlineData("n >= 9007199254740994e0 OR n = 9007199254740992e0", 9007199254740993L)]
    public void A_number_that_is_rounded_before_it_is_compared_is_found(string condition, long number)
    {
        var schema = new TableSchema([new Column("k", ColumnType.Int8), new Column("n", ColumnType.Numeric), new Column("f", ColumnType.Float8)]);
        var row = Expressions.Row(schema, [number, (decimal)number, 9007199254740992.0]);
        var zones = new TableZones(schema, 1_000, [0, 1, 2]);
        zones.Widen(0, row, Expressions.Offsets(schema, row));
        var compiled = ExpressionBinder.CompileCondition(condition, schema);
        Assert.True(compiled.EvaluateCondition(row, Expressions.Offsets(schema, row), default, out _));
        Assert.True(BlockJudge.Of(compiled).MayHold(zones.View(0)));
    }

    [Theory]
    [InlineData("t BETWEEN 'a  ' AND c", "a", "b")]   // beside a Char, trailing blanks of a Text do not compare either
    [InlineData("t BETWEEN c AND 'a'", "a  ", "a")]
    [InlineData("t IN ('a ', c)", "a", "b")]
    [InlineData("c = 'a   ' AND c LIKE 'a'", "b", "a  ")]
    [InlineData("c >= 'a   ' AND c <= 'a'", "b", "a ")]
    public void Trailing_blanks_that_do_not_compare_leave_no_row_out(string condition, string text, string character)
    {
        var schema = new TableSchema([new Column("t", ColumnType.Text), new Column("c", ColumnType.Char)]);
        var row = Expressions.Row(schema, [text, character]);
        var zones = new TableZones(schema, 1_000, [0, 1]);
        zones.Widen(0, row, Expressions.Offsets(schema, row));
        var compiled = ExpressionBinder.CompileCondition(condition, schema);
        Assert.True(compiled.EvaluateCondition(row, Expressions.Offsets(schema, row), default, out _));
        Assert.True(BlockJudge.Of(compiled).MayHold(zones.View(0)));
    }

    [Theory]
    [InlineData("i = 10 AND t > 'a'", "i,t", "i,t")]
    [InlineData("i IN (1, 2) OR z IS NULL", "i,z", "i")]
    [InlineData("k = 9007199254740992e0", "k", "")]
    [InlineData("t LIKE 'a%' AND c LIKE 'b'", "t,c", "c")]
    [InlineData("i + 1 = 5", "", "")]
    public void It_says_what_it_looks_at(string condition, string zones, string blooms)
    {
        var judge = Judge(condition);
        Assert.Equal(zones, string.Join(',', judge.ZoneColumns.Select(c => s_schema.Columns[c].Name)));
        Assert.Equal(blooms, string.Join(',', judge.BloomColumns.Select(c => s_schema.Columns[c].Name)));
    }

    [Theory]
    [InlineData("i + 1 = 5")]
    [InlineData("i = 5 OR i + 1 = 5")]
    [InlineData("NOT (i + 1 = 5 AND k = 3)")]
    [InlineData("TRUE OR i = 5")]
    [InlineData("i = k")]
    [InlineData("u = uuid()")]
    public void A_judge_that_can_never_say_no_says_so(string condition) => Assert.False(Judge(condition).IsUseful);

    [Fact]
    public void The_moment_of_the_statement_is_a_constant_where_it_is_known()
    {
        var condition = ExpressionBinder.CompileCondition("tz > now() - INTERVAL '1.00:00:00' AND d <= today()", s_schema);
        Assert.True(BlockJudge.Of(condition).MayHold(s_zones.View(0)), "without a moment anything may be");
        Assert.False(BlockJudge.Of(condition, Expressions.Context).MayHold(s_zones.View(0)));
        Assert.True(BlockJudge.Of(ExpressionBinder.CompileCondition("tz < now()", s_schema), Expressions.Context).HoldsForAll(s_zones.View(0)));
    }

    [Fact]
    public void A_long_list_is_judged_by_what_lies_within_the_bounds()
    {
        var far = string.Join(", ", Enumerable.Range(1_000, 2_000));
        Assert.False(Judge($"i IN ({far})").MayHold(s_zones.View(0)));
        Assert.True(Judge($"i IN ({far}, 10)").MayHold(s_zones.View(0)));
        Assert.True(Judge($"k NOT IN ({far})").HoldsForAll(s_zones.View(0)));
    }

    [Fact]
    public void Asking_allocates_nothing()
    {
        var judge = Judge("i = 10 AND k IN (1, 2, 10, 30) AND t LIKE 'k1%' AND n BETWEEN 1 AND 30 AND z IS NULL AND NOT (f > 100) OR starts_with(c, 'k')");
        var may = Ask(judge, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        may &= Ask(judge, 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(may);
    }

    private static bool Ask(BlockJudge judge, int times)
    {
        var may = true;
        for (var i = 0; i < times; i++)
            may &= judge.MayHold(s_zones.View(0)) | judge.HoldsForAll(s_zones.View(0));
        return may;
    }

    private static BlockJudge Judge(string condition) => BlockJudge.Of(ExpressionBinder.CompileCondition(condition, s_schema));

    private static TableZones Make()
    {
        var zones = new TableZones(s_schema, 1_000, Enumerable.Range(0, s_schema.Columns.Length).Where(i => s_schema.Columns[i].Type != ColumnType.Json), 0.0001);
        foreach (var v in new[] { 10, 20 })
        {
            var row = Expressions.Row(s_schema, [
                true, v, (long)v, (decimal)v, (double)v, (float)v, $"k{v}", $"k{v}  ", new[] { (byte)v }, new DateOnly(2020, 1, v), new TimeOnly(0, 0, v),
                new DateTime(2020, 1, v), new DateTimeOffset(2020, 1, v, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromSeconds(v),
                Guid.Parse($"{v:x2}000000-0000-0000-0000-000000000001"), "{}", null]);
            zones.Widen(0, row, Expressions.Offsets(s_schema, row));
        }

        return zones;
    }
}
