namespace Helios.Pipeline.Storage.Tests;

public sealed class StatisticsCodecTests
{
    [Fact]
    public void What_was_written_is_read_for_every_type() => Seed.Run(random =>
    {
        for (var round = 0; round < 12; round++)
        {
            var statistics = Sample(random, random.Next(2_000));
            var bytes = StatisticsCodec.Encode(statistics);
            var read = StatisticsCodec.Decode(bytes);
            Assert.Equal(bytes, StatisticsCodec.Encode(read));
            AssertSame(statistics, read);
        }
    });

    [Fact]
    public void Damage_is_refused_or_gives_other_estimates_and_nothing_else() => Seed.Run(random =>
    {
        var bytes = StatisticsCodec.Encode(Sample(random, 60));
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = bytes.ToArray();
            damaged[i] ^= (byte)random.Next(1, 256);
            AssertRefusedOrCanonical(damaged);
            AssertRefusedOrCanonical(bytes[..i]);
        }

        AssertRefused(bytes[..^1]);
        AssertRefused([.. bytes, 0]);
        AssertRefused([]);
        var newer = bytes.ToArray();
        newer[0] = StatisticsCodec.Format + 1;
        Assert.Equal("format_too_new", Assert.Throws<HeliosException>(() => StatisticsCodec.Decode(newer)).Code);
    });

    [Fact]
    public void A_table_of_the_most_columns_fits_and_gives_up_its_histograms_first() => Seed.Run(random =>
    {
        foreach (var columns in new[] { 1, 20, 60, 200, 500, TableSchema.MaxColumns })
        {
            var one = Sketches.Of(ColumnType.Text, Enumerable.Range(0, 2_000).Select(_ => (object?)(random.Next(4) == 0 ? $"{new string('v', 60)}{random.Next(9)}" : $"{random.Next()}")));
            var statistics = new TableStatistics(one.Rows, 1, new Lsn(1), 1, [.. Enumerable.Repeat(one, columns)]);
            var bytes = StatisticsCodec.Encode(statistics);
            Assert.InRange(bytes.Length, 1, StatisticsCodec.MaxBytes);
            var read = StatisticsCodec.Decode(bytes);
            AssertSame(StatisticsCodec.Fit(statistics), read);
            var column = read.Columns[^1];
            Assert.Equal((one.DistinctCount, one.Nulls, one.ValueBytes), (column.DistinctCount, column.Nulls, column.ValueBytes));
            Assert.True(column.Histogram.IsEmpty || (column.MostCommon.Length == one.MostCommon.Length && column.Least is not null));
            Assert.Equal((columns <= 20, columns <= 60, columns <= 500), (column.Histogram.Length == one.Histogram.Length, !column.Histogram.IsEmpty, column.Least is not null));
        }
    });

    [Fact]
    public void A_histogram_of_fewer_buckets_keeps_its_ends_and_buckets_of_about_one_size()
    {
        var bounds = Enumerable.Range(0, 101).Select(i => (ulong)i).ToArray();
        Assert.Equal([0, 20, 40, 60, 80, 100], Histogram.Reduce(bounds, 5));
        var reduced = Histogram.Reduce(bounds, 12);
        Assert.Equal((0UL, 100UL, 13), (reduced[0], reduced[^1], reduced.Length));
        Assert.All(reduced.Skip(1).Zip(reduced), pair => Assert.InRange(pair.First - pair.Second, 8UL, 9UL));
    }

    /// <summary>Histograms hold codes: another code for a value needs another format.</summary>
    [Fact]
    public void Codes_are_what_format_1_says()
    {
        Assert.Equal(1, StatisticsCodec.Format);
        Assert.Equal([0x8000_0000_0000_0001, 0x7fff_ffff_ffff_fffe, 0x8000_0000_0000_0000], new[] { ZoneCode.Of(1L), ZoneCode.Of(-2L), ZoneCode.Of(0L) });
        Assert.Equal([0xbff8_0000_0000_0000, 0x4007_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xfff8_0000_0000_0000], new[] { ZoneCode.Of(1.5), ZoneCode.Of(-1.5), ZoneCode.Of(-0.0), ZoneCode.Of(double.NaN) });
        Assert.Equal([0x6162_6364_6566_6768, 0x6162_0000_0000_0000], new[] { ZoneCode.Of("abcdefghi"u8), ZoneCode.Of("ab"u8) });
        Assert.Equal((1UL << 63) + (39UL << 56) + 1_500_000_000_000_000, ZoneCode.Of(Numeric38.From(1.5m)));
        Assert.Equal((1UL << 63) - (40UL << 56) - 1_250_000_000_000_000, ZoneCode.Of(Numeric38.From(-12.5m)));
    }

    private static void AssertSame(TableStatistics one, TableStatistics other)
    {
        Assert.Equal(one with { Columns = default }, other with { Columns = default });
        Assert.Equal(one.Columns.Length, other.Columns.Length);
        foreach (var (a, b) in one.Columns.Zip(other.Columns))
        {
            Assert.Equal(a.MostCommon.AsEnumerable(), b.MostCommon);
            Assert.Equal(a.Histogram.AsEnumerable(), b.Histogram);
            Assert.Equal(a with { MostCommon = [], Histogram = [], CountError = 0 }, b with { MostCommon = [], Histogram = [], CountError = 0 });
            Assert.Equal(a.MostCommon.IsEmpty ? 0 : a.CountError, b.CountError);
        }
    }

    private static void AssertRefused(byte[] bytes) => Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => StatisticsCodec.Decode(bytes)).Code);

    private static void AssertRefusedOrCanonical(byte[] bytes)
    {
        try
        {
            Assert.Equal(bytes, StatisticsCodec.Encode(StatisticsCodec.Decode(bytes)));
        }
        catch (HeliosException e)
        {
            Assert.True(e.Code == "corrupt" || (e.Code == "format_too_new" && bytes[0] > StatisticsCodec.Format), e.Code);
        }
    }

    /// <summary>A column of each type.</summary>
    private static TableStatistics Sample(Random random, int rows)
    {
        var columns = Enum.GetValues<ColumnType>().Select(type => Sketches.Of(type, Enumerable.Range(0, rows).Select(_ => random.Next(9) == 0 ? null : FilterValues.Next(type, random))));
        return new TableStatistics(rows, random.NextInt64(), new Lsn((ulong)random.NextInt64((long)Lsn.Max.Value)), random.NextInt64(RowFormat.MaxTimestampTicks), [.. columns]);
    }
}
