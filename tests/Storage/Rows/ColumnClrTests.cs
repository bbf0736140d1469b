using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Helios.Pipeline.Storage.Tests;

public class ColumnClrTests
{
    private static readonly DateTime Moment = new(2024, 2, 29, 1, 2, 3);

    public static IEnumerable<object?[]> Taken() =>
    [
        [ColumnType.Int8, (byte)1, 1L], [ColumnType.Int8, uint.MaxValue, (long)uint.MaxValue], [ColumnType.Int8, (Int128)5, 5L], [ColumnType.Int4, DayOfWeek.Friday, 5],
        [ColumnType.Int2, 7L, (short)7], [ColumnType.Int4, (sbyte)-1, -1],
        [ColumnType.Float4, 0.5, 0.5f], [ColumnType.Float4, 16_777_216, 16_777_216f], [ColumnType.Float4, double.NaN, float.NaN], [ColumnType.Float8, 1.5f, 1.5], [ColumnType.Float8, 1L << 53, (double)(1L << 53)], [ColumnType.Float8, (Half)2, 2.0],
        [ColumnType.Numeric, 1.50m, 1.50m], [ColumnType.Numeric, 5, 5m], [ColumnType.Numeric, BigInteger.Pow(10, 20), 100_000_000_000_000_000_000m],
        [ColumnType.Text, 'x', "x"], [ColumnType.Text, DayOfWeek.Friday, "Friday"], [ColumnType.Varchar, "abc".AsMemory(), "abc"], [ColumnType.Char, new[] { 'a', 'b' }, "ab"],
        [ColumnType.Bytea, new ReadOnlyMemory<byte>([1, 2]), new byte[] { 1, 2 }], [ColumnType.Bytea, new ArraySegment<byte>([1, 2, 3], 1, 1), new byte[] { 2 }],
        [ColumnType.Date, Moment.Date, new DateOnly(2024, 2, 29)], [ColumnType.Time, new TimeSpan(1, 2, 3), new TimeOnly(1, 2, 3)],
        [ColumnType.Timestamp, Moment, Moment],
        [ColumnType.Timestamptz, new DateTimeOffset(Moment, TimeSpan.FromHours(1)), new DateTimeOffset(Moment.AddHours(-1), TimeSpan.Zero)],
        [ColumnType.Timestamptz, DateTime.SpecifyKind(Moment, DateTimeKind.Utc), new DateTimeOffset(Moment, TimeSpan.Zero)],
        [ColumnType.Timestamptz, DateTime.SpecifyKind(Moment, DateTimeKind.Utc).ToLocalTime(), new DateTimeOffset(Moment, TimeSpan.Zero)],
        [ColumnType.Json, "{\"a\": 1}", "{\"a\": 1}"], [ColumnType.Json, JsonNode.Parse("{\"a\": 1}"), "{\"a\":1}"], [ColumnType.Json, JsonDocument.Parse("{\"a\": 1}").RootElement, "{\"a\": 1}"],
        [ColumnType.Array, new List<string?> { "a", null }, new object?[] { "a", null }], [ColumnType.Array, new[] { "a" }.Where(_ => true), new object?[] { "a" }],
        [ColumnType.Vector, new List<float> { 1, 2, 3 }, new float[] { 1, 2, 3 }], [ColumnType.Vector, new Memory<float>([1, 2, 3]), new float[] { 1, 2, 3 }],
        [ColumnType.Text, DBNull.Value, null],
    ];

    public static IEnumerable<object[]> Refused() =>
    [
        [ColumnType.Boolean, 1, RowFault.TypeMismatch], [ColumnType.Int8, "1", RowFault.TypeMismatch], [ColumnType.Int8, 1.0, RowFault.TypeMismatch], [ColumnType.Int8, ulong.MaxValue, RowFault.OutOfRange],
        [ColumnType.Float4, 0.1, RowFault.OutOfRange], [ColumnType.Float4, 16_777_217, RowFault.OutOfRange], [ColumnType.Float8, (1L << 53) + 1, RowFault.OutOfRange], [ColumnType.Float8, 1m, RowFault.TypeMismatch],
        [ColumnType.Numeric, 1.5, RowFault.TypeMismatch], [ColumnType.Numeric, BigInteger.Pow(10, 38), RowFault.OutOfRange],
        [ColumnType.Text, 5, RowFault.TypeMismatch], [ColumnType.Text, "a\ud83d", RowFault.InvalidText], [ColumnType.Text, '\ud83d', RowFault.InvalidText],
        [ColumnType.Date, Moment, RowFault.TypeMismatch], [ColumnType.Time, TimeSpan.FromDays(1), RowFault.TypeMismatch], [ColumnType.Time, TimeSpan.FromTicks(-1), RowFault.TypeMismatch],
        [ColumnType.Timestamp, DateTime.SpecifyKind(Moment, DateTimeKind.Utc), RowFault.TypeMismatch], [ColumnType.Timestamptz, Moment, RowFault.TypeMismatch],
        [ColumnType.Uuid, "00112233-4455-6677-8899-aabbccddeeff", RowFault.TypeMismatch], [ColumnType.Json, "{", RowFault.InvalidJson], [ColumnType.Jsonb, "\"\ud83d\"", RowFault.InvalidText], [ColumnType.Jsonb, default(JsonElement), RowFault.TypeMismatch],
        [ColumnType.Array, "abc", RowFault.TypeMismatch], [ColumnType.Array, new object[] { 1 }, RowFault.TypeMismatch], [ColumnType.Vector, new double[] { 1 }, RowFault.TypeMismatch], [ColumnType.Bytea, "AAEC", RowFault.TypeMismatch],
    ];

    [Fact]
    public void Values_that_lose_nothing_are_taken()
    {
        foreach (var item in Taken())
        {
            var column = TypeSample.Of((ColumnType)item[0]!).Column;
            using var buffer = new ByteBuffer();
            var writer = new RowWriter(buffer);
            writer.Begin(1, 1);
            Assert.True(ColumnClr.TryWrite(column, item[1], ref writer, out var fault), $"{column.Type} {item[1]}: {fault.Code}");
            writer.End();
            Assert.Equal(default, Keys.FaultOf(new TableSchema([column]), buffer.Written.ToArray()));
            Assert.Equal(item[2], ColumnClr.Read(column, new RowView(buffer.Written)[0]));
        }
    }

    [Fact]
    public void Values_that_would_change_are_refused()
    {
        foreach (var item in Refused())
        {
            var column = TypeSample.Of((ColumnType)item[0]).Column;
            using var buffer = new ByteBuffer();
            var writer = new RowWriter(buffer);
            writer.Begin(1, 1);
            Assert.False(ColumnClr.TryWrite(column, item[1], ref writer, out var fault), $"{column.Type} {item[1]}");
            writer.Abandon();
            Assert.Equal((column.Type, (string)item[2]), (column.Type, fault.Code));
        }
    }

    [Fact]
    public void Jsonb_comes_back_as_an_element_and_long_numerics_as_text()
    {
        var jsonb = TypeSample.Of(ColumnType.Jsonb);
        var element = Assert.IsType<JsonElement>(ColumnClr.Read(jsonb.Column, new RowView(jsonb.Row("{\"a\":1}"))[0]));
        Assert.Equal(1, element.GetProperty("a").GetInt32());
        var numeric = TypeSample.Of(ColumnType.Numeric);
        Assert.True(Numeric38.TryParse("12345678901234567890123456789012345.678"u8, out var value));
        Assert.Equal("12345678901234567890123456789012345.678", ColumnClr.Read(numeric.Column, new RowView(numeric.Row(value))[0]));
    }
}
