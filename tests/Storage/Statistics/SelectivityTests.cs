using System.Globalization;

namespace Helios.Pipeline.Storage.Tests;

public sealed class SelectivityTests
{
    private const int Rows = 10_000;

    public static TheoryData<string> Distributions => ["even", "few", "skewed", "clustered"];

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Ranges_of_numbers_are_estimated_within_four_percent_of_all_rows(string distribution) => Seed.Run(random =>
    {
        foreach (var type in new[] { ColumnType.Int8, ColumnType.Float8, ColumnType.Numeric })
        {
            var values = Numbers(distribution, random);
            decimal[] sorted = [.. values.OfType<decimal>().Order()];
            var column = Sketches.Of(type, values.Select(v => v is { } number ? FilterValues.TryOf(type, number, random) : null));
            for (var i = 0; i < 100; i++)
            {
                var (low, high) = (Near(values, random), Near(values, random));
                (low, high) = low <= high ? (low, high) : (high, low);
                var (from, to) = (Constant(type, low), Constant(type, high));
                var (less, notGreater, notAboveHigh) = (Below(sorted, low), Below(sorted, low + 1), Below(sorted, high + 1)); // whole numbers all
                Check(less, Selectivity.Less(column, from, orEqual: false), $"{type} < {low}");
                Check(notGreater, Selectivity.Less(column, from, orEqual: true), $"{type} <= {low}");
                Check(sorted.Length - notGreater, Selectivity.Greater(column, from, orEqual: false), $"{type} > {low}");
                Check(sorted.Length - less, Selectivity.Greater(column, from, orEqual: true), $"{type} >= {low}");
                Check(notAboveHigh - less, Selectivity.Between(column, from, to), $"{type} between {low} and {high}", 2);
            }
        }

        void Check(int count, double estimate, string what, double factor = 1)
        {
            var truth = count / (double)Rows;
            Assert.True(Math.Abs(estimate - truth) <= 0.04 * factor, $"{distribution} {what}: estimated {estimate:F4}, is {truth:F4}");
        }
    });

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Equality_is_estimated_within_a_factor_of_two_or_half_a_percent_of_all_rows(string distribution) => Seed.Run(random =>
    {
        var values = Numbers(distribution, random);
        var column = Sketches.Of(ColumnType.Int8, values.Select(v => v is { } number ? (object)(long)number : null));
        for (var i = 0; i < 100; i++)
        {
            var value = Near(values, random);
            var truth = values.Count(v => v == value) / (double)Rows;
            var constant = Constant(ColumnType.Int8, value);
            var estimate = Selectivity.Equal(column, constant);
            Assert.True(estimate <= (truth * 2) + 0.005 && estimate >= (truth / 2) - 0.005, $"{distribution} = {value}: estimated {estimate:F5}, is {truth:F5}");
            Assert.Equal(1 - column.NullFraction - estimate, Selectivity.NotEqual(column, constant), 9);
            Assert.Equal(Math.Min(2 * estimate, 1 - column.NullFraction), Selectivity.In(column, [constant, constant]), 9);
        }
    });

    [Fact]
    public void Beginnings_of_texts_are_estimated_within_four_percent_of_all_rows() => Seed.Run(random =>
    {
        string?[] values = [.. Enumerable.Range(0, Rows).Select(_ => random.Next(10) == 0 ? null : $"{"abcx"[Math.Min(3, random.Next(9))]}{random.Next(100):D2}-{random.Next(1_000_000)}")];
        var column = Sketches.Of(ColumnType.Text, values);
        foreach (var prefix in new[] { "a", "b", "x", "x0", "x5", "y", "" })
        {
            var truth = values.Count(v => v?.StartsWith(prefix, StringComparison.Ordinal) == true) / (double)Rows;
            Assert.InRange(Selectivity.Prefix(column, System.Text.Encoding.UTF8.GetBytes(prefix)), truth - 0.04, truth + 0.04);
        }

        Assert.InRange(Selectivity.Prefix(column, "x55-123456"u8), 0.9 / Rows / 2, 0.001);
    });

    [Fact]
    public void A_constant_of_another_type_is_estimated_as_it_is_compared()
    {
        var column = Sketches.Of(ColumnType.Int4, Enumerable.Range(0, 1_000).Select(i => (object?)(long)(i % 10)));
        Assert.Equal(0.1, Selectivity.Equal(column, Sketches.Constant(ColumnType.Int4, "5.0")), 6);
        Assert.Equal(0, Selectivity.Equal(column, Sketches.Constant(ColumnType.Int4, "5.5")));
        Assert.Equal(0.6, Selectivity.Less(column, Sketches.Constant(ColumnType.Int4, "5.5"), orEqual: false), 1);
    }

    [Fact]
    public void What_is_not_there_is_estimated_as_one_row_at_most()
    {
        var column = Sketches.Of(ColumnType.Int4, Enumerable.Range(0, 1_000).Select(i => (object?)(long)(i % 10)));
        Assert.Equal(0.001, Selectivity.Equal(column, Sketches.Constant(ColumnType.Int4, "11")), 9);
        Assert.Equal(0, Selectivity.Less(column, Sketches.Constant(ColumnType.Int4, "0"), orEqual: false));
        Assert.Equal(1, Selectivity.Greater(column, Sketches.Constant(ColumnType.Int4, "-5"), orEqual: true));
        Assert.Equal(0, Selectivity.Between(column, Sketches.Constant(ColumnType.Int4, "7"), Sketches.Constant(ColumnType.Int4, "3")));
    }

