using System.Numerics;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.BadInput;

/// <summary>Values that do not fit their columns, and values at the edge that do.</summary>
public sealed class BadRowTests
{
    [Fact]
    public async Task A_row_without_its_key_is_refused()
    {
        await using var table = await BadInputTable.OpenAsync(new Column("name", ColumnType.Text));
        await table.RefusesAsync(new Refusal("not_null", "id"), table.Row(1L, "one"), table.Row(null, "nobody"));
    }

    [Fact]
    public async Task A_null_in_a_column_that_takes_none_is_refused()
    {
        await using var table = await BadInputTable.OpenAsync(new Column("name", ColumnType.Text) { IsNullable = false });
        await table.RefusesAsync(new Refusal("not_null", "name"), table.Row(1L, "one"), table.Row(2L));
        await table.RefusesAsync(new Refusal("not_null", "name"), table.Row(3L, ""), table.Row(2L, DBNull.Value));
    }

    [Fact]
    public async Task A_column_that_the_table_does_not_have_is_refused_by_its_name()
    {
        await using var table = await BadInputTable.OpenAsync(new Column("name", ColumnType.Text));
        Assert.Contains("nickname", Assert.Throws<ArgumentException>(() => table.Row(1L)["nickname"] = "one").Message, StringComparison.Ordinal);

        // As many columns, of the same types, and yet not those of the table: no value gets into a column of another name.
        var stranger = new Row(new TableSchema([new Column("id", ColumnType.Int8), new Column("nickname", ColumnType.Text)], ["id"]));
        (stranger["id"], stranger["nickname"]) = (1L, "one");
        var error = await Assert.ThrowsAsync<ArgumentException>(async () => await table.Table.InsertAsync(stranger));
        Assert.Contains("nickname", error.Message, StringComparison.Ordinal);
        Assert.Contains(BadInputTable.Name, error.Message, StringComparison.Ordinal);

        var report = await IngestAsync(table, """{"id":1,"nickname":"one"}""", """{"id":2,"name":"two"}""");
        Assert.Equal((1, new IngestRejectGroup("unknown_column", "nickname", 1, 1)), (report.Rows, Assert.Single(report.RejectGroups)));
        await table.GoesOnAsync(table.Row(1L, "one"));
    }

    [Fact]
    public async Task A_row_of_too_few_or_too_many_columns_is_refused()
    {
        await using var table = await BadInputTable.OpenAsync(new Column("name", ColumnType.Text));
        foreach (var columns in new Column[][] { [new("id", ColumnType.Int8)], [new("id", ColumnType.Int8), new("name", ColumnType.Text), new("more", ColumnType.Text)] })
        {
            var row = new Row(new TableSchema(columns));
            row["id"] = 1L;
            var error = await Assert.ThrowsAsync<ArgumentException>(async () => await table.Table.InsertAsync(row));
            Assert.Contains($"The row has {columns.Length} columns, table {BadInputTable.Name} has 2", error.Message, StringComparison.Ordinal);
        }

        var report = await IngestAsync(table, "id,name", "1", "2,two", "3,three,more");
        Assert.Equal((1, new IngestRejectGroup("column_count", null, 2, 1)), (report.Rows, Assert.Single(report.RejectGroups)));
        await table.GoesOnAsync(table.Row(1L, "one"));
    }

