namespace Helios.Pipeline.Storage.Tests;

public sealed class BatchConditionRowsTests
{
    private static readonly TableSchema s_schema = new([
        new Column("id", ColumnType.Int8), new Column("ts", ColumnType.Timestamptz), new Column("device", ColumnType.Text), new Column("value", ColumnType.Float8),
        new Column("qty", ColumnType.Int4), new Column("payload", ColumnType.Bytea),
    ]);

    [Theory]
    [InlineData("value < 0.5 AND device LIKE 'dev1%' AND id IN (97, 1067, 1164, 1261, 5, 6, 7, 8, 9, 10)")]
    [InlineData("ts BETWEEN TIMESTAMPTZ '0001-01-01 00:00Z' AND now() - INTERVAL '00:00:01' OR qty > 2.5 OR payload IS NULL OR NOT (id < qty)")]
    [InlineData("qty % 7 = 3 AND length(device) > 2 AND value * 2 < 1e0")]
    public void A_batch_allocates_nothing_after_the_first(string text)
    {
        var context = new EvaluationContext(TimeProvider.System, Guid.NewGuid);
        var condition = new BatchCondition(ExpressionBinder.CompileCondition(text, s_schema), s_schema);
        using var rows = Rows(RowBatch.MaxRows);
        var selected = new ushort[RowBatch.MaxRows];
        for (var i = 0; i < 40; i++)
            condition.Select(rows, context, selected, out _); // everything that is made once is made here
        var before = GC.GetAllocatedBytesForCurrentThread();
        var count = 0;
        for (var i = 0; i < 100; i++)
            count += condition.Select(rows, context, selected, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(count, 1, 100 * RowBatch.MaxRows);
    }

    [Fact]
    public void Damaged_rows_are_refused_as_corrupt_and_never_read_beyond_their_end() => Seed.Run(random =>
    {
        var conditions = new[] { "value < 0.5", "device = 'dev7' OR payload IS NULL", "qty > 3 AND id <> 7", "payload = X'00' AND ts IS NOT NULL", "device LIKE '%7' OR qty < id" }
            .Select(text => new BatchCondition(ExpressionBinder.CompileCondition(text, s_schema), s_schema)).ToArray();
        var selected = new ushort[RowBatch.MaxRows];
        var refused = 0;
        for (var i = 0; i < 3_000; i++)
        {
            using var whole = Rows(random.Next(1, 4));
            using var rows = RowBatch.Rent();
            for (var row = 0; row < whole.Count; row++)
            {
                var bytes = whole[row].ToArray();
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)random.Next(0xc0, 0xe0);
                rows.Add(whole.Id(row), whole.Version(row), bytes.AsSpan(0, random.Next(3) == 0 ? random.Next(bytes.Length) : bytes.Length));
            }

            try
            {
                conditions[i % conditions.Length].Select(rows, default, selected, out _);
            }
            catch (HeliosException e)
            {
                Assert.Equal((HeliosErrorKind.Corrupt, "corrupt"), (e.Kind, e.Code));
                refused++;
            }
        }

        Assert.InRange(refused, 500, 2_950);
    });

    [Fact]
    public void A_value_cut_at_the_end_of_its_row_is_not_read_on_in_the_next_one()
    {
        var condition = new BatchCondition(ExpressionBinder.CompileCondition("id = 1", s_schema), s_schema);
        using var rows = RowBatch.Rent();
        rows.Add(new RowId(1), new Lsn(1), [0x97, 1, MessagePackToken.UInt64, 0, 0, 0]);
        rows.Add(new RowId(2), new Lsn(1), [0, 0, 0, 0, 1, 0]); // would be the rest of it
        Assert.Equal(HeliosErrorKind.Corrupt, Assert.Throws<HeliosException>(() => condition.Select(rows, default, new ushort[2], out _)).Kind);
    }

    [Fact]
    public void A_row_with_fewer_columns_than_the_table_is_corrupt_even_where_the_condition_asks_for_none_of_them()
    {
        var condition = new BatchCondition(ExpressionBinder.CompileCondition("id = 1", s_schema), s_schema);
        using var rows = RowBatch.Rent();
        rows.Add(new RowId(1), new Lsn(1), [0x92, 1, 1]);
        Assert.Equal(HeliosErrorKind.Corrupt, Assert.Throws<HeliosException>(() => condition.Select(rows, default, new ushort[1], out _)).Kind);
    }

    [Fact]
    public void A_condition_is_as_good_as_new_after_damage_and_after_a_failure()
    {
        var condition = new BatchCondition(ExpressionBinder.CompileCondition("10 / qty > 3 AND value < 0.5", s_schema), s_schema);
        var selected = new ushort[RowBatch.MaxRows];
        using var damaged = RowBatch.Rent();
        damaged.Add(new RowId(1), new Lsn(1), [0x97, 1, 1]);
        Assert.Throws<HeliosException>(() => condition.Select(damaged, default, selected, out _));

        using var rows = Rows(9);
        Assert.Equal(0, condition.Select(rows, default, selected, out var fault)); // row 0 divides by zero
        Assert.Equal((RowFault.ExpressionFailed, 0), (fault.Code, condition.FailedRow));

        using var few = RowBatch.Rent();
        few.Add(new RowId(1), new Lsn(1), rows[1]);
        Assert.Equal(1, condition.Select(few, default, selected, out fault));
        Assert.Equal((null, -1), (fault.Code, condition.FailedRow));
    }

    private static RowBatch Rows(int count)
    {
        var rows = RowBatch.Rent();
        for (var i = 0; i < count; i++)
            rows.Add(new RowId((ulong)i), new Lsn(1), Expressions.Row(s_schema, [(long)i * 97, new DateTimeOffset(i + 1, TimeSpan.Zero), $"dev{i % 20}", i % 100 / 100.0, i % 10, new byte[20]]));
        return rows;
    }
}
