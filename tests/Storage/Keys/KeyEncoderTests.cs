using System.Text;

namespace Helios.Pipeline.Storage.Tests;

public class KeyEncoderTests
{
    private delegate void WriteRow(ref RowWriter writer);

    [Fact]
    public void Numbers_of_one_value_are_one_key_whatever_their_scale()
    {
        Assert.Equal(Numeric("1.0"), Numeric("1.00"));
        Assert.Equal(Numeric("0"), Numeric("0.000"));
        Assert.Equal(Numeric("-100"), Numeric("-1e2"));
        string[] ordered = ["-99999999999999999999999999999999999999", "-2", "-1.5", "-1", "-0.1", "-0.00000000000000000000000000000000000001", "0",
            "0.00000000000000000000000000000000000001", "0.099", "0.1", "1", "1.000000000000000001", "9", "10", "99999999999999999999999999999999999999"];
        for (var i = 1; i < ordered.Length; i++)
            Assert.True(Numeric(ordered[i - 1]).AsSpan().SequenceCompareTo(Numeric(ordered[i])) < 0, ordered[i]);
    }

    [Fact]
    public void Floats_have_one_zero_and_one_nan_which_is_last()
    {
        var sample = TypeSample.Of(ColumnType.Float8);
        Assert.Equal(sample.Key(0.0), sample.Key(-0.0));
        Assert.Equal(sample.Key(double.NaN), sample.Key(BitConverter.UInt64BitsToDouble(0x7ff0_0000_0000_0001)));
        Assert.True(sample.Key(double.PositiveInfinity).AsSpan().SequenceCompareTo(sample.Key(double.NaN)) < 0);
        Assert.True(sample.Key(double.NegativeInfinity).AsSpan().SequenceCompareTo(sample.Key(double.MinValue)) < 0);
        Assert.True(double.IsNegative(new RowView(sample.Row(-0.0))[0].GetDouble())); // the row keeps what it was given
    }

    [Fact]
    public void Trailing_blanks_compare_in_text_and_not_in_char()
    {
        var text = TypeSample.Of(ColumnType.Text);
        var padded = TypeSample.Of(ColumnType.Char);
        Assert.NotEqual(text.Key("a"), text.Key("a  "));
        Assert.Equal(padded.Key("a"), padded.Key("a  "));
        Assert.Equal(padded.Key(""), padded.Key("  "));
        Assert.NotEqual(padded.Key("a"), padded.Key(" a"));
    }

    [Fact]
    public void Nul_and_column_borders_are_never_taken_for_each_other()
    {
        string[] parts = ["", "\0", "\0\0", "a", "a\0", "a\0\0", "a\0b", "b", "\0b", "\u00ff", "a\u00ff", "\u0001"];
        var schema = new TableSchema([new Column("a", ColumnType.Text), new Column("b", ColumnType.Text)]);
        var keys = (from a in parts from b in parts select (a, b, key: Keys.Of(schema, Row(2, (ref RowWriter w) => { w.WriteText(a); w.WriteText(b); })))).ToArray();
        foreach (var x in keys)
            foreach (var y in keys)
            {
                var order = TypeSample.CompareText(x.a, y.a) is var first && first != 0 ? first : TypeSample.CompareText(x.b, y.b);
                Assert.Equal(Math.Sign(order), Math.Sign(x.key.AsSpan().SequenceCompareTo(y.key)));
            }
    }

