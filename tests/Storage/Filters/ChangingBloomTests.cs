namespace Helios.Pipeline.Storage.Tests;

/// <summary>Columns get bloom filters, and lose them, while there are rows.</summary>
public sealed class ChangingBloomTests
{
    private static readonly TableSchema s_schema = new([new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text), new Column("doc", ColumnType.Json)]);

    [Fact]
    public void A_column_that_gets_filters_later_may_have_anything_in_the_blocks_that_are_there_until_they_are_replaced()
    {
        var zones = new TableZones(s_schema, 100, [0]);
        Widen(zones, 0, 1L, "a");
        Widen(zones, 0, 9L, "z");
        zones.UseBlooms([0, 1]);
        Assert.Equal<IEnumerable<int>>([0, 1], zones.BloomColumns);
        Assert.True(zones.LacksBlooms(0));
        Assert.True(May(zones, 0, "name = 'm'"));
        Assert.False(May(zones, 0, "id = 5"), "the filter that was there stays");
        Widen(zones, 0, 5L, "m");
        Assert.True(May(zones, 0, "id = 5"));

        Widen(zones, 1, 5L, "m"); // a block that begins later has filters of its own
        Assert.False(zones.LacksBlooms(1));
        Assert.False(May(zones, 1, "name = 'a'"));

        var anew = new TableZones(s_schema, 100, [0, 1]);
        Widen(anew, 0, 5L, "a");
        Widen(anew, 0, 6L, "z");
        zones.Replace(0, anew);
        Assert.False(zones.LacksBlooms(0) || May(zones, 0, "name = 'm'"));
        Assert.True(May(zones, 0, "name = 'a'") && May(zones, 0, "name = 'z'"));
    }

    [Fact]
    public void A_replacement_without_a_filter_leaves_everything_possible_there()
    {
        var zones = new TableZones(s_schema, 100, [0, 1]);
        Widen(zones, 0, 1L, "a");
        var anew = new TableZones(s_schema, 100, [0]);
        Widen(anew, 0, 1L, "a");
        Widen(anew, 0, 9L, "z");
        zones.Replace(0, anew);
        Assert.True(May(zones, 0, "name = 'm'") && zones.LacksBlooms(0));
        Assert.False(May(zones, 0, "id = 5") || May(zones, 0, "id > 9"));
    }

    [Fact]
    public void Memory_of_filters_that_go_is_given_back_and_bounds_stay()
    {
        var (plain, zones) = (new TableZones(s_schema, 100), new TableZones(s_schema, 100));
        zones.UseBlooms([0, 1]);
        for (var block = 0UL; block < 600; block++)
        {
            Widen(plain, block, 1L, "a");
            Widen(zones, block, 1L, "a");
        }

        Assert.True(zones.Bytes > plain.Bytes + (600 * 2 * 120));
        zones.ForgetBlooms(7);
        Assert.True(May(zones, 7, "id = 1") && zones.LacksBlooms(7));
        zones.UseBlooms([1]);
        zones.UseBlooms([]);
        Assert.Equal(plain.Bytes, zones.Bytes);
        Assert.False(May(zones, 7, "id > 1"));

        foreach (var chunk in zones.Chunks)
            zones.Remove(chunk);
        Assert.Equal(new TableZones(s_schema, 100).Bytes, zones.Bytes);
    }

    [Fact]
    public void A_saturated_filter_says_perhaps_of_everything()
    {
        var zones = new TableZones(s_schema, 100, [0]);
        for (var i = 0L; i < 200; i++)
            Widen(zones, 0, i * 2, "a");
        Assert.False(zones.LacksBlooms(0));
        Assert.InRange(Enumerable.Range(0, 199).Count(i => May(zones, 0, $"id = {(i * 2) + 1}")), 1, 80); // twice the rows it was made for: one in six
        for (var i = 0L; i < 100; i++)
            Widen(zones, 0, 1_000 + (i * 2), "a");
        Assert.True(zones.LacksBlooms(0));
        Assert.True(May(zones, 0, "id = 1"));
        Assert.False(May(zones, 0, "id = -1"), "the bounds say no");
    }

    [Fact]
    public void Columns_that_are_never_compared_or_do_not_exist_are_refused_and_nothing_changes()
    {
        var zones = new TableZones(s_schema, 100, [0]);
        Assert.Throws<ArgumentException>(() => zones.UseBlooms([0, 2]));
        Assert.Throws<ArgumentException>(() => zones.UseBlooms([3]));
        Assert.Equal<IEnumerable<int>>([0], zones.BloomColumns);
    }

    [Fact]
    public void Without_its_filters_a_block_is_judged_by_its_bounds()
    {
        var zones = new TableZones(s_schema, 100, [0]);
        Widen(zones, 0, 1L, "a");
        Widen(zones, 0, 9L, "a");
        var judge = BlockJudge.Of(ExpressionBinder.CompileCondition("id = 5", s_schema));
        Assert.True(judge.MayHold(zones.View(0).WithoutBlooms));
        Assert.False(judge.MayHold(zones.View(0)));
    }

    [Theory]
    [InlineData("id = 5", "0")]
    [InlineData("5 = id AND name > 'a'", "0")]
    [InlineData("id = 5 AND name = 'a'", "0 1")]
    [InlineData("id = 5 OR name = 'a'", "0 1")]
    [InlineData("id = 5 OR name > 'a'", "")]     // one of both is not enough
    [InlineData("NOT (id <> 5)", "0")]
    [InlineData("NOT (id <> 5 AND name <> 'a')", "0 1")]
    [InlineData("NOT (id <> 5 OR name > 'a')", "0")]
    [InlineData("id IS NOT DISTINCT FROM 5", "0")]
    [InlineData("name LIKE 'abc'", "1")]
    [InlineData("id IN (1, 2, NULL)", "0*")]
    [InlineData("name IN ('a')", "1*")]
    [InlineData("id IN (1, 2) AND id = 1", "0 0*")]
    [InlineData("id <> 5", "")]
    [InlineData("id < 5", "")]
    [InlineData("id >= 5", "")]
    [InlineData("id BETWEEN 5 AND 6", "")]
    [InlineData("NOT (id = 5)", "")]
    [InlineData("id NOT IN (1, 2)", "")]
    [InlineData("id IS NULL", "")]
    [InlineData("id = NULL", "")]
    [InlineData("id IN (NULL)", "")]
    [InlineData("name LIKE 'abc%'", "")]
    [InlineData("id + 1 = 5", "")]
    [InlineData("id = 1e300", "")]               // no value is equal: the bounds say so
    public void A_condition_tells_the_columns_whose_filters_could_spare_blocks(string condition, string expected)
    {
        var probes = BlockJudge.Of(ExpressionBinder.CompileCondition(condition, s_schema)).Probes;
        Assert.Equal(expected, string.Join(' ', probes.Select(p => $"{p.Column}{(p.IsList ? "*" : "")}").Order(StringComparer.Ordinal)));
    }

    private static void Widen(TableZones zones, ulong block, long id, string name)
    {
        var row = Expressions.Row(s_schema, [id, name, null]);
        zones.Widen(block, row, Expressions.Offsets(s_schema, row));
    }

    private static bool May(TableZones zones, ulong block, string condition) =>
        BlockJudge.Of(ExpressionBinder.CompileCondition(condition, s_schema)).MayHold(zones.View(block));
}
