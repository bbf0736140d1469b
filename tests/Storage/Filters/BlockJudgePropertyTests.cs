namespace Helios.Pipeline.Storage.Tests;

public sealed class BlockJudgePropertyTests
{
    private const int RowsPerBlock = 4;

    [Fact]
    public void No_block_is_left_out_that_has_a_row_for_which_the_condition_holds_and_what_holds_for_all_holds_for_each() => Seed.Run(random =>
    {
        var (asked, left, whole) = Run(random, tables: 30, static (zones, schema, block, row, offsets) => zones.Widen(block, row, offsets));
        Assert.True(left > asked / 20 && whole > asked / 100, $"{asked} asked, {left} left out, {whole} whole: a judge that always says perhaps proves nothing");
    });

    /// <summary>The property finds a summary that is wrong: else it would prove nothing.</summary>
    [Theory]
    [InlineData(nameof(ForgetsNaN))]
    [InlineData(nameof(ForgetsNull))]
    [InlineData(nameof(ForgetsSomeTexts))]
    [InlineData(nameof(MixesUpBlocks))]
    [InlineData(nameof(SkipsEveryTenthRow))]
    public void A_summary_that_forgets_something_is_found_out(string defect) => Seed.Run(random =>
    {
        var widen = defect switch
        {
            nameof(ForgetsNaN) => ForgetsNaN,
            nameof(ForgetsNull) => ForgetsNull,
            nameof(ForgetsSomeTexts) => ForgetsSomeTexts,
            nameof(MixesUpBlocks) => MixesUpBlocks,
            _ => (Take)SkipsEveryTenthRow,
        };
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Run(random, tables: 1_000, widen)); // ends at the first that it finds
    });

    private delegate void Take(TableZones zones, TableSchema schema, ulong block, byte[] row, int[] offsets);

    private static void ForgetsNaN(TableZones zones, TableSchema schema, ulong block, byte[] row, int[] offsets) =>
        WidenWithout(zones, schema, block, row, (column, value) => column.Type == ColumnType.Float8 && !value.IsNull && double.IsNaN(value.GetDouble()));

    private static void ForgetsNull(TableZones zones, TableSchema schema, ulong block, byte[] row, int[] offsets) =>
        WidenWithout(zones, schema, block, row, static (_, value) => value.IsNull);

    private static void ForgetsSomeTexts(TableZones zones, TableSchema schema, ulong block, byte[] row, int[] offsets) =>
        WidenWithout(zones, schema, block, row, static (column, value) => column.Type == ColumnType.Text && !value.IsNull && value.GetUtf8().StartsWith("a"u8));

    private static void MixesUpBlocks(TableZones zones, TableSchema schema, ulong block, byte[] row, int[] offsets) => zones.Widen(block ^ 1, row, offsets);

    private static void SkipsEveryTenthRow(TableZones zones, TableSchema schema, ulong block, byte[] row, int[] offsets)
    {
        if (row[^1] % 10 != 0)
            zones.Widen(block, row, offsets);
    }

    private delegate bool Leaves(Column column, ValueView value);

    /// <summary>Takes in the row with what the block has already in place of some values: as if those were not seen.</summary>
    private static void WidenWithout(TableZones zones, TableSchema schema, ulong block, byte[] row, Leaves leaves)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, schema.Columns.Length);
        var offsets = Expressions.Offsets(schema, row);
        for (var i = 0; i < offsets.Length; i++)
        {
            var value = new ValueView(row.AsSpan(offsets[i]));
            if (!leaves(schema.Columns[i], value))
                writer.WriteRaw(value.Raw);
            else if (value.IsNull)
                TypeSample.Of(schema.Columns[i].Type).Write(ref writer, TypeSample.Of(schema.Columns[i].Type).Next(new Random(1)));
            else
                writer.WriteNull();
        }

        writer.End();
        zones.Widen(block, buffer.Written, Expressions.Offsets(schema, buffer.Written.ToArray()));
    }

    private static (int Asked, int Left, int Whole) Run(Random random, int tables, Take take)
    {
        var (asked, left, whole) = (0, 0, 0);
        for (var table = 0; table < tables; table++)
        {
            var generator = new ConditionGenerator(random);
            var blooms = Enumerable.Range(0, generator.Schema.Columns.Length).Where(i => ValueHash.IsDefined(generator.Schema.Columns[i].Type) && random.Next(2) == 0);
            var zones = new TableZones(generator.Schema, RowsPerBlock, blooms.ToArray());
            var blocks = new List<(ulong Block, List<(byte[] Row, int[] Offsets)> Rows)>();
            for (var i = 0; i < 12; i++)
                blocks.Add(Fill(generator, zones, random, take));
            for (var i = 0; i < 30; i++)
            {
                var text = generator.Condition(random.Next(4));
                var condition = ExpressionBinder.CompileCondition(text, generator.Schema);
                var judge = BlockJudge.Of(condition);
                foreach (var (block, rows) in blocks)
                {
                    var (mayHold, holdsForAll) = (judge.MayHold(zones.View(block)), judge.HoldsForAll(zones.View(block)));
                    Check(condition, judge.Judge(zones.View(block)), rows, generator.Schema);
                    Assert.True(mayHold || judge.IsUseful || rows.Count == 0, $"not useful, and yet it says no: {text}");
                    if (rows.Count > 0)
                        (asked, left, whole) = (asked + 1, left + (mayHold ? 0 : 1), whole + (holdsForAll ? 1 : 0));
                }
            }
        }

        return (asked, left, whole);
    }

    /// <summary>Whatever a row gives must be among what the judge expects: TRUE above all, and nothing but TRUE where that is all it expects.</summary>
    private static void Check(CompiledExpression condition, Outcomes expected, List<(byte[] Row, int[] Offsets)> rows, TableSchema schema)
    {
        foreach (var (row, offsets) in rows)
        {
            var value = condition.Evaluate(row, offsets, default);
            var given = value.IsFailure ? Outcomes.Failure : value.IsNull ? Outcomes.Null : value.Boolean ? Outcomes.True : Outcomes.False;
            Assert.True((expected & given) != 0, $"{condition} gives {given} and not {expected} over {Show(schema, row, offsets)}");
        }
    }

    private static (ulong Block, List<(byte[] Row, int[] Offsets)> Rows) Fill(ConditionGenerator generator, TableZones zones, Random random, Take take)
    {
        var block = zones.BlockOf(new RowId((ulong)random.NextInt64(1, 1L << random.Next(1, 48))));
        var focus = generator.Focus();
        var rows = new List<(byte[], int[])>();
        for (var i = random.Next(RowsPerBlock * 2); i > 0; i--) // with those that were updated or deleted since
        {
            var row = generator.Row(focus);
            var offsets = Expressions.Offsets(generator.Schema, row);
            take(zones, generator.Schema, block, row, offsets);
            rows.Add((row, offsets));
        }

        return (block, rows);
    }

    private static string Show(TableSchema schema, byte[] row, int[] offsets) =>
        string.Join(", ", schema.Columns.Select((c, i) => $"{c.Name} {c.Type} {Expressions.Show(ExpressionBinder.Compile(c.Name, schema).Evaluate(row, offsets, default))}"));
}
