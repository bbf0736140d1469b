using System.Text;

namespace Helios.Pipeline.Storage.Tests;

public sealed class TableSketchTests
{
    public static IEnumerable<object[]> EveryType() => TypeSample.EveryType();

    /// <summary>The oracle is the order of keys, which has tests of its own; it is not asked of the sketch.</summary>
    [Theory]
    [MemberData(nameof(EveryType))]
    public void Counts_least_greatest_and_common_values_are_those_of_the_rows_for_every_type(ColumnType type) => Seed.Run(random =>
    {
        var sample = TypeSample.Of(type);
        for (var round = 0; round < 20; round++)
        {
            var values = Enumerable.Range(0, random.Next(1, 120)).Select(_ => random.Next(5) == 0 ? null : FilterValues.Next(type, random)).ToArray();
            var (first, second) = (new TableSketch(sample.Schema, 1), new TableSketch(sample.Schema, 2));
            var cut = random.Next(values.Length + 1);
            Sketches.Add(first, sample.Schema, values[..cut].Select(sample.Row));
            Sketches.Add(second, sample.Schema, values[cut..].Select(sample.Row));
            first.Merge(second);
            var table = first.ToStatistics(new Lsn(9), Sketches.Time);
            var column = table.Columns[0];
            first.Dispose();
            second.Dispose();

            var rows = values.Select(sample.Row).ToArray();
            Assert.Equal((rows.Length, rows.Sum(row => (long)row.Length)), (table.Rows, table.TotalRowBytes));
            Assert.Equal((type, rows.LongLength, (long)values.Count(v => v is null)), (column.Type, column.Rows, column.Nulls));
            Assert.Equal(values.Where(v => v is not null).Sum(v => sample.Row(v).Length - 2L), column.ValueBytes);
            var there = values.Where(v => v is not null).Select(v => v!).ToArray();
            if (!ZoneCode.IsDefined(type))
            {
                Assert.Equal((null, null, null), (column.DistinctCount, column.Least, column.Greatest));
                Assert.True(column.MostCommon.IsEmpty && column.Histogram.IsEmpty);
                continue;
            }

            var hashes = there.CountBy(v => FilterValues.StatisticsHashOf(type, v)).ToDictionary();
            Assert.Equal(hashes.Count, column.DistinctCount);
            if (type is not (ColumnType.Varchar or ColumnType.Text)) // trailing blanks do not count there
                Assert.Equal(there.Select(v => Convert.ToHexString(sample.Key(v))).Distinct().Count(), column.DistinctCount);
            var components = there.Select(v => sample.Key(v)).Order(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))).ToArray();
            Assert.Equal(components.FirstOrDefault(), column.Least?.Component.ToArray());
            Assert.Equal(components.LastOrDefault(), column.Greatest?.Component.ToArray());
            Assert.Equal(there.Length < 10, column.Histogram.IsEmpty);
            Assert.All(column.MostCommon, value =>
            {
                Assert.Equal(hashes[value.Hash], value.Count);
                Assert.Contains(value.Value.Component.ToArray(), components);
            });
            Assert.True(hashes.Count > 10 || column.MostCommon.Length == hashes.Count);
        }
    });

    [Fact]
    public void Small_integers_floats_Booleans_and_days_are_ordered_as_values()
    {
        AssertEnds(ColumnType.Int2, -300L, 200L, 5L, -300L, 200L, -1L);
        AssertEnds(ColumnType.Float4, float.NegativeInfinity, 1e10f, 1f, float.NegativeInfinity, 1e10f, -2.5f);
        AssertEnds(ColumnType.Boolean, false, true, true, false, true);
        AssertEnds(ColumnType.Date, new DateOnly(1, 1, 1), new DateOnly(2026, 1, 1), new DateOnly(2026, 1, 1), new DateOnly(1999, 12, 31), new DateOnly(1, 1, 1));

        static void AssertEnds(ColumnType type, object least, object greatest, params object?[] values)
        {
            var column = Sketches.Of(type, [.. values, null, .. values]);
            var sample = TypeSample.Of(type);
            Assert.Equal(sample.Key(least), column.Least!.Value.Component.ToArray());
            Assert.Equal(sample.Key(greatest), column.Greatest!.Value.Component.ToArray());
            Assert.Equal(values.Distinct().Count(), column.DistinctCount);
            Assert.Equal(1.0 / ((2 * values.Length) + 1), column.NullFraction);
        }
    }

    [Fact]
    public void Every_NaN_is_one_value_and_the_greatest_and_both_zeros_are_one()
    {
        var column = Sketches.Of(ColumnType.Float8, [0.0, -0.0, double.NaN, -double.NaN, 1.0, double.PositiveInfinity, 0.0, -0.0, 0.0, double.NaN]);
        var sample = TypeSample.Of(ColumnType.Float8);
        Assert.Equal(4, column.DistinctCount);
        Assert.Equal(sample.Key(0.0), column.Least!.Value.Component.ToArray());
        Assert.Equal(sample.Key(double.NaN), column.Greatest!.Value.Component.ToArray());
        Assert.Equal([5, 3, 1, 1], column.MostCommon.Select(value => value.Count));
        Assert.Equal((ZoneCode.Of(0.0), ZoneCode.Of(double.NaN)), (column.Histogram[0], column.Histogram[^1]));
    }

    [Fact]
    public void Only_NULLs_have_no_least_value_and_no_rows_have_nothing()
    {
        var nulls = Sketches.Of(ColumnType.Int4, [null, null, null]);
        Assert.Equal((1.0, 0L, null, null, 0.0), (nulls.NullFraction, nulls.DistinctCount, nulls.Least, nulls.Greatest, nulls.AverageWidth));
        var none = Sketches.Of(TypeSample.Of(ColumnType.Int4).Schema, []);
        Assert.Equal((0L, 0.0, 0.0, 0L), (none.Rows, none.AverageRowBytes, none.Columns[0].NullFraction, none.Columns[0].DistinctCount));
    }

    [Fact]
    public void A_long_text_is_kept_as_its_beginning_and_stands_behind_the_text_that_is_just_that()
    {
        var whole = new string('b', 64);
        var column = Sketches.Of(ColumnType.Text, [whole, whole + "z", whole + "z", whole + "y"]);
        Assert.Equal((false, true), (column.Least!.Value.IsClipped, column.Greatest!.Value.IsClipped));
        Assert.Equal(column.Least.Value.Component.AsEnumerable(), column.Greatest.Value.Component);
        Assert.True(column.Least.Value.CompareTo(column.Greatest.Value) < 0);
        Assert.Equal((true, 2L), (column.MostCommon[0].Value.IsClipped, column.MostCommon[0].Count));
        Assert.Equal([1, .. Encoding.UTF8.GetBytes(whole[..32]), 0, 0], column.MostCommon[0].Value.Component.ToArray());

        var blanks = Sketches.Of(ColumnType.Char, ["a" + new string(' ', 30), "a"]);
        Assert.Equal(1, blanks.DistinctCount);
        Assert.Equal([1, (byte)'a', 0, 0], blanks.Greatest!.Value.Component.ToArray());
    }

    [Fact]
    public void Common_values_are_those_that_stand_out_and_a_unique_column_has_none() => Seed.Run(random =>
    {
        var unique = Sketches.Of(ColumnType.Int8, Enumerable.Range(0, 20_000).Select(i => (object?)(long)i));
        Assert.Empty(unique.MostCommon);
        var even = Sketches.Of(ColumnType.Int8, Enumerable.Range(0, 20_000).Select(i => (object?)(long)(i % 50)));
        Assert.Empty(even.MostCommon);
        var skewed = Sketches.Of(ColumnType.Int8, Enumerable.Range(0, 20_000).Select(i => (object?)(random.Next(4) == 0 ? 7L : random.NextInt64())));
        Assert.Equal(ValueHash.Of(7L), Assert.Single(skewed.MostCommon).Hash);
        Assert.InRange(skewed.FrequencyOf(skewed.MostCommon[0]), 0.25 - 0.01 - 0.02, 0.25 + 0.02);
    });

    [Fact]
    public void Memory_does_not_grow_with_the_rows_and_a_row_allocates_nothing() => Seed.Run(random =>
    {
        var schema = new TableSchema([.. Enum.GetValues<ColumnType>().Where(ZoneCode.IsDefined).Select(type => TypeSample.Of(type).Column with { Name = type.ToString() })]);
        byte[][] rows = [.. Enumerable.Range(0, 3_000).Select(_ => Row(schema, random))];
        using var sketch = new TableSketch(schema);
        for (var times = 0; times < 10; times++)
            Sketches.Add(sketch, schema, rows);
        var early = sketch.Bytes;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var times = 0; times < 10; times++)
            Sketches.Add(sketch, schema, rows);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(sketch.Bytes, early, early + (schema.Columns.Length * 256)); // one level more for each column
        Assert.InRange(sketch.Bytes, 1, schema.Columns.Length * 60L * 1024);
        Assert.InRange(allocated, 0, schema.Columns.Length * 24 * 1024); // that level; 30,000 rows of 17 columns
    });

    [Fact]
    public void The_same_rows_and_seed_give_the_same_statistics() => Seed.Run(random =>
    {
        var schema = new TableSchema([new Column("a", ColumnType.Int8), new Column("b", ColumnType.Text)]);
        byte[][] rows = [.. Enumerable.Range(0, 20_000).Select(_ => Expressions.Row(schema, [random.NextInt64(), random.Next(3) == 0 ? null : $"v{random.Next(900)}"]))];
        Assert.Equal(StatisticsCodec.Encode(Sketches.Of(schema, rows)), StatisticsCodec.Encode(Sketches.Of(schema, rows)));
    });

    [Fact]
    public void A_column_behind_the_last_one_is_not_counted_and_sketches_of_other_columns_do_not_merge()
    {
        var wide = new TableSchema([new Column("a", ColumnType.Int4), new Column("b", ColumnType.Text)]);
        var narrow = new TableSchema([new Column("a", ColumnType.Int4)]);
        var column = Sketches.Of(narrow, [Expressions.Row(wide, [5, "more"])]).Columns[0];
        Assert.Equal(1, column.ValueBytes);
        using var one = new TableSketch(wide);
        using var other = new TableSketch(narrow);
        Assert.Throws<ArgumentException>(() => one.Merge(other));
    }

    private static byte[] Row(TableSchema schema, Random random)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, schema.Columns.Length);
        foreach (var column in schema.Columns)
            TypeSample.Of(column.Type).Write(ref writer, FilterValues.Next(column.Type, random));
        writer.End();
        return buffer.Written.ToArray();
    }
}
