using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>What a MessagePack token is.</summary>
internal enum RowTokenKind : byte
{
    Nil,
    Boolean,
    Integer,
    Single,
    Double,
    Text,
    Bytes,
    Numeric,
    Array,
}

/// <summary>One MessagePack token: its kind, where its content is, and for integers, booleans and arrays its value.</summary>
internal readonly struct RowToken
{
    private RowToken(RowTokenKind kind, int header, int content, long value)
    {
        Kind = kind;
        Header = header;
        Content = content;
        Value = value;
    }

    public RowTokenKind Kind { get; }

    /// <summary>Bytes before the content.</summary>
    public int Header { get; }

    /// <summary>Bytes of the content; of an array 0, its elements follow.</summary>
    public int Content { get; }

    /// <summary>An integer's value, 1 for true, an array's count.</summary>
    public long Value { get; }

    public int Length => Header + Content;

    /// <summary>Reads the token at the beginning of the bytes; false where there is none that rows use, or where it is cut off.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RowToken token)
    {
        token = default;
        if (bytes.IsEmpty)
            return false;
        var first = bytes[0];
        if (first <= 0x7f || first >= 0xe0)
            return Set(out token, new RowToken(RowTokenKind.Integer, 1, 0, unchecked((sbyte)first)), bytes.Length);
        if (first is >= 0xa0 and <= 0xbf)
            return Set(out token, new RowToken(RowTokenKind.Text, 1, first & 0x1f, 0), bytes.Length);
        if (first is >= 0x90 and <= 0x9f)
            return Set(out token, new RowToken(RowTokenKind.Array, 1, 0, first & 0x0f), bytes.Length);
        return TryReadLong(first, bytes, out token) && token.Length <= bytes.Length;
    }

    private static bool Set(out RowToken token, RowToken value, int available)
    {
        token = value;
        return value.Length <= available;
    }

    private static bool TryReadLong(byte first, ReadOnlySpan<byte> bytes, out RowToken token)
    {
        token = default;
        var header = HeaderOf(first);
        if (header == 0 || bytes.Length < header)
            return false;
        switch (first)
        {
            case RowFormat.Nil: token = new RowToken(RowTokenKind.Nil, 1, 0, 0); return true;
            case RowFormat.False: token = new RowToken(RowTokenKind.Boolean, 1, 0, 0); return true;
            case RowFormat.True: token = new RowToken(RowTokenKind.Boolean, 1, 0, 1); return true;
            case RowFormat.UInt8: token = new RowToken(RowTokenKind.Integer, 2, 0, bytes[1]); return true;
            case RowFormat.UInt16: token = new RowToken(RowTokenKind.Integer, 3, 0, BinaryPrimitives.ReadUInt16BigEndian(bytes[1..])); return true;
            case RowFormat.UInt32: token = new RowToken(RowTokenKind.Integer, 5, 0, BinaryPrimitives.ReadUInt32BigEndian(bytes[1..])); return true;
            case RowFormat.UInt64:
                var unsigned = BinaryPrimitives.ReadUInt64BigEndian(bytes[1..]);
                token = new RowToken(RowTokenKind.Integer, 9, 0, unchecked((long)unsigned));
                return unsigned <= long.MaxValue;
            case RowFormat.Int8: token = new RowToken(RowTokenKind.Integer, 2, 0, unchecked((sbyte)bytes[1])); return true;
            case RowFormat.Int16: token = new RowToken(RowTokenKind.Integer, 3, 0, BinaryPrimitives.ReadInt16BigEndian(bytes[1..])); return true;
            case RowFormat.Int32: token = new RowToken(RowTokenKind.Integer, 5, 0, BinaryPrimitives.ReadInt32BigEndian(bytes[1..])); return true;
            case RowFormat.Int64: token = new RowToken(RowTokenKind.Integer, 9, 0, BinaryPrimitives.ReadInt64BigEndian(bytes[1..])); return true;
            case RowFormat.Float32: token = new RowToken(RowTokenKind.Single, 1, 4, 0); return true;
            case RowFormat.Float64: token = new RowToken(RowTokenKind.Double, 1, 8, 0); return true;
            case RowFormat.Str8: token = new RowToken(RowTokenKind.Text, 2, bytes[1], 0); return true;
            case RowFormat.Str16: token = new RowToken(RowTokenKind.Text, 3, BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]), 0); return true;
            case RowFormat.Str32: return TryLarge(RowTokenKind.Text, bytes, out token);
            case RowFormat.Bin8: token = new RowToken(RowTokenKind.Bytes, 2, bytes[1], 0); return true;
            case RowFormat.Bin16: token = new RowToken(RowTokenKind.Bytes, 3, BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]), 0); return true;
            case RowFormat.Bin32: return TryLarge(RowTokenKind.Bytes, bytes, out token);
            case RowFormat.Ext8 when bytes[2] == RowFormat.NumericExt: token = new RowToken(RowTokenKind.Numeric, 3, bytes[1], 0); return true;
            case RowFormat.Array16: token = new RowToken(RowTokenKind.Array, 3, 0, BinaryPrimitives.ReadUInt16BigEndian(bytes[1..])); return true;
            case RowFormat.Array32: token = new RowToken(RowTokenKind.Array, 5, 0, BinaryPrimitives.ReadUInt32BigEndian(bytes[1..])); return true;
            default: return false;
        }
    }

    private static bool TryLarge(RowTokenKind kind, ReadOnlySpan<byte> bytes, out RowToken token)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
        token = length <= RowFormat.MaxRowBytes ? new RowToken(kind, 5, (int)length, 0) : default;
        return length <= RowFormat.MaxRowBytes;
    }

    private static int HeaderOf(byte first) => first switch
    {
        RowFormat.Nil or RowFormat.False or RowFormat.True or RowFormat.Float32 or RowFormat.Float64 => 1,
        RowFormat.UInt8 or RowFormat.Int8 or RowFormat.Str8 or RowFormat.Bin8 => 2,
        RowFormat.UInt16 or RowFormat.Int16 or RowFormat.Str16 or RowFormat.Bin16 or RowFormat.Array16 or RowFormat.Ext8 => 3,
        RowFormat.UInt32 or RowFormat.Int32 or RowFormat.Str32 or RowFormat.Bin32 or RowFormat.Array32 => 5,
        RowFormat.UInt64 or RowFormat.Int64 => 9,
        _ => 0,
    };
}
