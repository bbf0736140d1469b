using System.Globalization;

namespace Helios.Pipeline.Storage.Tests;

public sealed class ExpressionOracleTests
{
    [Fact]
    public void Random_expressions_over_random_rows_give_what_the_oracle_says_before_and_after_they_are_written_out() => Seed.Run(random =>
    {
        var generator = new OracleGenerator(random);
        var (values, failures, nulls) = (0, 0, 0);
        for (var i = 0; i < 1_500; i++)
        {
            var expression = generator.Any(random.Next(1, 5));
            var compiled = ExpressionBinder.Compile(expression.Text, OracleGenerator.Schema);
            var again = ExpressionBinder.Compile(compiled.ToString(), OracleGenerator.Schema);
            Assert.Equal(ExpressionParser.Parse(expression.Text), ExpressionParser.Parse(compiled.ToString()));
            Assert.Equal(compiled.ToString(), again.ToString());
            for (var j = 0; j < 5; j++)
            {
                var row = generator.Row();
                var expected = Meaning(expression, row);
                var bytes = Expressions.Row(OracleGenerator.Schema, row);
                var offsets = Expressions.Offsets(OracleGenerator.Schema, bytes);
                var why = $"{expression.Text} over ({string.Join(", ", row.Select(v => v ?? "NULL"))})";
                Assert.True(expected == Plain(compiled.Evaluate(bytes, offsets, default)), $"{why}: expected {expected}, gave {Expressions.Show(compiled.Evaluate(bytes, offsets, default))}");
                Assert.True(expected == Plain(again.Evaluate(bytes, offsets, default)), $"{compiled}: {why}");
                values++;
                failures += expected == "failure" ? 1 : 0;
                nulls += expected == "NULL" ? 1 : 0;
            }
        }

        Assert.InRange(failures, 1, values / 4); // the test would mean little where most fail or are NULL
        Assert.InRange(nulls, 1, values * 3 / 4);
    });

    private static string Meaning(OracleExpression expression, object?[] row)
    {
        try
        {
            return expression.Value(row) switch
            {
                null => "NULL",
                bool v => v ? "TRUE" : "FALSE",
                long v => v.ToString(CultureInfo.InvariantCulture),
                decimal v => "n" + (v == 0 ? 0 : v).ToString("0.############################", CultureInfo.InvariantCulture),
                double v => "f" + v.ToString("R", CultureInfo.InvariantCulture),
                var v => $"'{v}'",
            };
        }
        catch (OracleFailure)
        {
            return "failure";
        }
    }

    /// <summary>Without what the oracle does not know: the scale of a Numeric, the words of a failure.</summary>
    private static string Plain(ExpressionValue value)
    {
        if (value.IsFailure)
            return "failure";
        return value.Type == ExpressionType.Numeric
            ? "n" + decimal.Parse(value.Numeric.ToString(), CultureInfo.InvariantCulture).ToString("0.############################", CultureInfo.InvariantCulture)
            : Expressions.Show(value);
    }
}
