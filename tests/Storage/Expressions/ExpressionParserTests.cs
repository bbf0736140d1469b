namespace Helios.Pipeline.Storage.Tests;

public sealed class ExpressionParserTests
{
    [Theory]
    [InlineData("a OR b AND c", "a OR (b AND c)", "(a OR b) AND c")]
    [InlineData("NOT a AND b", "(NOT a) AND b", "NOT (a AND b)")]
    [InlineData("NOT a = b", "NOT (a = b)", "(NOT a) = b")]
    [InlineData("NOT a IS NULL", "NOT (a IS NULL)", "(NOT a) IS NULL")]
    [InlineData("a = b || c", "a = (b || c)", "(a = b) || c")]
    [InlineData("a || b + c", "a || (b + c)", "(a || b) + c")]
    [InlineData("a + b * c", "a + (b * c)", "(a + b) * c")]
    [InlineData("a - b - c", "(a - b) - c", "a - (b - c)")]
    [InlineData("a / b / c", "(a / b) / c", "a / (b / c)")]
    [InlineData("a % b * c", "(a % b) * c", "a % (b * c)")]
    [InlineData("-a * b", "(-a) * b", "-(a * b)")]
    [InlineData("-a + b", "(-a) + b", "-(a + b)")]
    [InlineData("a BETWEEN b AND c AND d", "(a BETWEEN b AND c) AND d", "a BETWEEN b AND (c AND d)")]
    [InlineData("a BETWEEN b + d AND c || d", "a BETWEEN (b + d) AND (c || d)", "(a BETWEEN b AND c) OR d")]
    [InlineData("NOT a BETWEEN b AND c", "NOT (a BETWEEN b AND c)", "(NOT a) BETWEEN b AND c")]
    [InlineData("NOT a IN (b)", "NOT (a IN (b))", "a NOT IN (b)")]
    [InlineData("a LIKE b || c OR d", "(a LIKE (b || c)) OR d", "(a LIKE b) || c OR d")]
    [InlineData("a IS DISTINCT FROM b + c", "a IS DISTINCT FROM (b + c)", "(a IS DISTINCT FROM b) OR c")]
    public void Operators_bind_as_in_SQL(string text, string same, string other)
    {
        var parsed = ExpressionParser.Parse(text, out var canonical);
        Assert.Equal(ExpressionParser.Parse(same), parsed);
        Assert.NotEqual(ExpressionParser.Parse(other), parsed);
        Assert.Equal(text, canonical);
    }

    [Theory]
    [InlineData("a=1 and b<>'it''s'", "a = 1 AND b <> 'it''s'")]
    [InlineData("a != b", "a <> b")]
    [InlineData("((a))", "a")]
    [InlineData("\"a\" = \"A b\" || \"x\"\"y\"", "a = \"A b\" || \"x\"\"y\"")]
    [InlineData("\"select\" = \"and\"", "select = \"and\"")]
    [InlineData("\"1a\" + ü1", "\"1a\" + ü1")]
    [InlineData("LENGTH ( a )", "length(a)")]
    [InlineData("true or False or nUlL", "TRUE OR FALSE OR NULL")]
    [InlineData("007 + .5 + 1.50 + 1e3 + 1.5E-10", "7 + 0.5 + 1.50 + 1000E0 + 1.5E-10")]
    [InlineData("-9223372036854775808 + 9223372036854775808", "-9223372036854775808 + 9223372036854775808")]
    [InlineData("-(9223372036854775808)", "-(9223372036854775808)")]
    [InlineData("- 5 - - 5", "-5 - -5")]
    [InlineData("- (-a) - -(-5)", "-(-a) - -(-5)")]
    [InlineData("a - (b - c) + (d || e)", "a - (b - c) + (d || e)")]
    [InlineData("a AND (b AND c)", "a AND (b AND c)")]
    [InlineData("(a = b) = (c IS NULL)", "(a = b) = (c IS NULL)")]
    [InlineData("date = date '2026-02-03'", "date = DATE '2026-02-03'")]
    [InlineData("time '04:05' < TIMESTAMP '2026-02-03 04:05:06.70'", "TIME '04:05:00' < TIMESTAMP '2026-02-03T04:05:06.7'")]
    [InlineData("timestamptz '2026-02-03 04:05:06+02:00'", "TIMESTAMPTZ '2026-02-03T02:05:06Z'")]
    [InlineData("interval '1.02:03:04' + x'c0ffee'", "INTERVAL '1.02:03:04' + X'C0FFEE'")]
    [InlineData("UUID '00112233-4455-6677-8899-AABBCCDDEEFF'", "UUID '00112233-4455-6677-8899-aabbccddeeff'")]
    [InlineData("float 'NaN' + float '-Infinity' + float '1.5'", "FLOAT 'NaN' + FLOAT '-Infinity' + 1.5E0")]
    [InlineData("a not like 'x!%' escape '!'", "a NOT LIKE 'x!%' ESCAPE '!'")]
    [InlineData("a like b escape ''''", "a LIKE b ESCAPE ''''")]
    [InlineData("a is not distinct from b", "a IS NOT DISTINCT FROM b")]
    [InlineData("case when a then 1 when b then 2 else 3 end + 1", "CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END + 1")]
    [InlineData("a in (1,2 , (3))", "a IN (1, 2, 3)")]
    [InlineData("now( ) > a", "now() > a")]
    public void Each_expression_has_one_text_and_that_text_is_the_same_expression(string text, string expected)
    {
        var parsed = ExpressionParser.Parse(text, out var canonical);
        Assert.Equal(expected, canonical);
        Assert.Equal(parsed, ExpressionParser.Parse(canonical, out var again));
        Assert.Equal(canonical, again);
    }

