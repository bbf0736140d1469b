using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Helios.Pipeline.Storage;

/// <summary>Writes rows in the form of <see cref="RowFormat"/> behind what a buffer holds. Allocates nothing.</summary>
/// <remarks>
/// <see cref="Begin"/>, then one write per column in row order, then <see cref="End"/>, or <see cref="Abandon"/> at any moment.
/// Between the two the buffer belongs to the writer: nobody else reads, writes or disposes it.
/// It does not know the schema: <see cref="RowRules"/> says whether the row fits it.
/// Pass it by <c>ref</c>; a copy loses what the original writes.
/// </remarks>
internal ref struct RowWriter
{
    // Far enough above the limit that RowRules, which names it, refuses every row of an honest size.
    private const int MaxBytesBeforeGivingUp = 4 * RowFormat.MaxRowBytes;

    private readonly ByteBuffer _into;
    private Span<byte> _free; // the buffer behind what it counts as written
    private int _used;        // bytes of _free that hold the row so far
    private int _start;       // where the row begins in the buffer

    public RowWriter(ByteBuffer into)
    {
        _into = into;
        _start = into.Length;
        _free = default;
        _used = 0;
    }

    /// <summary>Begins a row.</summary>
    /// <param name="schemaVersion">The version of the schema it is written for.</param>
    /// <param name="columns">0 to 1,600.</param>
    public void Begin(uint schemaVersion, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)columns, (uint)TableSchema.MaxColumns, nameof(columns));
        _start = _into.Length;
        _used = 0;
        _free = _into.GetSpan(64);
        BeginArray(columns + 1);
        WriteInt64(schemaVersion);
    }

    /// <summary>Ends the row: now it is in the buffer.</summary>
    /// <returns>Its bytes.</returns>
    public int End()
    {
        _into.Advance(_used);
        _free = default;
        _used = 0;
        return _into.Length - _start;
    }

    /// <summary>Forgets the row; the buffer is as it was before <see cref="Begin"/>.</summary>
    public void Abandon()
    {
        _into.Truncate(_start);
        _free = default;
        _used = 0;
    }

    /// <summary>Begins an array of <paramref name="count"/> elements, which follow as ordinary writes.</summary>
    public void BeginArray(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ref var at = ref Room(5);
        if (count < 16)
        {
            at = (byte)(MessagePackToken.FixArray | count);
            _used++;
        }
        else if (count <= ushort.MaxValue)
        {
            at = MessagePackToken.Array16;
            MessagePackPut.BigEndian(ref at, (ushort)count);
            _used += 3;
        }
        else
        {
            at = MessagePackToken.Array32;
            MessagePackPut.BigEndian(ref at, (uint)count);
            _used += 5;
        }
    }

    public void WriteNull()
    {
        Room(1) = MessagePackToken.Nil;
        _used++;
    }

    public void WriteBoolean(bool value)
    {
        Room(1) = value ? MessagePackToken.True : MessagePackToken.False;
        _used++;
    }

    /// <summary>Writes an Int2, Int4, Int8 in its smallest form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt64(long value)
    {
        ref var at = ref Room(9);
        if ((ulong)(value + 32) < 160)
        {
            at = (byte)value; // -32 to 127: the byte is the value
            _used++;
        }
        else
        {
            _used += value >= 0 ? MessagePackPut.Positive(ref at, (ulong)value) : MessagePackPut.Negative(ref at, value);
        }
    }

    public void WriteSingle(float value)
    {
        ref var at = ref Room(5);
        at = MessagePackToken.Float32;
        MessagePackPut.BigEndian(ref at, BitConverter.SingleToUInt32Bits(value));
        _used += 5;
    }

    public void WriteDouble(double value)
    {
        ref var at = ref Room(9);
        at = MessagePackToken.Float64;
        MessagePackPut.BigEndian(ref at, BitConverter.DoubleToUInt64Bits(value));
        _used += 9;
    }

    public void WriteNumeric(in Numeric38 value)
    {
        Room(3 + Numeric38.MaxPayloadBytes);
        var at = _free[_used..];
        var length = value.Write(at[3..]);
        at[0] = MessagePackToken.Ext8;
        at[1] = (byte)length;
        at[2] = RowFormat.NumericExtension;
        _used += 3 + length;
    }

    /// <summary>Writes text; false, and nothing is written, if a surrogate stands alone.</summary>
    public bool TryWriteText(scoped ReadOnlySpan<char> text)
    {
        // Three bytes per character is the worst case; beyond a page the exact count costs less than the room.
        var most = text.Length <= 1024 ? text.Length * 3 : Encoding.UTF8.GetByteCount(text);
        var headerBytes = MessagePackPut.TextHeaderBytes(text.Length);
        Room(5 + most);
        var body = _free[(_used + headerBytes)..];
        if (Utf8.FromUtf16(text, body, out _, out var length, replaceInvalidSequences: false) != OperationStatus.Done)
            return false;

        // The header was guessed for one byte per character.
        if (MessagePackPut.TextHeaderBytes(length) is var exact && exact != headerBytes)
            body[..length].CopyTo(_free[(_used + exact)..]);
        MessagePackPut.TextHeader(ref Room(5), length);
        _used += exact + length;
        return true;
    }

    /// <summary>Writes text.</summary>
    /// <exception cref="HeliosException">Invalid, <c>invalid_text</c>: a surrogate stands alone.</exception>
    public void WriteText(scoped ReadOnlySpan<char> text)
    {
        if (!TryWriteText(text))
            throw new HeliosException(HeliosErrorKind.Invalid, RowFault.InvalidText, "The text has a surrogate without its pair, so it has no UTF-8 form. The row is not written.");
    }

    /// <summary>Writes text that is UTF-8 already; <see cref="RowRules"/> checks that it is.</summary>
    public void WriteUtf8(scoped ReadOnlySpan<byte> utf8)
    {
        ref var at = ref Room(5 + utf8.Length);
        _used += MessagePackPut.TextHeader(ref at, utf8.Length);
        utf8.CopyTo(_free[_used..]);
        _used += utf8.Length;
    }

    /// <summary>Writes a Bytea.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> value)
    {
        ref var at = ref Room(5 + value.Length);
        _used += MessagePackPut.BinaryHeader(ref at, value.Length);
        value.CopyTo(_free[_used..]);
        _used += value.Length;
    }

    public void WriteDate(DateOnly value) => WriteInt64(value.DayNumber);

    /// <summary>Writes a Time, Timestamp, Timestamptz (UTC) or Interval in ticks of 100 ns.</summary>
    public void WriteTicks(long ticks) => WriteInt64(ticks);

    public void WriteGuid(Guid value)
    {
        ref var at = ref Room(18);
        at = MessagePackToken.Bin8;
        Unsafe.Add(ref at, 1) = 16;
        value.TryWriteBytes(_free.Slice(_used + 2, 16), bigEndian: true, out _);
        _used += 18;
    }

    public void WriteVector(scoped ReadOnlySpan<float> values)
    {
        var bytes = checked(values.Length * sizeof(float));
        ref var at = ref Room(5 + bytes);
        _used += MessagePackPut.BinaryHeader(ref at, bytes);
        var body = _free.Slice(_used, bytes);
        if (BitConverter.IsLittleEndian)
            MemoryMarshal.AsBytes(values).CopyTo(body);
        else
            for (var i = 0; i < values.Length; i++)
                BinaryPrimitives.WriteSingleLittleEndian(body[(4 * i)..], values[i]);
        _used += bytes;
    }

    /// <summary>Writes a value that another row holds.</summary>
    public void WriteRaw(scoped ReadOnlySpan<byte> encoded)
    {
        Room(encoded.Length);
        encoded.CopyTo(_free[_used..]);
        _used += encoded.Length;
    }

    /// <summary>The place of the next byte, with at least <paramref name="bytes"/> behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private ref byte Room(int bytes)
    {
        if (_free.Length - _used < bytes)
            Grow(bytes);
        return ref Unsafe.Add(ref MemoryMarshal.GetReference(_free), _used);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int bytes)
    {
        // Written so that it cannot overflow.
        if (bytes > MaxBytesBeforeGivingUp - (_into.Length - _start) - _used)
            throw new HeliosException(HeliosErrorKind.Invalid, RowFault.RowTooLong, $"The row has more than {RowFormat.MaxRowBytes:N0} bytes, the limit for one row. It is not written.");
        _into.Advance(_used);
        _used = 0;
        _free = _into.GetSpan(bytes);
    }
}
