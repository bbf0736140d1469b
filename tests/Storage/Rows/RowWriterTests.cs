using System.Buffers;
using System.Text;
using MessagePack;

namespace Helios.Pipeline.Storage.Tests;

public class RowWriterTests
{
    [Fact]
    public void Any_messagepack_reader_reads_a_row()
    {
        var id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(300, 12);
        writer.WriteNull();
        writer.WriteBoolean(true);
        writer.WriteInt64(-5_000_000_000);
        writer.WriteSingle(1.5f);
        writer.WriteDouble(-0.0);
        writer.WriteNumeric(Numeric38.From(-12.50m));
        writer.WriteText("häß😀");
        writer.WriteBytes([1, 2, 3]);
        writer.WriteDate(new DateOnly(2024, 2, 29));
        writer.WriteGuid(id);
        writer.BeginArray(2);
        writer.WriteInt64(1);
        writer.WriteNull();
        writer.WriteVector([1f, -2f]);
        writer.End();

        var reader = new MessagePackReader(buffer.Written.ToArray());
        Assert.Equal(13, reader.ReadArrayHeader());
        Assert.Equal(300u, reader.ReadUInt32());
        Assert.True(reader.TryReadNil());
        Assert.True(reader.ReadBoolean());
        Assert.Equal(-5_000_000_000, reader.ReadInt64());
        Assert.Equal(1.5f, reader.ReadSingle());
        Assert.True(double.IsNegative(reader.ReadDouble()));
        var numeric = reader.ReadExtensionFormat();
        Assert.Equal(1, numeric.TypeCode);
        Assert.Equal([2, 1, 0x04, 0xe2], numeric.Data.ToArray());
        Assert.Equal("häß😀", reader.ReadString());
        Assert.Equal([1, 2, 3], reader.ReadBytes()!.Value.ToArray());
        Assert.Equal(new DateOnly(2024, 2, 29).DayNumber, reader.ReadInt32());
        Assert.Equal(Convert.FromHexString("00112233445566778899aabbccddeeff"), reader.ReadBytes()!.Value.ToArray());
        Assert.Equal(2, reader.ReadArrayHeader());
        Assert.Equal(1, reader.ReadInt32());
        Assert.True(reader.TryReadNil());
        Assert.Equal([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], reader.ReadBytes()!.Value.ToArray());
        Assert.True(reader.End);
    }

    [Fact]
    public void Integers_and_lengths_take_the_form_that_messagepack_chooses()
    {
        long[] integers = [0, 1, 127, 128, 255, 256, 65_535, 65_536, uint.MaxValue, uint.MaxValue + 1L, long.MaxValue,
            -1, -32, -33, -128, -129, -32_768, -32_769, int.MinValue, int.MinValue - 1L, long.MinValue];
        foreach (var value in integers)
            Assert.Equal(Expected((ref MessagePackWriter w) => w.Write(value)), Value((ref RowWriter w) => w.WriteInt64(value)));
        foreach (var length in new[] { 0, 15, 16, 31, 32, 255, 256, 65_535, 65_536 })
        {
            var text = new string('x', length);
            Assert.Equal(Expected((ref MessagePackWriter w) => w.Write(text)), Value((ref RowWriter w) => w.WriteText(text)));
            Assert.Equal(Expected((ref MessagePackWriter w) => w.Write(text)), Value((ref RowWriter w) => w.WriteUtf8(Encoding.UTF8.GetBytes(text))));
            Assert.Equal(Expected((ref MessagePackWriter w) => w.Write(new byte[length])), Value((ref RowWriter w) => w.WriteBytes(new byte[length])));
            Assert.Equal(Expected((ref MessagePackWriter w) => w.WriteArrayHeader(length)), Value((ref RowWriter w) => w.BeginArray(length)));
        }
    }

    [Fact]
    public void Text_whose_bytes_need_a_longer_header_than_its_characters_is_whole()
    {
        foreach (var length in new[] { 1, 10, 11, 15, 16, 31, 32, 85, 86, 127, 128, 255, 256, 341, 1024, 1025, 21_845, 21_846, 65_535, 65_536 })
            foreach (var character in new[] { "é", "中", "😀" })
            {
                var text = new string('a', 1) + string.Concat(Enumerable.Repeat(character, length));
                Assert.Equal(Expected((ref MessagePackWriter w) => w.Write(text)), Value((ref RowWriter w) => w.WriteText(text)));
            }
    }

