namespace Helios.Pipeline.Storage.Tests;

public sealed class TableZonesTests
{
    private static readonly TableSchema s_schema = new([new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text), new Column("doc", ColumnType.Json)]);

    [Fact]
    public void One_row_with_a_huge_id_costs_one_chunk_and_no_more()
    {
        var zones = new TableZones(s_schema, rowsPerBlock: 1_000, [0]);
        var before = zones.Bytes;
        Widen(zones, new RowId((1UL << 48) - 1), 5L, "a", "{}");
        Assert.InRange(zones.Bytes - before, 1, 80 * 1024);
        Assert.True(May(zones, new RowId((1UL << 48) - 1), "id = 5"));
        Assert.False(May(zones, new RowId(1), "id = 5"));

        var wide = new TableSchema(Enumerable.Range(0, TableSchema.MaxColumns).Select(i => new Column($"c{i}", ColumnType.Int4)));
        var wideZones = new TableZones(wide, 1_000);
        var row = Expressions.Row(wide, new object?[TableSchema.MaxColumns]);
        before = wideZones.Bytes;
        wideZones.Widen(77, row, Expressions.Offsets(wide, row));
        Assert.InRange(wideZones.Bytes - before, 1, 80 * 1024);
    }

    [Fact]
    public void A_block_costs_about_17_bytes_for_each_column_besides_its_filters()
    {
        var schema = new TableSchema(Enumerable.Range(0, 16).Select(i => new Column($"c{i}", ColumnType.Int4)));
        var zones = new TableZones(schema, 1_000);
        var before = zones.Bytes;
        var row = Expressions.Row(schema, [.. Enumerable.Range(0, 16).Select(i => (object?)i)]);
        for (var block = 0UL; block < 2_560; block++)
            zones.Widen(block, row, Expressions.Offsets(schema, row));
        Assert.InRange((zones.Bytes - before) / (2_560.0 * 16), 16, 18);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    public void Blocks_are_ranges_of_row_ids_whatever_their_size(int rowsPerBlock)
    {
        var zones = new TableZones(s_schema, rowsPerBlock);
        foreach (var id in new RowId[] { new(1), new(999), new(1_000), new(123_456_789) })
        {
            var (first, last) = zones.RowsOf(zones.BlockOf(id));
            Assert.InRange(id.Value, first.Value, last.Value);
            Assert.Equal((ulong)rowsPerBlock, last.Value - first.Value + 1);
            Assert.Equal(zones.BlockOf(first), zones.BlockOf(last));
            Assert.NotEqual(zones.BlockOf(last), zones.BlockOf(new RowId(last.Value + 1)));
        }
    }

    [Fact]
    public void A_new_value_is_found_as_soon_as_its_row_is_taken_in() // and never missed because the summary was made before
    {
        var zones = new TableZones(s_schema, 1_000, [0, 1]);
        Widen(zones, new RowId(1), 5L, "a", null);
        Assert.False(May(zones, new RowId(1), "id = 6") || May(zones, new RowId(1), "name = 'b'") || May(zones, new RowId(1), "doc IS NOT NULL"));
        Widen(zones, new RowId(1), 6L, "b", "{}");
        Assert.True(May(zones, new RowId(1), "id = 6") && May(zones, new RowId(1), "name = 'b'") && May(zones, new RowId(1), "doc IS NOT NULL"));
        Assert.True(May(zones, new RowId(1), "id = 5"), "an older version is still there for older snapshots");
    }

    [Fact]
    public void A_forgotten_block_may_hold_anything_for_good_and_a_cleared_one_nothing_until_a_row_comes()
    {
        var zones = new TableZones(s_schema, 1_000, [0]);
        Widen(zones, new RowId(1), 5L, "a", "{}");
        var bytes = zones.Bytes;
        zones.Forget(zones.BlockOf(new RowId(1)));
        Widen(zones, new RowId(2), 5L, "a", "{}");
        foreach (var text in new[] { "id = 77", "id < -3", "id IS NULL", "name IS NOT NULL", "name LIKE 'x%'", "doc IS NULL" })
            Assert.True(May(zones, new RowId(1), text), text);
        Assert.True(zones.Bytes < bytes);

        zones.Clear(zones.BlockOf(new RowId(1)));
        foreach (var text in new[] { "id = 5", "id IS NULL", "name IS NOT NULL", "TRUE AND doc IS NULL" })
            Assert.False(May(zones, new RowId(1), text), text);
        Widen(zones, new RowId(2), 5L, "a", "{}");
        Assert.True(May(zones, new RowId(1), "id = 5"));
        Assert.Equal(bytes, zones.Bytes);
    }

    [Fact]
    public void A_summary_made_anew_replaces_a_wider_one()
    {
        var (zones, anew) = (new TableZones(s_schema, 1_000, [0]), new TableZones(s_schema, 1_000, [0]));
        Widen(zones, new RowId(1), 5L, "a", "{}");
        Widen(zones, new RowId(1), 90L, null, null);
        Widen(anew, new RowId(1), 5L, "a", "{}");
        zones.Replace(0, anew);
        Assert.False(May(zones, new RowId(1), "id > 5") || May(zones, new RowId(1), "name IS NULL"));
        Assert.True(May(zones, new RowId(1), "id = 5"));
        zones.Replace(0, new TableZones(s_schema, 1_000, [0]));
        Assert.False(May(zones, new RowId(1), "id = 5"));
        Assert.Throws<ArgumentException>(() => zones.Replace(0, new TableZones(s_schema, 1_000, [0], falsePositives: 0.2)));
        Assert.Throws<ArgumentException>(() => zones.Replace(0, new TableZones(s_schema, 500, [0])));
    }

    [Fact]
    public void Of_a_column_that_was_added_later_nothing_is_known()
    {
        var zones = new TableZones(s_schema, 1_000, [0]);
        Widen(zones, new RowId(1), 5L, "a", "{}");
        var altered = new TableSchema([.. s_schema.Columns, new Column("extra", ColumnType.Int4)]);
        foreach (var text in new[] { "extra = 1", "extra IS NULL", "extra IS NOT NULL", "extra > 7 AND id = 5" })
            Assert.True(BlockJudge.Of(ExpressionBinder.CompileCondition(text, altered)).MayHold(zones.View(0)), text);
        Assert.False(BlockJudge.Of(ExpressionBinder.CompileCondition("extra = 1 AND id = 6", altered)).MayHold(zones.View(0)));
    }

    [Fact]
    public void A_filter_is_refused_for_a_column_that_is_never_compared_or_does_not_exist()
    {
        Assert.Throws<ArgumentException>(() => new TableZones(s_schema, 1_000, [2]));
        Assert.Throws<ArgumentException>(() => new TableZones(s_schema, 1_000, [3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TableZones(s_schema, 0));
    }

    [Fact]
    public void Readers_beside_the_writer_never_miss_a_row_that_was_published_before_they_looked()
    {
        var zones = new TableZones(s_schema, 64, [0]);
        var ids = new long[20_000];
        var visible = 0;
        new Random(5).NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(ids.AsSpan()));
        var missed = 0L;
        var reader = new Thread(() =>
        {
            var random = new Random(7);
            while (Volatile.Read(ref visible) is var seen && seen < ids.Length)
            {
                if (seen == 0)
                    continue;
                var row = random.Next(2) == 0 ? seen - 1 : random.Next(seen);
                var view = zones.View(zones.BlockOf(new RowId((ulong)row)));
                var (least, greatest) = view.Zone(0);
                var code = ZoneCode.Of(ids[row]);
                if (code < least || code > greatest || !view.MayContain(0, ValueHash.Of(ids[row])) || (row % 3 == 0 && !view.HasNull(1)))
                    missed++;
            }
        });
        reader.Start();
        for (var i = 0; i < ids.Length; i++)
        {
            var row = Expressions.Row(s_schema, [ids[i], i % 3 == 0 ? null : "a", null]);
            zones.Widen(zones.BlockOf(new RowId((ulong)i)), row, Expressions.Offsets(s_schema, row));
            Volatile.Write(ref visible, i + 1);
        }

        reader.Join();
        Assert.Equal(0, missed);
    }

    private static void Widen(TableZones zones, RowId id, params object?[] values)
    {
        var row = Expressions.Row(s_schema, values);
        zones.Widen(zones.BlockOf(id), row, Expressions.Offsets(s_schema, row));
    }

    private static bool May(TableZones zones, RowId id, string condition) =>
        BlockJudge.Of(ExpressionBinder.CompileCondition(condition, s_schema)).MayHold(zones.View(zones.BlockOf(id)));
}