    [Theory]
    [InlineData("", 1, "expected a value, found the end")]
    [InlineData("  ", 3, "expected a value, found the end")]
    [InlineData("a +", 4, "expected a value, found the end")]
    [InlineData("a b", 3, "expected an operator or the end, found 'b'")]
    [InlineData("a 'b'", 3, "expected an operator or the end, found the text 'b'")]
    [InlineData("(a", 3, "expected ')', found the end")]
    [InlineData("a)", 2, "expected an operator or the end, found ')'")]
    [InlineData("a AND AND b", 7, "expected a value, found 'AND'")]
    [InlineData("a = NOT b", 5, "expected a value, found 'NOT'")]
    [InlineData("a NOT b", 3, "expected an operator or the end, found 'NOT'")]
    [InlineData("a = b = c", 7, "'=' cannot follow another comparison")]
    [InlineData("a = b IS NULL", 7, "'IS' cannot follow another comparison")]
    [InlineData("a IS 5", 6, "expected NULL, NOT NULL or [NOT] DISTINCT FROM, found '5'")]
    [InlineData("a IS NOT 5", 10, "expected NULL or DISTINCT FROM, found '5'")]
    [InlineData("a IS DISTINCT b", 15, "expected FROM, found 'b'")]
    [InlineData("a BETWEEN 1 OR 2", 13, "expected AND, found 'OR'")]
    [InlineData("a IN 1", 6, "expected '(', found '1'")]
    [InlineData("a IN ()", 7, "expected a value, found ')'")]
    [InlineData("a IN (1 2)", 9, "expected ',' or ')', found '2'")]
    [InlineData("f(1,", 5, "expected a value, found the end")]
    [InlineData("a LIKE 'b' ESCAPE 'ab'", 19, "expected a text of one character, found the text 'ab'")]
    [InlineData("a LIKE 'b' ESCAPE", 18, "expected a text of one character, found the end")]
    [InlineData("CASE a WHEN 1 THEN 2 END", 6, "expected WHEN, found 'a'")]
    [InlineData("CASE WHEN a 1", 13, "expected THEN, found '1'")]
    [InlineData("CASE WHEN a THEN 1", 19, "expected WHEN, ELSE or END, found the end")]
    [InlineData("CASE WHEN a THEN 1 ELSE 2 WHEN", 27, "expected END, found 'WHEN'")]
    [InlineData("a = 'b", 5, "the text has no closing quote")]
    [InlineData("a = \"b", 5, "the name has no closing quote")]
    [InlineData("a = 1b", 6, "'b' cannot follow the number '1'")]
    [InlineData("1.2.3", 4, "'.' cannot follow the number '1.2'")]
    [InlineData("5.", 2, "'.' cannot follow the number '5'")]
    [InlineData("a ; b", 3, "';' has no meaning here")]
    [InlineData("a 😀", 3, "'😀' has no meaning here")]
    [InlineData("'😀é' = 5 b", 10, "found 'b'")] // 😀 is one character, though two UTF-16 units
    [InlineData("a = '😀' or 5.", 13, "'.' cannot follow")]
    [InlineData("\"😀\" = 'b", 7, "the text has no closing quote")]
    [InlineData("a --b", 3, "'--' would begin a comment in SQL")]
    [InlineData("a /* b", 3, "'/*' would begin a comment in SQL")]
    [InlineData("1 + 123456789012345678901234567890123456789", 5, "has more than 38 digits")]
    [InlineData("1e999", 1, "'1e999' is not a Float")]
    [InlineData("a = DATE '2026-02-30'", 5, "'2026-02-30' is not a Date")]
    [InlineData("TIME '24:00'", 1, "'24:00' is not a Time")]
    [InlineData("TIMESTAMP '2026-02-03T00:00Z'", 1, "is not a Timestamp:")]
    [InlineData("TIMESTAMPTZ '2026-02-03T00:00'", 1, "is not a Timestamptz:")]
    [InlineData("INTERVAL '1 day'", 1, "'1 day' is not an Interval")]
    [InlineData("UUID 'x'", 1, "'x' is not a Uuid")]
    [InlineData("X'abc'", 1, "'abc' is not Bytea: pairs of hex digits")]
    public void What_is_no_expression_is_refused_with_its_position(string text, int position, string what)
    {
        var refused = Refused(text);
        Assert.StartsWith($"The expression is wrong at position {position}: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(what, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_surrogate_without_its_pair_is_refused_with_its_position()
    {
        foreach (var text in new[] { "a = '\ud800'", "a = '\udc00\ud800'", "a = '\ud800\ud800\udc00'", "a ='😀\ud800'" })
            Assert.Contains("position 6: a surrogate stands without its pair", Refused(text).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expression_has_at_most_64_levels()
    {
        Assert.Equal(64, ExpressionParser.Parse(Nots(63)).Depth);
        Assert.Contains("more than 64 levels", Refused(Nots(64)).Message, StringComparison.Ordinal);
        Assert.Contains("position 1:", Refused(Nots(64)).Message, StringComparison.Ordinal);
        Assert.Equal(64, ExpressionParser.Parse("1" + string.Concat(Enumerable.Repeat(" + 1", 63))).Depth);
        Assert.Contains("more than 64 levels", Refused("1" + string.Concat(Enumerable.Repeat(" + 1", 64))).Message, StringComparison.Ordinal);
        Assert.Equal(2, ExpressionParser.Parse("a" + string.Concat(Enumerable.Repeat(" OR a", 3_000))).Depth);

        static string Nots(int count) => string.Concat(Enumerable.Repeat("NOT ", count)) + "TRUE";
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("abs(", ")")]
    [InlineData("-(", ")")]
    [InlineData("NOT ", "")]
    [InlineData("CASE WHEN TRUE THEN ", " END")]
    public void However_deep_a_text_is_it_is_refused_and_never_followed(string open, string close)
    {
        var count = 16_000 / (open.Length + close.Length);
        var text = string.Concat(Enumerable.Repeat(open, count)) + "1" + string.Concat(Enumerable.Repeat(close, count));
        Assert.Contains("more than ", Refused(text).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parentheses_are_no_levels_and_nest_128_deep()
    {
        Assert.Equal(1, ExpressionParser.Parse(new string('(', 128) + "1" + new string(')', 128)).Depth);
        Assert.Contains("position 130:", Refused(new string('(', 129) + "1" + new string(')', 129)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_of_the_deepest_expression_can_be_read_again()
    {
        // At each level a sign and the parentheses that it needs: nothing nests deeper.
        var text = string.Concat(Enumerable.Repeat("-(", 62)) + "1 + a" + new string(')', 62);
        var parsed = ExpressionParser.Parse(text, out var canonical);
        Assert.Equal(64, parsed.Depth);
        Assert.Equal(parsed, ExpressionParser.Parse(canonical));
    }

    [Fact]
    public void An_expression_has_at_most_16_KiB_as_it_is_given_and_as_it_is_kept()
    {
        ExpressionParser.Parse($"'{new string('x', (16 * 1024) - 2)}'");
        ExpressionParser.Parse($"'{new string('é', (8 * 1024) - 1)}'");
        Assert.Contains("more than 16,384 bytes", Refused($"'{new string('x', (16 * 1024) - 1)}'").Message, StringComparison.Ordinal);
        Assert.Contains("more than 16,384 bytes", Refused($"'{new string('é', 8 * 1024)}'").Message, StringComparison.Ordinal);
        Assert.Contains("written out", Refused("a" + string.Concat(Enumerable.Repeat("<a OR a", 2_000))).Message, StringComparison.Ordinal);
    }

    private static HeliosException Refused(string text)
    {
        var refused = Assert.Throws<HeliosException>(() => ExpressionParser.Parse(text));
        Assert.Equal((HeliosErrorKind.Invalid, "invalid_expression"), (refused.Kind, refused.Code));
        return refused;
    }
}
