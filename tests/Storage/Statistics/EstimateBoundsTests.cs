namespace Helios.Pipeline.Storage.Tests;

/// <summary>What Explain shows is a share of the rows, whatever the values are like, and whatever a disk has made of the statistics.</summary>
public sealed class EstimateBoundsTests
{
    public static IEnumerable<object[]> EveryComparedType() => Enum.GetValues<ColumnType>().Where(ZoneCode.IsDefined).Select(t => new object[] { t });

    [Theory]
    [MemberData(nameof(EveryComparedType))]
    public void An_estimate_is_between_none_and_all_for_every_type_and_also_of_statistics_that_are_damaged_and_can_be_read(ColumnType type) => Seed.Run(random =>
    {
        var sample = TypeSample.Of(type);
        var schema = new TableSchema([sample.Column with { Name = "c", IsNullable = true }]);
        for (var round = 0; round < 6; round++)
        {
            object?[] values = [.. Enumerable.Range(0, random.Next(2) == 0 ? random.Next(0, 12) : random.Next(12, 400)).Select(_ => random.Next(1 + (round * 2)) == 0 ? null : FilterValues.Next(type, random))];
            var statistics = Sketches.Of(schema, values.Select(sample.Row));
            var conditions = Enumerable.Range(0, 12).Select(_ => ExpressionBinder.CompileCondition(Condition(type, random, 0), schema)).ToArray();
            Check(statistics, conditions);
            var bytes = StatisticsCodec.Encode(statistics);
            var read = 0;
            for (var i = 0; i < bytes.Length; i++)
            {
                var damaged = bytes.ToArray();
                damaged[i] ^= (byte)(1 << random.Next(8));
                if (TryDecode(damaged) is not { } other)
                    continue;
                read++;
                Check(other, conditions);
            }

            Assert.True(read > 0, "no damage could be read");
        }
    });

    private static TableStatistics? TryDecode(byte[] bytes)
    {
        try
        {
            return StatisticsCodec.Decode(bytes);
        }
        catch (HeliosException error) when (error.Code is "corrupt" or "format_too_new")
        {
            return null;
        }
    }

    private static void Check(TableStatistics statistics, CompiledExpression[] conditions)
    {
        foreach (var condition in conditions)
        {
            var share = new ConditionEstimate(statistics, default).Of(condition.Root);
            Assert.True(share is >= 0 and <= 1, $"{condition}: {share} of {statistics.Rows} rows, {statistics.Columns[0]}"); // NaN is neither
        }
    }

    private static string Condition(ColumnType type, Random random, int depth) => random.Next(depth < 3 ? 14 : 9) switch
    {
        0 => $"c = {Literal(type, random)}",
        1 => $"c <> {Literal(type, random)}",
        2 => $"c < {Literal(type, random)}",
        3 => $"{Literal(type, random)} <= c",
        4 => $"c BETWEEN {Literal(type, random)} AND {Literal(type, random)}",
        5 => $"c IN ({Literal(type, random)}, {Literal(type, random)}, NULL)",
        6 => "c IS NULL",
        7 => $"c IS DISTINCT FROM {Literal(type, random)}",
        8 => type is ColumnType.Text or ColumnType.Varchar or ColumnType.Char ? $"c LIKE '{FilterValues.Show(FilterValues.Next(type, random)).Trim('\'').Replace("'", "", StringComparison.Ordinal)}%'" : $"c > {Literal(type, random)}",
        9 or 10 => $"NOT ({Condition(type, random, depth + 1)})",
        11 => $"({Condition(type, random, depth + 1)}) OR ({Condition(type, random, depth + 1)})",
        _ => $"({Condition(type, random, depth + 1)}) AND ({Condition(type, random, depth + 1)})",
    };

    private static string Literal(ColumnType type, Random random)
    {
        var sample = TypeSample.Of(type);
        var row = sample.Row(FilterValues.Next(type, random));
        var expression = ExpressionBinder.Compile(type == ColumnType.Char ? "c || ''" : "c", new TableSchema([sample.Column with { Name = "c" }])); // a literal is never a Char
        return ExpressionLiterals.Format(ExpressionLiterals.Of(expression.Evaluate(row, Expressions.Offsets(sample.Schema, row), default), 0)!);
    }
}
