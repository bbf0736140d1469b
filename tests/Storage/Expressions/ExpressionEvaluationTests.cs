namespace Helios.Pipeline.Storage.Tests;

public sealed class ExpressionEvaluationTests
{
    private static readonly TableSchema s_schema = new([
        new Column("i2", ColumnType.Int2), new Column("i8", ColumnType.Int8), new Column("n", ColumnType.Numeric),
        new Column("f4", ColumnType.Float4), new Column("f8", ColumnType.Float8), new Column("t", ColumnType.Text),
        new Column("c", ColumnType.Char) { Length = 4 }, new Column("b", ColumnType.Bytea), new Column("d", ColumnType.Date),
        new Column("tm", ColumnType.Time), new Column("ts", ColumnType.Timestamp), new Column("tz", ColumnType.Timestamptz),
        new Column("iv", ColumnType.Interval), new Column("u", ColumnType.Uuid), new Column("j", ColumnType.Json),
        new Column("a", ColumnType.Array) { ElementType = ColumnType.Int4 }, new Column("v", ColumnType.Vector), new Column("x", ColumnType.Boolean),
    ]);

    private static readonly object?[] s_values =
    [
        (short)-7, long.MaxValue, 1.50m, 0.5f, double.NaN, "aé😀", "ab  ", new byte[] { 1, 255 }, new DateOnly(2026, 2, 3),
        new TimeOnly(4, 5, 6), new DateTime(2026, 2, 3, 4, 5, 6), Expressions.Now, TimeSpan.FromHours(25), Expressions.Uuid, "{\"a\":1}",
        new object?[] { 1, null, 3 }, new float[] { 1, 2 }, true,
    ];

