using System.Text;

namespace Helios.Pipeline.Storage.Tests;

public sealed class ValueHashTests
{
    private static readonly ColumnType[] s_numbers = [ColumnType.Int2, ColumnType.Int4, ColumnType.Int8, ColumnType.Float4, ColumnType.Float8, ColumnType.Numeric];
    private static readonly Dictionary<(ColumnType, ColumnType), (TableSchema Schema, CompiledExpression IsEqual)> s_pairs = [];
    private static readonly ColumnType[] s_texts = [ColumnType.Varchar, ColumnType.Text, ColumnType.Char];

    [Fact]
    public void Values_that_any_comparison_calls_equal_have_one_hash_but_whole_numbers_that_doubles_cannot_tell_apart() => Seed.Run(random =>
    {
        var (equal, excepted) = (0, 0);
        for (var i = 0; i < 12_000; i++)
        {
            var pair = random.Next(4) == 0 ? s_texts : s_numbers;
            var (a, b) = (pair[random.Next(pair.Length)], pair[random.Next(pair.Length)]);
            if (random.Next(6) == 0)
                a = b = Enum.GetValues<ColumnType>().Where(ValueHash.IsDefined).ElementAt(random.Next(17));
            var number = FilterValues.NextNumber(random);
            var (x, y) = random.Next(2) == 0 && FilterValues.TryOf(a, number, random) is { } p && FilterValues.TryOf(b, number + random.Next(2), random) is { } q
                ? (p, q) : (FilterValues.Next(a, random), FilterValues.Next(b, random));
            if (!AreEqual(a, x, b, y))
                continue;
            equal++;
            if (FilterValues.Hash(a, x) == FilterValues.Hash(b, y))
                continue;
            Assert.True(IsRounded(a, x, b, y), $"{a} {FilterValues.Show(x)} = {b} {FilterValues.Show(y)}, but not their hashes");
            excepted++;
        }

        Assert.True(equal > 1_000 && excepted < equal / 4, $"{equal} equal pairs, {excepted} excepted");
    });

    [Fact]
    public void Different_values_have_different_hashes()
    {
        var seen = new HashSet<ulong>();
        for (var i = -5_000L; i < 5_000; i++)
            Assert.True(seen.Add(ValueHash.Of(i)) && seen.Add(ValueHash.Of(i + 0.5)) && seen.Add(ValueHash.Of(ExpressionValue.Of(i, ExpressionType.Date))) && seen.Add(ValueHash.OfText(Encoding.UTF8.GetBytes($"{i}"))));
        Assert.NotEqual(ValueHash.Of((1L << 53) + 1), ValueHash.Of(1L << 53)); // ids beside each other stay apart
    }

    [Theory]
    [InlineData("5", "5.0", "5e0", "5.000", "50e-1")]
    [InlineData("0", "-0.0", "-0e0", "0.00", "0e5")]
    [InlineData("0.1", "0.10", "1e-1", "0.1000000", "0.01e1")]
    [InlineData("9223372036854775807", "9223372036854775807.0", "9223372036854775807.00")]
    public void One_number_has_one_hash_however_it_is_written(params string[] all)
    {
        var hashes = all.Select(Hash).ToArray();
        Assert.All(hashes, hash => Assert.Equal(hashes[0], hash));
    }

    [Theory]
    [InlineData("5", "d95567d3795df2b2")]
    [InlineData("-1", "7b016d4ccc01c9bf")]
    [InlineData("9223372036854775807", "081aedd03dcfab63")]
    [InlineData("0.1", "7c55fab280cefe9b")]
    [InlineData("FLOAT 'NaN'", "f5299ed64e92ae43")]
    [InlineData("1e300", "2716a9f6ab317493")]
    [InlineData("''", "d8d13f8b2da6c9ad")]
    [InlineData("'Helios'", "82643ad2369fbde1")]
    [InlineData("X'0102'", "59f524f15dc328d6")]
    [InlineData("UUID '00112233-4455-6677-8899-aabbccddeeff'", "7140a11b153fd80c")]
    [InlineData("TRUE", "e058991d1f5d2173")]
    [InlineData("DATE '2026-02-03'", "b3a1368229dc5360")]
    [InlineData("TIME '04:05:06'", "9d24f9f7400feec0")]
    [InlineData("TIMESTAMP '2026-02-03 04:05:06'", "24178805e61f620d")]
    [InlineData("TIMESTAMPTZ '2026-02-03 04:05:06Z'", "4913f42e8db3503d")]
    [InlineData("INTERVAL '1.00:00:00'", "8ccab01773192176")]
    public void The_hash_of_a_value_never_changes(string literal, string hash) => Assert.Equal(hash, Hash(literal).ToString("x16"));

    private static ulong Hash(string text) => ValueHash.Of(ExpressionBinder.Compile(text, Expressions.Empty).Evaluate(default, default, default));

    private static bool AreEqual(ColumnType a, object x, ColumnType b, object y)
    {
        if (!s_pairs.TryGetValue((a, b), out var pair))
        {
            var columns = new TableSchema([TypeSample.Of(a).Column with { Name = "a" }, TypeSample.Of(b).Column with { Name = "b" }]);
            s_pairs[(a, b)] = pair = (columns, ExpressionBinder.CompileCondition("a = b", columns));
        }

        var (schema, isEqual) = pair;
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, 2);
        TypeSample.Of(a).Write(ref writer, x);
        TypeSample.Of(b).Write(ref writer, y);
        writer.End();
        var row = buffer.Written.ToArray();
        return isEqual.EvaluateCondition(row, Expressions.Offsets(schema, row), default, out _) == true;
    }

    private static bool IsRounded(ColumnType a, object x, ColumnType b, object y)
    {
        var isFloat = a is ColumnType.Float4 or ColumnType.Float8 || b is ColumnType.Float4 or ColumnType.Float8;
        var number = Convert.ToDouble(a is ColumnType.Float4 or ColumnType.Float8 ? x : y);
        return isFloat && Math.Abs(number) >= 1L << 53;
    }
}