    [Theory]
    [InlineData("", '\ud83d', "")]
    [InlineData("a", '\ude00', "b")]
    [InlineData("\U0001F600", '\ud83d', "\U0001F600")]
    public void A_surrogate_without_its_pair_is_refused(string before, char surrogate, string behind)
    {
        var text = before + surrogate + behind; // as one literal an attribute would replace it
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, 1);
        Assert.False(writer.TryWriteText(text));
        try
        {
            writer.WriteText(text);
            Assert.Fail("It was written.");
        }
        catch (HeliosException e)
        {
            Assert.Equal((HeliosErrorKind.Invalid, RowFault.InvalidText), (e.Kind, e.Code));
        }

        writer.WriteText("whole"); // the refused text has left nothing behind
        writer.End();
        Assert.Equal("whole"u8, new RowView(buffer.Written)[0].GetUtf8());
    }

    [Fact]
    public void An_abandoned_row_leaves_the_buffer_as_it_was()
    {
        using var buffer = new ByteBuffer(16);
        buffer.Append("before"u8);
        var writer = new RowWriter(buffer);
        writer.Begin(1, 2);
        writer.WriteText(new string('x', 100_000)); // makes the buffer grow
        writer.Abandon();
        Assert.Equal("before"u8, buffer.Written);

        writer.Begin(7, 1);
        writer.WriteInt64(42);
        var length = writer.End();
        Assert.Equal(42, new RowView(buffer.Written[6..])[0].GetInt64());
        Assert.Equal(buffer.Length, 6 + length);
    }

    [Fact]
    public void A_row_that_grows_without_end_is_given_up()
    {
        using var buffer = new ByteBuffer();
        var bytes = new byte[RowFormat.MaxRowBytes];
        var writer = new RowWriter(buffer);
        writer.Begin(1, 5);
        HeliosException? fault = null;
        try
        {
            for (var i = 0; i < 5; i++)
                writer.WriteBytes(bytes);
        }
        catch (HeliosException e)
        {
            fault = e;
            writer.Abandon();
        }

        Assert.Equal(RowFault.RowTooLong, fault?.Code);
        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void Writing_checking_reading_and_keys_allocate_nothing()
    {
        var schema = new TableSchema([new Column("a", ColumnType.Int8), new Column("b", ColumnType.Text), new Column("c", ColumnType.Float8), new Column("d", ColumnType.Timestamptz), new Column("e", ColumnType.Numeric)]);
        var encoder = new KeyEncoder(schema, [1, 0]);
        using var row = new ByteBuffer(4096);
        using var key = new ByteBuffer(4096);
        var number = Numeric38.From(12.34m);
        long sum = 0;
        Span<int> offsets = stackalloc int[5];
        for (var warm = 0; warm < 3; warm++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 10_000; i++)
            {
                row.Truncate(0);
                key.Truncate(0);
                var writer = new RowWriter(row);
                writer.Begin(1, 5);
                writer.WriteInt64(i * 1_000_003L);
                writer.WriteText("some text");
                writer.WriteDouble(i);
                writer.WriteTicks(638_000_000_000_000_000 + i);
                writer.WriteNumeric(number);
                writer.End();
                Assert.True(RowRules.TryValidate(schema, row.Written, offsets, out _));
                encoder.Append(row.Written, offsets, key);
                var view = new RowView(row.Written);
                sum += view[0].GetInt64() + view[1].GetUtf8().Length + (long)view[2].GetDouble() + view[3].GetTicks() + view[4].GetNumeric().Scale;
                foreach (var value in view)
                    sum += value.Raw.Length;
            }

            if (warm == 2)
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.NotEqual(0, sum);
    }

    private delegate void WriteRow(ref RowWriter writer);

    private delegate void WriteExpected(ref MessagePackWriter writer);

    private static byte[] Value(WriteRow write)
    {
        using var buffer = new ByteBuffer(16);
        var writer = new RowWriter(buffer);
        writer.Begin(1, 1);
        write(ref writer);
        writer.End();
        return buffer.Written[2..].ToArray();
    }

    private static byte[] Expected(WriteExpected write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(bytes);
        write(ref writer);
        writer.Flush();
        return bytes.WrittenSpan.ToArray();
    }
}