    [Theory]
    [InlineData("i2", "-7")]
    [InlineData("n", "n1.50")]
    [InlineData("f4", "f0.5")]
    [InlineData("f8", "fNaN")]
    [InlineData("t", "'aé😀'")]
    [InlineData("c", "'ab  '")]
    [InlineData("b", "X'01FF'")]
    [InlineData("d", "2026-02-03")]
    [InlineData("tm", "04:05:06")]
    [InlineData("ts", "2026-02-03T04:05:06")]
    [InlineData("tz", "2026-02-03T04:05:06Z")]
    [InlineData("iv", "1.01:00:00")]
    [InlineData("u", "00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData("j", "'{\"a\":1}'")]
    [InlineData("x", "TRUE")]
    [InlineData("d = DATE '2026-02-03' AND tm = TIME '04:05:06' AND ts = TIMESTAMP '2026-02-03 04:05:06'", "TRUE")]
    [InlineData("tz = TIMESTAMPTZ '2026-02-03 06:05:06+02:00' AND iv = INTERVAL '1.01:00:00'", "TRUE")]
    [InlineData("u = UUID '00112233-4455-6677-8899-aabbccddeeff' AND b = X'01ff'", "TRUE")]
    [InlineData("b > X'01' AND b < X'02' AND u > UUID '00112233-0000-0000-0000-ffffffffffff'", "TRUE")]
    [InlineData("j IS NOT NULL AND a IS NOT NULL AND v IS NOT NULL", "TRUE")]
    [InlineData("x AND TRUE > FALSE", "TRUE")]
    [InlineData("array_length(a) + cardinality(a) + dimensions(v)", "8")]
    [InlineData("d + 26", "2026-03-01")]
    [InlineData("1 + d - d", "1")]
    [InlineData("ts + iv", "2026-02-04T05:05:06")]
    [InlineData("tz - INTERVAL '00:00:06.5'", "2026-02-03T04:04:59.5Z")]
    [InlineData("tz - TIMESTAMPTZ '2026-02-03 00:00Z'", "04:05:06")]
    [InlineData("iv + -iv", "00:00:00")]
    [InlineData("now() - tz", "00:00:00")]
    [InlineData("today() - d", "0")]
    [InlineData("uuid() = u", "TRUE")]
    [InlineData("DATE '9999-12-31' + 1", "!the result of + is outside Date at position 19")]
    [InlineData("TIMESTAMP '0001-01-01' - INTERVAL '00:00:01'", "!the result of - is outside Timestamp at position 24")]
    public void Values_of_each_column_type_are_read_compared_and_computed_with(string text, string expected) =>
        Assert.Equal(expected, Expressions.Give(text, s_schema, s_values));

    [Theory]
    [InlineData("1 = 1.0", "TRUE")]
    [InlineData("1.10 = 1.1", "TRUE")]
    [InlineData("9223372036854775807 < 9223372036854775807.5", "TRUE")]
    [InlineData("9007199254740993 = 9007199254740992e0", "TRUE")]
    [InlineData("0.1 = 1e-1", "TRUE")]
    [InlineData("f8 = f8 AND f8 > float 'Infinity' AND -0e0 = 0e0", "TRUE")]
    [InlineData("f8 IS NOT DISTINCT FROM float 'NaN'", "TRUE")]
    [InlineData("1 IN (2, 1.0, 3e0)", "TRUE")]
    [InlineData("'a' < 'b' AND 'B' < 'a' AND 'é' < '😀' AND '\uffee' < '😀'", "TRUE")]
    [InlineData("'a' = 'a '", "FALSE")]
    [InlineData("c = 'ab' AND c = 'ab      ' AND 'ab' = c AND c IN ('x', 'ab ') AND c BETWEEN 'ab ' AND 'ab'", "TRUE")]
    [InlineData("c IS NOT DISTINCT FROM 'ab   ' AND nullif(c, 'ab ') IS NULL", "TRUE")]
    [InlineData("length(c)", "2")]
    [InlineData("'<' || c || '>'", "'<ab>'")]
    [InlineData("c LIKE '_b'", "TRUE")]
    [InlineData("coalesce(c, 'x')", "'ab'")]
    public void Values_compare_by_value_as_keys_do(string text, string expected) =>
        Assert.Equal(expected, Expressions.Give(text, s_schema, s_values));

    [Theory]
    [InlineData("7 / 2", "3")]
    [InlineData("-7 / 2", "-3")]
    [InlineData("-7 % 2", "-1")]
    [InlineData("7 / 2.0", "n3.5000000000000000")]
    [InlineData("1.50 + 1", "n2.50")]
    [InlineData("1.50 * 1.5", "n2.250")]
    [InlineData("-7.5 % 2", "n-1.5")]
    [InlineData("2 / 3.0", "n0.6666666666666667")]
    [InlineData("1 / 2e0", "f0.5")]
    [InlineData("7.5e0 % 2", "f1.5")]
    [InlineData("9223372036854775807 + 1", "!the result of + is outside Integer at position 21")]
    [InlineData("-9223372036854775808 - 1", "!the result of - is outside Integer at position 22")]
    [InlineData("4294967296 * 4294967296", "!the result of * is outside Integer at position 12")]
    [InlineData("-9223372036854775808 / -1", "!the result of / is outside Integer at position 22")]
    [InlineData("-9223372036854775808 % -1", "0")]
    [InlineData("-(-9223372036854775808)", "!the result of - is outside Integer at position 1")]
    [InlineData("9223372036854775807 + 1.0", "n9223372036854775808.0")]
    [InlineData("99999999999999999999999999999999999999 + 1", "!the result of + is outside Numeric at position 40")]
    [InlineData("99999999999999999999 * 10000000000000000000", "!the result of * is outside Numeric at position 22")]
    [InlineData("1e308 * 10", "!the result of * is outside Float at position 7")]
    [InlineData("float 'Infinity' * 2", "fInfinity")]
    [InlineData("1 / 0", "!division by zero at position 3")]
    [InlineData("1 % 0.00", "!division by zero at position 3")]
    [InlineData("1e0 / 0", "!division by zero at position 5")]
    public void Arithmetic_is_exact_or_fails(string text, string expected) => Assert.Equal(expected, Expressions.Give(text));

    [Theory]
    [InlineData("'abc' LIKE 'abc'", "TRUE")]
    [InlineData("'abc' LIKE 'ab'", "FALSE")]
    [InlineData("'abc' LIKE 'a%'", "TRUE")]
    [InlineData("'abc' LIKE '%c'", "TRUE")]
    [InlineData("'abc' LIKE '%b%'", "TRUE")]
    [InlineData("'abc' LIKE '%%%'", "TRUE")]
    [InlineData("'' LIKE '%'", "TRUE")]
    [InlineData("'' LIKE '_'", "FALSE")]
    [InlineData("'' LIKE ''", "TRUE")]
    [InlineData("'aXbXc' LIKE 'a%X_'", "TRUE")]
    [InlineData("'aab' LIKE '%ab'", "TRUE")]
    [InlineData("'aé😀' LIKE 'a__'", "TRUE")]
    [InlineData("'aé😀' LIKE '____'", "FALSE")]
    [InlineData("'a%c' LIKE 'a!%c' ESCAPE '!'", "TRUE")]
    [InlineData("'abc' LIKE 'a!%c' ESCAPE '!'", "FALSE")]
    [InlineData("'a!' LIKE 'a!!' ESCAPE '!'", "TRUE")]
    [InlineData("'a_' LIKE 'a😀_' ESCAPE '😀'", "TRUE")]
    [InlineData("'a%' LIKE 'a%%' ESCAPE '%'", "TRUE")]
    [InlineData("'ab' LIKE 'a%%' ESCAPE '%'", "FALSE")]
    [InlineData("'a\\b' LIKE 'a\\b'", "TRUE")]
    [InlineData("'abc' NOT LIKE 'a%'", "FALSE")]
    [InlineData("'abc' LIKE '%' || '!' ESCAPE '!'", "!a LIKE pattern that ends with its escape character at position 7")]
    public void LIKE_knows_any_characters_and_one_character(string text, string expected) => Assert.Equal(expected, Expressions.Give(text));

    [Theory]
    [InlineData("length('aé😀')", "3")]
    [InlineData("octet_length('aé😀')", "7")]
    [InlineData("octet_length(X'0102')", "2")]
    [InlineData("lower('AbÉ1') || upper('aBé1')", "'abé1ABÉ1'")]
    [InlineData("lower('AB') || upper('ab')", "'abAB'")]
    [InlineData("trim('  a b ')", "'a b'")]
    [InlineData("abs(-5) + abs(-1.5)", "n6.5")]
    [InlineData("abs(-5e0)", "f5")]
    [InlineData("abs(-9223372036854775808)", "!the result of abs is outside Integer at position 1")]
    [InlineData("round(2.5)", "n3")]
    [InlineData("round(-2.5)", "n-3")]
    [InlineData("round(2.5e0)", "f3")]
    [InlineData("round(7)", "7")]
    [InlineData("round(2.345, 2)", "n2.35")]
    [InlineData("round(2.3, 5)", "n2.3")]
    [InlineData("round(1250, -2)", "n1300")]
    [InlineData("round(1249.99, -2)", "n1200")]
    [InlineData("round(5, -1)", "n10")]
    [InlineData("round(49, -2)", "n0")]
    [InlineData("round(-1.5, -9223372036854775808)", "n0")]
    [InlineData("round(99999999999999999999999999999999999999, -1)", "!the result of round is outside Numeric at position 1")]
    [InlineData("floor(-1.5)", "n-2")]
    [InlineData("ceil(-1.5)", "n-1")]
    [InlineData("floor(1.5e0) + ceil(1.5e0) + floor(7) + ceil(7)", "f17")]
    [InlineData("nullif(5, 5.0)", "NULL")]
    [InlineData("nullif(5, 6.0)", "5")]
    [InlineData("greatest(1, 2.5, 2)", "n2.5")]
    [InlineData("least('b', 'a', 'c')", "'a'")]
    [InlineData("coalesce(NULL, 1, 2.5)", "n1")]
    [InlineData("CASE WHEN TRUE THEN 1 ELSE 2.5 END", "n1")]
    [InlineData("substring('aé😀z', 2)", "'é😀z'")]
    [InlineData("substring('aé😀z', 2, 2)", "'é😀'")]
    [InlineData("substring('abc', 0, 2)", "'a'")]
    [InlineData("substring('abc', -5, 3)", "''")]
    [InlineData("substring('abc', 4)", "''")]
    [InlineData("substring('abc', 2, 9223372036854775807)", "'bc'")]
    [InlineData("substring('abc', -9223372036854775808, 9223372036854775807)", "''")]
    [InlineData("substring('abc', 1, -1)", "!a substring of fewer than no characters at position 1")]
    [InlineData("starts_with('abc', 'ab') AND NOT starts_with('abc', 'b') AND starts_with('abc', '')", "TRUE")]
    [InlineData("ends_with('abc', 'bc') AND NOT ends_with('abc', 'b')", "TRUE")]
    [InlineData("X'01' || X'02'", "X'0102'")]
    [InlineData("'a' || 'b' || 'c'", "'abc'")]
    [InlineData("now()", "2026-02-03T04:05:06Z")]
    [InlineData("today()", "2026-02-03")]
    [InlineData("uuid()", "00112233-4455-6677-8899-aabbccddeeff")]
    public void Functions_give(string text, string expected) => Assert.Equal(expected, Expressions.Give(text));

    [Fact]
    public void A_text_of_more_than_a_rows_bytes_fails_and_is_not_made()
    {
        var schema = new TableSchema([new Column("t", ColumnType.Text)]);
        Assert.Equal("!the result of || has more than 16777216 bytes at position 3", Expressions.Give("t || t || t", schema, new string('x', 6_000_000)));
    }
}
