using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.BadInput;

/// <summary>Keys that are easily taken for each other, and keys that are the same though they look different.</summary>
public sealed class BadKeyTests
{
    private const int LongestText = (64 * 1024) - 3; // a tag and an end of two bytes belong to the key

    [Fact]
    public async Task An_empty_text_or_an_empty_array_of_bytes_is_a_key_and_no_NULL()
    {
        await using var table = await KeyedByAsync(ColumnType.Text, ColumnType.Bytea);
        await table.TakesAsync(table.Row("", Array.Empty<byte>()), table.Row("", new byte[] { 0 }), table.Row("\0", Array.Empty<byte>()));
        await table.RefusesAsync(new Refusal("duplicate_key", null, BadInputTable.Key), table.Row("a", Array.Empty<byte>()), table.Row("", Array.Empty<byte>()));
    }

    [Fact]
    public async Task A_key_of_64_KiB_is_taken_found_and_changed()
    {
        await using var table = await KeyedByAsync(ColumnType.Text);
        var (x, y) = (new string('x', LongestText), new string('x', LongestText - 1) + 'y');
        await table.TakesAsync(table.Row(x), table.Row(y));
        Assert.Equal(1, (await table.Table.DeleteAsync(x)).Rows);
        Assert.Null(await table.Table.FindAsync(x));
        Assert.NotNull(await table.Table.FindAsync(y));
        await table.GoesOnAsync(table.Row(x));
    }