    [Fact]
    public void Null_false_and_a_nul_are_different_keys()
    {
        var keys = new[]
        {
            TypeSample.Of(ColumnType.Boolean).Key(null), TypeSample.Of(ColumnType.Boolean).Key(false),
            TypeSample.Of(ColumnType.Text).Key("\0"), TypeSample.Of(ColumnType.Text).Key(""),
        };
        Assert.Equal(4, keys.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void A_key_with_a_null_says_so()
    {
        var schema = new TableSchema([new Column("a", ColumnType.Int4), new Column("b", ColumnType.Int4)]);
        var row = Row(2, (ref RowWriter w) => { w.WriteInt64(1); w.WriteNull(); });
        var offsets = new int[2];
        using var buffer = new ByteBuffer();
        Assert.True(RowRules.TryValidate(schema, row, offsets, out _));
        Assert.True(new KeyEncoder(schema, [0, 1]).Append(row, offsets, buffer).HasNull);
        Assert.False(new KeyEncoder(schema, [0]).Append(row, offsets, buffer).HasNull);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_key_may_have_64_kib_and_no_byte_more(int more)
    {
        var schema = new TableSchema([new Column("a", ColumnType.Text)]);
        foreach (var zeros in new[] { 0, 1, 1000 })
        {
            // tag, text, one byte more for each NUL, end
            var text = new string('\0', zeros) + new string('x', RowFormat.MaxKeyBytes - 3 - (2 * zeros) + more);
            var row = Row(1, (ref RowWriter w) => w.WriteText(text));
            var offsets = new int[1];
            using var buffer = new ByteBuffer();
            buffer.Append("before"u8);
            Assert.True(RowRules.TryValidate(schema, row, offsets, out _));
            var result = new KeyEncoder(schema, [0]).Append(row, offsets, buffer);
            Assert.Equal(more > 0 ? new KeyResult(0, false, true) : new KeyResult(RowFormat.MaxKeyBytes, false, false), result);
            Assert.Equal(6 + result.Length, buffer.Length);
        }
    }

    [Fact]
    public void A_huge_value_is_refused_before_it_is_copied()
    {
        var types = new[] { ColumnType.Bytea, ColumnType.Vector };
        foreach (var type in types)
        {
            var schema = new TableSchema([new Column("a", type)]);
            var row = Row(1, (ref RowWriter w) => w.WriteBytes(new byte[8 * 1024 * 1024]));
            var offsets = new int[1];
            using var buffer = new ByteBuffer();
            Assert.True(RowRules.TryValidate(schema, row, offsets, out _));
            Assert.True(new KeyEncoder(schema, [0]).Append(row, offsets, buffer).IsTooLong);
            Assert.True(buffer.Capacity < 1024 * 1024);
        }
    }

    [Fact]
    public void A_look_up_for_a_number_the_column_cannot_hold_finds_nothing_and_is_no_other_number()
    {
        var schema = new TableSchema([new Column("id", ColumnType.Int4)]);
        using var buffer = new ByteBuffer();
        Assert.False(new KeyEncoder(schema, [0]).TryAppendProbe(Row(1, (ref RowWriter w) => w.WriteInt64(4_294_967_297)), buffer, out _, out var fault));
        Assert.True(fault.IsNoSuchKey);
        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void A_look_up_with_a_value_of_another_type_is_misuse_and_says_which_column()
    {
        var schema = new TableSchema([new Column("x", ColumnType.Text), new Column("id", ColumnType.Int4)]);
        using var buffer = new ByteBuffer();
        var encoder = new KeyEncoder(schema, [1]);
        Assert.False(encoder.TryAppendProbe(Row(1, (ref RowWriter w) => w.WriteText("1")), buffer, out _, out var fault));
        Assert.Equal(new RowFault(RowFault.TypeMismatch, 1), fault);
        Assert.False(fault.IsNoSuchKey);
        Assert.False(encoder.TryAppendProbe(Row(2, (ref RowWriter w) => { w.WriteInt64(1); w.WriteInt64(2); }), buffer, out _, out fault));
        Assert.Equal(RowFault.ColumnCount, fault.Code);
    }

    [Fact]
    public void A_look_up_longer_than_the_column_finds_nothing_but_blanks_of_char_do_not_count()
    {
        var schema = new TableSchema([new Column("c", ColumnType.Char) { Length = 2 }]);
        using var buffer = new ByteBuffer();
        Assert.True(new KeyEncoder(schema, [0]).TryAppendProbe(Row(1, (ref RowWriter w) => w.WriteText("ab    ")), buffer, out _, out _));
        Assert.Equal(Keys.Of(schema, Row(1, (ref RowWriter w) => w.WriteText("ab"))), buffer.Written.ToArray());
        Assert.False(new KeyEncoder(schema, [0]).TryAppendProbe(Row(1, (ref RowWriter w) => w.WriteText(new string('x', 100_000))), buffer, out _, out var fault));
        Assert.True(fault.IsNoSuchKey);
    }

    [Fact]
    public void Json_keys_are_equal_where_the_json_is()
    {
        var sample = TypeSample.Of(ColumnType.Json);
        Assert.Equal(sample.Key("{\"a\":1.0,\"b\":[ ]}"), sample.Key(" { \"b\" : [] , \"a\" : 10e-1 } "));
        Assert.NotEqual(sample.Key("1"), sample.Key("\"1\""));
    }

    private static byte[] Numeric(string text) =>
        Numeric38.TryParse(Encoding.ASCII.GetBytes(text), out var value) ? TypeSample.Of(ColumnType.Numeric).Key(value) : throw new FormatException(text);

    private static byte[] Row(int columns, WriteRow write)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, columns);
        write(ref writer);
        writer.End();
        return buffer.Written.ToArray();
    }
}