    [Fact]
    public void Values_that_are_not_common_share_what_the_common_ones_leave()
    {
        // Ten values 100 times each, four others 1, 2, 3 and 4 times.
        var common = Enumerable.Range(0, 1_000).Select(i => (object?)(long)(i % 10));
        var column = Sketches.Of(ColumnType.Int4, [.. common, 20L, 21L, 21L, 22L, 22L, 22L, 23L, 23L, 23L, 23L]);
        Assert.Equal(100.0 / 1_010, Selectivity.Equal(column, Sketches.Constant(ColumnType.Int4, "7")), 9);
        Assert.Equal(10.0 / 1_010 / 4, Selectivity.Equal(column, Sketches.Constant(ColumnType.Int4, "21")), 9);
    }

    [Fact]
    public void Within_a_bucket_values_lie_evenly_and_a_bound_that_comes_twice_is_a_bucket_of_equal_ones()
    {
        ulong[] bounds = [100, 200, 200, 300];
        Assert.Equal(0.25 / 3, Histogram.Rank(bounds, ColumnType.Int8, 125, orEqual: false), 9);
        Assert.Equal((1.0 / 3, 2.0 / 3), (Histogram.Rank(bounds, ColumnType.Int8, 200, orEqual: false), Histogram.Rank(bounds, ColumnType.Int8, 200, orEqual: true)));
        Assert.Equal((0.0, 1.0), (Histogram.Rank(bounds, ColumnType.Int8, 100, orEqual: false), Histogram.Rank(bounds, ColumnType.Int8, 300, orEqual: true)));

        // Codes of doubles are far from even.
        ulong[] doubles = [ZoneCode.Of(-10.0), ZoneCode.Of(1_000_000.0)];
        Assert.Equal(0.5, Histogram.Rank(doubles, ColumnType.Float8, ZoneCode.Of(500_000.0), orEqual: false), 4);
        Assert.InRange(Histogram.Rank([0, ZoneCode.Of(double.NaN)], ColumnType.Float8, ZoneCode.Of(1.0), orEqual: true), 0, 1);
    }

    [Fact]
    public void NULLs_are_let_through_by_IS_NULL_alone()
    {
        var column = Sketches.Of(ColumnType.Int4, Enumerable.Range(0, 1_000).Select(i => i % 4 == 0 ? null : (object?)(long)i));
        Assert.Equal((0.25, 0.75), (Selectivity.IsNull(column), Selectivity.IsNotNull(column)));
        Assert.Equal(0.75, Selectivity.Less(column, Sketches.Constant(ColumnType.Int4, "5000"), orEqual: true));
        var nulls = Sketches.Of(ColumnType.Int4, new object?[50]);
        Assert.Equal(0, Selectivity.Equal(nulls, Sketches.Constant(ColumnType.Int4, "1")));
    }

    [Fact]
    public void Without_statistics_there_are_guesses_and_conditions_together_never_fall_below_the_floor()
    {
        var five = Sketches.Constant(ColumnType.Int4, "5");
        Assert.Equal((0.01, 0.99, 0.1), (Selectivity.Equal(null, five), Selectivity.NotEqual(null, five), Selectivity.In(null, [five])));
        Assert.Equal((0.33, 0.33, 0.2), (Selectivity.Less(null, five, true), Selectivity.Greater(null, five, false), Selectivity.Between(null, five, five)));
        Assert.Equal((0.1, 0.9, 0.1), (Selectivity.IsNull(null), Selectivity.IsNotNull(null), Selectivity.Prefix(null, "a"u8)));
        Assert.Equal((0.33 * 0.5, 0.001, 1), (Selectivity.All([0.33, 0.5]), Selectivity.All([0.01, 0.01, 0.5]), Selectivity.All([])));
    }

    private static decimal?[] Numbers(string distribution, Random random) =>
    [
        .. Enumerable.Range(0, Rows).Select(_ => random.Next(10) == 0 ? (decimal?)null : distribution switch
        {
            "even" => random.Next(-50_000, 50_000),
            "few" => random.Next(8) * 3,
            "skewed" => Math.Round((decimal)Math.Pow(10, 6 * Math.Pow(random.NextDouble(), 4))),
            _ => (random.Next(6) * 1_000_000) + random.Next(100),
        }),
    ];

    private static int Below(decimal[] sorted, decimal value)
    {
        var (from, to) = (0, sorted.Length);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (sorted[middle] < value)
                from = middle + 1;
            else
                to = middle;
        }

        return from;
    }

    private static decimal Near(decimal?[] values, Random random) =>
        (values[random.Next(Rows)] ?? 0) + (random.Next(3) == 0 ? random.Next(-3, 4) : 0);

    private static ZoneRange Constant(ColumnType type, decimal value)
    {
        var text = value.ToString(CultureInfo.InvariantCulture);
        return Sketches.Constant(type, text);
    }
}
