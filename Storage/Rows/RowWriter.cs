using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Writes one row in the form of <see cref="RowFormat"/>. Allocates nothing; knows no schema: Validate checks what was written.</summary>
internal readonly struct RowWriter(ByteBuffer buffer)
{
    public void Begin(uint schemaVersion, int columns)
    {
        WriteArrayHeader(columns + 1);
        WriteInt64(schemaVersion);
    }

    public void WriteArrayHeader(int count)
    {
        var span = buffer.GetSpan(5);
        if (count < 16)
        {
            span[0] = (byte)(0x90 | count);
            buffer.Advance(1);
        }
        else if (count <= ushort.MaxValue)
        {
            span[0] = RowFormat.Array16;
            BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)count);
            buffer.Advance(3);
        }
        else
        {
            span[0] = RowFormat.Array32;
            BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)count);
            buffer.Advance(5);
        }
    }

    public void WriteNull() => buffer.Append(RowFormat.Nil);

    public void WriteBoolean(bool value) => buffer.Append(value ? RowFormat.True : RowFormat.False);

    public void WriteInt64(long value)
    {
        var span = buffer.GetSpan(9);
        int length;
        if (value is >= -32 and <= 127)
        {
            span[0] = unchecked((byte)value);
            length = 1;
        }
        else if (value >= 0)
        {
            length = WritePositive(span, (ulong)value);
        }
        else
        {
            length = WriteNegative(span, value);
        }

        buffer.Advance(length);
    }

    public void WriteSingle(float value)
    {
        var span = buffer.GetSpan(5);
        span[0] = RowFormat.Float32;
        BinaryPrimitives.WriteSingleBigEndian(span[1..], value);
        buffer.Advance(5);
    }

    public void WriteDouble(double value)
    {
        var span = buffer.GetSpan(9);
        span[0] = RowFormat.Float64;
        BinaryPrimitives.WriteDoubleBigEndian(span[1..], value);
        buffer.Advance(9);
    }

    public void WriteNumeric(Numeric38 value)
    {
        Span<byte> digits = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(digits, value.Magnitude);
        var first = digits.IndexOfAnyExcept((byte)0);
        digits = digits[(first < 0 ? digits.Length : first)..];
        var span = buffer.GetSpan(4 + digits.Length);
        span[0] = RowFormat.Ext8;
        span[1] = (byte)(1 + digits.Length);
        span[2] = RowFormat.NumericExt;
        span[3] = (byte)(value.Scale | (value.IsNegative ? 0x80 : 0));
        digits.CopyTo(span[4..]);
        buffer.Advance(4 + digits.Length);
    }

    /// <exception cref="ArgumentException">The text has a lone surrogate.</exception>
    public void WriteText(ReadOnlySpan<char> text)
    {
        var bytes = s_strict.GetByteCount(text);
        WriteHeader(RowFormat.Str8, bytes);
        s_strict.GetBytes(text, buffer.GetSpan(bytes));
        buffer.Advance(bytes);
    }

    public void WriteUtf8(ReadOnlySpan<byte> utf8)
    {
        WriteHeader(RowFormat.Str8, utf8.Length);
        buffer.Append(utf8);
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteHeader(RowFormat.Bin8, bytes.Length);
        buffer.Append(bytes);
    }

    public void WriteDate(DateOnly value) => WriteInt64(value.DayNumber);

    public void WriteTicks(long ticks) => WriteInt64(ticks);

    public void WriteGuid(Guid value)
    {
        var span = buffer.GetSpan(18);
        span[0] = RowFormat.Bin8;
        span[1] = 16;
        value.TryWriteBytes(span[2..], bigEndian: true, out _);
        buffer.Advance(18);
    }

    public void WriteVector(ReadOnlySpan<float> values)
    {
        if (BitConverter.IsLittleEndian)
        {
            WriteBytes(MemoryMarshal.AsBytes(values));
            return;
        }

        WriteHeader(RowFormat.Bin8, values.Length * sizeof(float));
        foreach (var value in values)
        {
            BinaryPrimitives.WriteSingleLittleEndian(buffer.GetSpan(sizeof(float)), value);
            buffer.Advance(sizeof(float));
        }
    }

    /// <summary>Copies a value that another row has.</summary>
    public void WriteRaw(ReadOnlySpan<byte> value) => buffer.Append(value);

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private void WriteHeader(byte family8, int length)
    {
        var span = buffer.GetSpan(5);
        int header;
        if (family8 == RowFormat.Str8 && length < 32)
        {
            span[0] = (byte)(0xa0 | length);
            header = 1;
        }
        else if (length <= byte.MaxValue)
        {
            span[0] = family8;
            span[1] = (byte)length;
            header = 2;
        }
        else if (length <= ushort.MaxValue)
        {
            span[0] = (byte)(family8 + 1);
            BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)length);
            header = 3;
        }
        else
        {
            span[0] = (byte)(family8 + 2);
            BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)length);
            header = 5;
        }

        buffer.Advance(header);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WritePositive(Span<byte> span, ulong value)
    {
        if (value <= byte.MaxValue)
        {
            span[0] = RowFormat.UInt8;
            span[1] = (byte)value;
            return 2;
        }

        if (value <= ushort.MaxValue)
        {
            span[0] = RowFormat.UInt16;
            BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)value);
            return 3;
        }

        if (value <= uint.MaxValue)
        {
            span[0] = RowFormat.UInt32;
            BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)value);
            return 5;
        }

        span[0] = RowFormat.UInt64;
        BinaryPrimitives.WriteUInt64BigEndian(span[1..], value);
        return 9;
    }

    private static int WriteNegative(Span<byte> span, long value)
    {
        if (value >= sbyte.MinValue)
        {
            span[0] = RowFormat.Int8;
            span[1] = unchecked((byte)value);
            return 2;
        }

        if (value >= short.MinValue)
        {
            span[0] = RowFormat.Int16;
            BinaryPrimitives.WriteInt16BigEndian(span[1..], (short)value);
            return 3;
        }

        if (value >= int.MinValue)
        {
            span[0] = RowFormat.Int32;
            BinaryPrimitives.WriteInt32BigEndian(span[1..], (int)value);
            return 5;
        }

        span[0] = RowFormat.Int64;
        BinaryPrimitives.WriteInt64BigEndian(span[1..], value);
        return 9;
    }
}
