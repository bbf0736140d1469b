namespace Helios.Pipeline.Storage.Tests;

public sealed class ExpressionFuzzTests
{
    private static readonly string[] s_words =
    [
        "x", "i", "k", "n", "f", "t", "c", "\"Odd \"\"name\"\"\"", "1", "0", "-", "2.5", "1e3", "9223372036854775807", "''", "'a%'", "NULL", "TRUE", "(", ")", ",",
        "+", "*", "/", "%", "||", "=", "<>", "<=", "IS", "NOT", "DISTINCT", "FROM", "BETWEEN", "AND", "OR", "IN", "LIKE", "ESCAPE", "'!'", "CASE", "WHEN", "THEN",
        "ELSE", "END", "DATE '2026-02-03'", "INTERVAL '00:00:01'", "X'00'", "FLOAT 'NaN'", "length(", "substring(", "coalesce(", "greatest(", "now(", "uuid(", "round(", "abs(",
    ];

    [Fact]
    public void Random_words_and_characters_are_an_expression_or_refused() => Seed.Run(random =>
    {
        for (var i = 0; i < 10_000; i++)
            Try(string.Join(random.Next(4) == 0 ? "" : " ", Enumerable.Range(0, random.Next(12)).Select(_ => s_words[random.Next(s_words.Length)])), random);
        for (var i = 0; i < 5_000; i++)
            Try(string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => Character(random))), random);
    });

    [Fact]
    public void Expressions_with_parts_changed_are_an_expression_or_refused() => Seed.Run(random =>
    {
        var generator = new OracleGenerator(random);
        var taken = 0;
        for (var i = 0; i < 5_000; i++)
        {
            var text = generator.Any(random.Next(1, 4)).Text;
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                var (at, length) = (random.Next(text.Length + 1), random.Next(4));
                var behind = text[Math.Min(text.Length, at + length)..];
                text = text[..at] + random.Next(4) switch
                {
                    0 => "",
                    1 => Character(random).ToString(),
                    2 => " " + s_words[random.Next(s_words.Length)] + " ",
                    _ => text[..random.Next(text.Length + 1)],
                } + behind;
            }

            taken += Try(text, random) ? 1 : 0;
        }

        Assert.InRange(taken, 10, 4_990);
    });

    /// <summary>True where it is an expression: then it computes, and can be written out and read again.</summary>
    private static bool Try(string text, Random random)
    {
        CompiledExpression compiled;
        try
        {
            compiled = ExpressionBinder.Compile(text, OracleGenerator.Schema);
        }
        catch (HeliosException refused)
        {
            Assert.Equal((HeliosErrorKind.Invalid, "invalid_expression"), (refused.Kind, refused.Code));
            Assert.Matches(@"\AThe expression is wrong at position [1-9][0-9]*: .*\.\z", refused.Message.ReplaceLineEndings(" "));
            return false;
        }

        Assert.Equal(compiled.ToString(), ExpressionBinder.Compile(compiled.ToString(), OracleGenerator.Schema).ToString());
        var row = Expressions.Row(OracleGenerator.Schema, new OracleGenerator(random).Row());
        var value = compiled.Evaluate(row, Expressions.Offsets(OracleGenerator.Schema, row), Expressions.Context);
        Assert.True(!value.HasValue || value.Type == compiled.ResultType, text);
        return true;
    }

    private static char Character(Random random) => random.Next(8) switch
    {
        0 => (char)random.Next(char.MaxValue + 1),
        1 => '\'',
        2 => '"',
        _ => (char)random.Next(' ', 127),
    };
}