    [Fact]
    public async Task A_key_is_too_long_by_the_sum_of_its_columns_and_then_no_column_is_blamed()
    {
        await using var table = await KeyedByAsync(ColumnType.Text, ColumnType.Bytea);
        var half = new string('x', LongestText / 2);
        await table.RefusesAsync(new Refusal("key_too_long", null, BadInputTable.Key),
            table.Row(half, new byte[(LongestText / 4) - 3]), table.Row(half, Enumerable.Repeat((byte)1, (LongestText / 2) + 1).ToArray()));
        await using var unique = await BadInputTable.OpenAsync(new TableSchema(
            [new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text)], ["id"], [new UniqueConstraint("names", "name")]));
        await unique.RefusesAsync(new Refusal("key_too_long", "name", "names"), unique.Row(1L, new string('x', LongestText)), unique.Row(2L, new string('x', LongestText + 1)));
    }

    [Fact]
    public async Task A_key_that_begins_another_one_is_another_key()
    {
        await using var table = await KeyedByAsync(ColumnType.Text, ColumnType.Text);
        await table.TakesAsync(table.Row("ab", "c"), table.Row("a", "bc"), table.Row("abc", ""), table.Row("", "abc"), table.Row("ab", ""), table.Row("a", "b"), table.Row("a", "b\0c"), table.Row("a\0b", "c"));
        Assert.Equal(1, (await table.Table.DeleteAsync("ab", "")).Rows);
        Assert.NotNull(await table.Table.FindAsync("ab", "c"));
        Assert.Null(await table.Table.FindAsync("ab", ""));
        await table.GoesOnAsync(table.Row("ab", ""));
    }

    [Fact]
    public async Task Runs_of_zeros_and_of_ones_are_keys_of_their_own_lengths()
    {
        await using var table = await KeyedByAsync(ColumnType.Bytea);
        var runs = from length in Enumerable.Range(1, 20) from value in new byte[] { 0, 1, 0xFE, 0xFF } select table.Row(Enumerable.Repeat(value, length).ToArray());
        var mixed = from length in Enumerable.Range(1, 8) select table.Row(Enumerable.Range(0, length + 1).Select(i => (byte)(i % 2 == 0 ? 0 : 0xFF)).ToArray());
        await table.TakesAsync([.. runs, .. mixed]);
        await table.RefusesAsync(new Refusal("duplicate_key", "key0", BadInputTable.Key), table.Row(new byte[21]), table.Row(new byte[20]));
    }

    [Fact]
    public async Task Two_forms_of_one_value_are_one_key()
    {
        var moment = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2));
        foreach (var (type, one, other) in new (ColumnType, object, object)[]
        {
            (ColumnType.Numeric, 1.0m, 1.00m), (ColumnType.Float8, 0.0, -0.0), (ColumnType.Float4, 0f, -0f),
            (ColumnType.Float8, double.NaN, BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_0001)), (ColumnType.Char, "a", "a  "),
            (ColumnType.Timestamptz, moment.ToUniversalTime(), moment), (ColumnType.Jsonb, """{"a":1,"b":[2]}""", """{ "b": [2.0], "a": 1.0 }"""),
            (ColumnType.Json, """{"a":1,"b":2}""", """{"b":2,"a":1}"""), (ColumnType.Int8, 7, (short)7), (ColumnType.Text, "a", 'a'),
        })
        {
            await using var table = await KeyedByAsync(type);
            await table.Table.InsertAsync(table.Row(one));
            var error = await table.LeavesNothingBehindAsync(async () => await table.Table.InsertAsync(table.Row(other)));
            BadInputTable.AssertSays(new Refusal("duplicate_key", "key0", BadInputTable.Key), 0, error);
            Assert.NotNull(await table.Table.FindAsync(other));
            Assert.Equal((1, 0), ((await table.Table.DeleteAsync(other)).Rows, await table.Table.CountAsync()));
            await table.GoesOnAsync(table.Row(one));
        }
    }

    [Fact]
    public async Task Texts_that_look_the_same_and_have_other_code_points_are_two_keys_and_stay_as_they_were_given()
    {
        await using var table = await KeyedByAsync(ColumnType.Text);
        await table.TakesAsync(table.Row("\u00e9"), table.Row("e\u0301"), table.Row("\u212b"), table.Row("\u00c5"), table.Row("A\u030a"), table.Row("\ufb01"), table.Row("fi"));
        await table.RefusesAsync(new Refusal("duplicate_key", "key0", BadInputTable.Key), table.Row("e"), table.Row("e\u0301"));
    }

    [Fact]
    public async Task Texts_that_differ_in_case_are_two_keys()
    {
        await using var table = await KeyedByAsync(ColumnType.Text);
        await table.TakesAsync(table.Row("key"), table.Row("Key"), table.Row("KEY"), table.Row("i"), table.Row("I"), table.Row("\u0131"), table.Row("\u0130"), table.Row("\u00df"), table.Row("ss"), table.Row("SS"));
        Assert.Equal(1, (await table.Table.DeleteAsync("Key")).Rows);
        Assert.NotNull(await table.Table.FindAsync("key"));
        await table.GoesOnAsync(table.Row("Key"));
    }

    [Fact]
    public async Task A_NULL_is_refused_in_any_part_of_a_primary_key_and_never_collides_in_a_unique_one()
    {
        await using var table = await BadInputTable.OpenAsync(new TableSchema(
            [new Column("a", ColumnType.Int8), new Column("b", ColumnType.Text), new Column("c", ColumnType.Text), new Column("d", ColumnType.Text)],
            ["a", "b"], [new UniqueConstraint("pair", "c", "d")]));
        await table.RefusesAsync(new Refusal("not_null", "b"), table.Row(1L, "", "c", null), table.Row(1L, null));
        await table.RefusesAsync(new Refusal("not_null", "a"), table.Row(2L, "", "c", null), table.Row(null, "b"));
        await table.TakesAsync(table.Row(3L, "", null, null), table.Row(4L, "", null, null), table.Row(5L, "", "c", null), table.Row(6L, "", null, "d"), table.Row(7L, "", "c", ""));
        await table.RefusesAsync(new Refusal("duplicate_key", null, "pair"), table.Row(8L, "", "", "c"), table.Row(9L, "", "c", ""));

        // A row without a key goes without taking another one's along, and a row that gets a key collides from then on.
        Assert.Equal(1, (await table.Table.DeleteAsync(5L, "")).Rows);
        Assert.NotNull(await table.Table.FindByAsync("pair", "c", ""));
        var error = await table.LeavesNothingBehindAsync(async () => await table.Table.UpdateAsync(table.Row(4L, "", "c", "")));
        BadInputTable.AssertSays(new Refusal("duplicate_key", null, "pair"), 0, error);
    }

    // There is no collation to choose or to change: the order of a key is that of its bytes, and what the caller's culture thinks of a text is never asked.
    [Fact]
    public async Task No_key_depends_on_the_culture_that_writes_reads_or_opens()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureWithoutComparison();
            Assert.Throws<InvalidOperationException>(() => string.Compare("a", "b", StringComparison.CurrentCulture)); // it would be noticed
            await using var table = await KeyedByAsync(ColumnType.Text, ColumnType.Numeric);
            await table.TakesAsync(table.Row("stra\u00dfe", 1.5m), table.Row("strasse", -1.5m), table.Row("I", 1m), table.Row("\u0131", 1m), table.Row("z", 0m), table.Row("\u00e4", 0m));
            await table.RefusesAsync(new Refusal("duplicate_key", null, BadInputTable.Key), table.Row("i", 1m), table.Row("I", 1.0m));
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            await table.ReopenAsync();
            Assert.NotNull(await table.Table.FindAsync("stra\u00dfe", 1.5m));
            await table.RefusesAsync(new Refusal("duplicate_key", null, BadInputTable.Key), table.Row("STRASSE", 1.5m), table.Row("strasse", -1.5m));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static Task<BadInputTable> KeyedByAsync(params ColumnType[] types) => BadInputTable.OpenAsync(new TableSchema(
        types.Select((type, i) => new Column($"key{i}", type)), types.Select((_, i) => $"key{i}")));

    /// <summary>Writes numbers in its own way, and fails whoever wants texts compared.</summary>
    private sealed class CultureWithoutComparison : CultureInfo
    {
        public CultureWithoutComparison()
            : base("")
        {
            NumberFormat = new NumberFormatInfo { NumberDecimalSeparator = ",", NegativeSign = "~", NumberGroupSeparator = "." };
        }

        public override CompareInfo CompareInfo => throw new InvalidOperationException("A culture's comparison was used.");

        public override TextInfo TextInfo => throw new InvalidOperationException("A culture's casing was used.");
    }
}