    [Theory]
    [InlineData(ColumnType.Int4, "1")]
    [InlineData(ColumnType.Int4, 1.0)]
    [InlineData(ColumnType.Int4, true)]
    [InlineData(ColumnType.Boolean, 1)]
    [InlineData(ColumnType.Text, 1)]
    [InlineData(ColumnType.Numeric, 1.0)]
    [InlineData(ColumnType.Bytea, "AQ==")]
    [InlineData(ColumnType.Uuid, "00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData(ColumnType.Date, "2026-01-01")]
    public async Task A_value_of_another_type_is_refused_and_not_converted(ColumnType type, object value)
    {
        await using var table = await BadInputTable.OpenAsync(new Column("value", type));
        await table.RefusesAsync(new Refusal("type_mismatch", "value"), table.Row(1L, null), table.Row(2L, value));
    }

    [Theory]
    [InlineData(ColumnType.Int2, short.MinValue, short.MaxValue)]
    [InlineData(ColumnType.Int4, int.MinValue, int.MaxValue)]
    [InlineData(ColumnType.Int8, long.MinValue, long.MaxValue)]
    public async Task An_integer_one_beyond_its_type_is_refused_on_both_sides_and_does_not_wrap(ColumnType type, long min, long max)
    {
        await using var table = await BadInputTable.OpenAsync(new Column("value", type));
        await table.RefusesAsync(new Refusal("out_of_range", "value"), table.Row(1L, min), table.Row(9L, (Int128)min - 1));
        await table.RefusesAsync(new Refusal("out_of_range", "value"), table.Row(2L, max), table.Row(9L, (Int128)max + 1));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public async Task NaN_and_the_infinities_are_values_of_floats_and_of_nothing_else(double value)
    {
        await using var table = await BadInputTable.OpenAsync(new Column("wide", ColumnType.Float8), new Column("narrow", ColumnType.Float4), new Column("exact", ColumnType.Numeric));
        await table.TakesAsync(table.Row(1L, value, (float)value));
        await table.RefusesAsync(new Refusal("type_mismatch", "exact"), table.Row(2L, 0.0), table.Row(3L, 0.0, 0f, value));
        await table.RefusesAsync(new Refusal("type_mismatch", "id"), table.Row(3L, 0.0), table.Row(value, 0.0));
    }

    [Fact]
    public async Task A_negative_zero_keeps_its_sign_and_is_the_same_key_as_zero()
    {
        await using var table = await BadInputTable.OpenAsync(new TableSchema([new Column("id", ColumnType.Float8), new Column("value", ColumnType.Float4)], ["id"]));
        await table.TakesAsync(table.Row(-0.0, -0.0f));
        await table.RefusesAsync(new Refusal("duplicate_key", "id", BadInputTable.Key), table.Row(1.0, 0.0f), table.Row(0.0, 0.0f));
    }

    [Fact]
    public async Task A_decimal_keeps_its_scale_up_to_38_digits_and_one_more_is_refused()
    {
        await using var table = await BadInputTable.OpenAsync(new Column("value", ColumnType.Numeric));
        await table.TakesAsync(table.Row(1L, 1.0m), table.Row(2L, 1.00m), table.Row(3L, 0.0000000000000000000000000001m), table.Row(4L, decimal.MinValue));
        Assert.Equal("1.00", ((decimal)(await table.Table.FindAsync(2L))!["value"]!).ToString(System.Globalization.CultureInfo.InvariantCulture));
        var most = BigInteger.Pow(10, 38) - 1;
        await table.Table.InsertAsync(table.Row(5L, most));
        Assert.Equal(most.ToString(System.Globalization.CultureInfo.InvariantCulture), (await table.Table.FindAsync(5L))!["value"]);
        await table.RefusesAsync(new Refusal("out_of_range", "value"), table.Row(6L, -1m), table.Row(7L, most + 1));
    }

    [Fact]
    public async Task The_first_and_the_last_day_and_moment_are_taken()
    {
        await using var table = await BadInputTable.OpenAsync(Times);
        await table.TakesAsync(
            table.Row(1L, DateOnly.MinValue, DateTime.MinValue, DateTimeOffset.MinValue),
            table.Row(2L, DateOnly.MaxValue, DateTime.MaxValue, DateTimeOffset.MaxValue));
    }

    [Fact]
    public async Task A_day_or_moment_outside_the_years_1_to_9999_is_refused()
    {
        await using var table = await BadInputTable.OpenAsync(Times);
        foreach (var (column, value) in new[]
        {
            ("day", "0000-12-31"), ("day", "10000-01-01"), ("day", "2026-02-29"), ("local", "0000-12-31T23:59:59"), ("local", "9999-12-31T24:00:00"),
            ("moment", "0001-01-01T00:00:00+00:01"), ("moment", "9999-12-31T23:59:59-00:01"), // of these the date is inside, the moment is not
        })
        {
            var before = await table.RowsAsync();
            var report = await IngestAsync(table, $$"""{"id":1,"{{column}}":"{{value}}"}""");
            Assert.Equal((0, new IngestRejectGroup("type_mismatch", column, 1, 1)), (report.Rows, Assert.Single(report.RejectGroups)));
            Assert.Equal(before, await table.RowsAsync());
        }

        await table.GoesOnAsync(table.Row(1L));
    }

    [Fact]
    public async Task An_offset_from_UTC_names_a_moment_and_a_time_without_a_zone_takes_none()
    {
        await using var table = await BadInputTable.OpenAsync(Times);
        var moment = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromMinutes(330));
        await table.Table.InsertAsync(table.Row(1L, null, null, moment));
        var read = (DateTimeOffset)(await table.Table.FindAsync(1L))!["moment"]!;
        Assert.Equal((moment.UtcDateTime, TimeSpan.Zero), (read.UtcDateTime, read.Offset));
        await table.RefusesAsync(new Refusal("type_mismatch", "local"), table.Row(2L), table.Row(3L, null, moment));
        await table.RefusesAsync(new Refusal("type_mismatch", "local"), table.Row(4L), table.Row(5L, null, moment.UtcDateTime));
        await table.RefusesAsync(new Refusal("type_mismatch", "moment"), table.Row(6L), table.Row(7L, null, null, new DateTime(2026, 1, 2)));
    }

    [Fact]
    public async Task A_text_one_character_too_long_is_refused_and_characters_are_counted_not_bytes()
    {
        await using var table = await BadInputTable.OpenAsync(new Column("name", ColumnType.Varchar) { Length = 3 });
        await table.TakesAsync(table.Row(1L, "abc"), table.Row(2L, "😀😀😀"));
        await table.RefusesAsync(new Refusal("too_long", "name"), table.Row(3L, "ab"), table.Row(4L, "abcd"));
        await table.RefusesAsync(new Refusal("too_long", "name"), table.Row(4L, ""), table.Row(5L, "a\u0308bc")); // four code points, whatever they look like
    }

    [Fact]
    public async Task A_lone_surrogate_is_refused_and_not_replaced()
    {
        await using var table = await BadInputTable.OpenAsync(new Column("name", ColumnType.Text));
        foreach (var (id, text) in new[] { (1L, "a\ud83d"), (2L, "\ude00a"), (3L, "\ude00\ud83d") }) // in an attribute the compiler itself would replace them
            await table.RefusesAsync(new Refusal("invalid_text", "name"), table.Row(id, "\ud83d\ude00"), table.Row(9L, text));
    }

    [Fact]
    public async Task A_NUL_inside_a_text_is_a_character_like_any_other()
    {
        await using var table = await BadInputTable.OpenAsync(s_texts);
        await table.TakesAsync(table.Row("a", "a"), table.Row("a\0", "\0"), table.Row("a\0b", "a\0b"), table.Row("\0", "b"));
        await table.RefusesAsync(new Refusal("duplicate_key", "id", BadInputTable.Key), table.Row("c"), table.Row("a\0"));
    }

    // A key has 64 KiB with its tag and its end, so 65,533 bytes of text are the most; each NUL takes one byte more.
    [Theory]
    [InlineData(64 * 1024 - 3 + 1, 0)]
    [InlineData(64 * 1024 + 1, 0)]
    [InlineData(1024 * 1024, 0)]
    [InlineData(64 * 1024 - 3, 1)]
    public async Task A_key_of_more_than_64_KiB_is_refused(int length, int zeros)
    {
        await using var table = await BadInputTable.OpenAsync(s_texts);
        var text = new string('\0', zeros) + new string('x', length - zeros);
        await table.RefusesAsync(new Refusal("key_too_long", "id", BadInputTable.Key), table.Row("good", text), table.Row(text));
        var error = await table.LeavesNothingBehindAsync(async () => await table.Table.UpsertAsync(table.Row(text)));
        BadInputTable.AssertSays(new Refusal("key_too_long", "id", BadInputTable.Key), 0, error);
        Assert.Null(await table.Table.FindAsync(text)); // to look for it is no mistake
    }

    private static readonly TableSchema s_texts = new([new Column("id", ColumnType.Text), new Column("name", ColumnType.Text)], ["id"]);

    private static Column[] Times => [new("day", ColumnType.Date), new("local", ColumnType.Timestamp), new("moment", ColumnType.Timestamptz)];

    private static async Task<IngestReport> IngestAsync(BadInputTable table, params string[] lines)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        return await table.Engine.IngestAsync(file, "input", BadInputTable.Name);
    }
}
