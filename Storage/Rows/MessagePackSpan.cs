using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>Reads the MessagePack subset of <see cref="RowFormat"/> from bytes that are not trusted.</summary>
/// <remarks>
/// Every method reads one value at <c>at</c> and moves <c>at</c> behind it. A wrong token or too few bytes give false;
/// <c>at</c> is then of no use. Nothing throws or allocates, and no length is believed before the bytes are there.
/// </remarks>
internal static class MessagePackSpan
{
    public static bool TryReadArrayHeader(ReadOnlySpan<byte> bytes, ref int at, out int count)
    {
        count = 0;
        if ((uint)at >= (uint)bytes.Length)
            return false;
        var token = bytes[at++];
        if ((token & 0xf0) == MessagePackToken.FixArray)
        {
            count = token & 0x0f;
            return true;
        }

        uint length;
        if (token == MessagePackToken.Array16)
        {
            if (!TryReadBigEndian(bytes, ref at, 2, out length))
                return false;
        }
        else if (token != MessagePackToken.Array32 || !TryReadBigEndian(bytes, ref at, 4, out length))
        {
            return false;
        }

        count = (int)length;
        return length <= (uint)(bytes.Length - at); // an element has at least one byte
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadInteger(ReadOnlySpan<byte> bytes, ref int at, out long value)
    {
        if ((uint)at < (uint)bytes.Length)
        {
            var small = (sbyte)bytes[at];
            if (small >= -32)
            {
                value = small;
                at++;
                return true;
            }
        }

        return TryReadWideInteger(bytes, ref at, out value);
    }

    /// <summary>Reads a 64-bit unsigned integer too large for a signed one as false.</summary>
    private static bool TryReadWideInteger(ReadOnlySpan<byte> bytes, ref int at, out long value)
    {
        value = 0;
        if ((uint)at >= (uint)bytes.Length)
            return false;
        var token = bytes[at];
        if (token is < MessagePackToken.UInt8 or > MessagePackToken.Int64)
            return false;

        var size = 1 << ((token - MessagePackToken.UInt8) & 3);
        var rest = bytes[(at + 1)..];
        if (rest.Length < size)
            return false;
        at += 1 + size;
        switch (token)
        {
            case MessagePackToken.UInt8: value = rest[0]; return true;
            case MessagePackToken.UInt16: value = BinaryPrimitives.ReadUInt16BigEndian(rest); return true;
            case MessagePackToken.UInt32: value = BinaryPrimitives.ReadUInt32BigEndian(rest); return true;
            case MessagePackToken.Int8: value = (sbyte)rest[0]; return true;
            case MessagePackToken.Int16: value = BinaryPrimitives.ReadInt16BigEndian(rest); return true;
            case MessagePackToken.Int32: value = BinaryPrimitives.ReadInt32BigEndian(rest); return true;
            default:
                value = BinaryPrimitives.ReadInt64BigEndian(rest);
                return token == MessagePackToken.Int64 || value >= 0;
        }
    }

    public static bool TryReadSingle(ReadOnlySpan<byte> bytes, ref int at, out float value)
    {
        value = 0;
        if ((uint)at >= (uint)bytes.Length || bytes[at] != MessagePackToken.Float32 || bytes.Length - at < 5)
            return false;
        value = BinaryPrimitives.ReadSingleBigEndian(bytes[(at + 1)..]);
        at += 5;
        return true;
    }

    public static bool TryReadDouble(ReadOnlySpan<byte> bytes, ref int at, out double value)
    {
        value = 0;
        if ((uint)at >= (uint)bytes.Length || bytes[at] != MessagePackToken.Float64 || bytes.Length - at < 9)
            return false;
        value = BinaryPrimitives.ReadDoubleBigEndian(bytes[(at + 1)..]);
        at += 9;
        return true;
    }

    public static bool TryReadText(ReadOnlySpan<byte> bytes, scoped ref int at, out ReadOnlySpan<byte> utf8)
    {
        utf8 = default;
        if ((uint)at >= (uint)bytes.Length)
            return false;
        var token = bytes[at++];
        uint length;
        if ((token & 0xe0) == MessagePackToken.FixStr)
            length = token & 0x1fu;
        else if (token is < MessagePackToken.Str8 or > MessagePackToken.Str32
            || !TryReadBigEndian(bytes, ref at, 1 << (token - MessagePackToken.Str8), out length))
            return false;
        return TryTake(bytes, ref at, length, out utf8);
    }

    public static bool TryReadBinary(ReadOnlySpan<byte> bytes, scoped ref int at, out ReadOnlySpan<byte> value)
    {
        value = default;
        if ((uint)at >= (uint)bytes.Length)
            return false;
        var token = bytes[at++];
        return token is >= MessagePackToken.Bin8 and <= MessagePackToken.Bin32
            && TryReadBigEndian(bytes, ref at, 1 << (token - MessagePackToken.Bin8), out var length)
            && TryTake(bytes, ref at, length, out value);
    }

    /// <summary>Reads the payload of a Numeric; its content is the business of <see cref="Numeric38.TryRead"/>.</summary>
    public static bool TryReadNumeric(ReadOnlySpan<byte> bytes, scoped ref int at, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if ((uint)at >= (uint)bytes.Length || bytes.Length - at < 3
            || bytes[at] != MessagePackToken.Ext8 || bytes[at + 2] != RowFormat.NumericExtension)
            return false;
        uint length = bytes[at + 1];
        at += 3;
        return TryTake(bytes, ref at, length, out payload);
    }

    /// <summary>Steps over one value of any kind that rows use, arrays with all their elements.</summary>
    public static bool TrySkip(ReadOnlySpan<byte> bytes, ref int at)
    {
        for (long pending = 1; pending > 0; pending--)
        {
            if ((uint)at >= (uint)bytes.Length)
                return false;
            var token = bytes[at];
            uint length;
            if (token <= MessagePackToken.MaxPositiveFixInt || token >= MessagePackToken.MinNegativeFixInt
                || token is MessagePackToken.Nil or MessagePackToken.False or MessagePackToken.True)
            {
                at++;
                continue;
            }

            if ((token & 0xe0) == MessagePackToken.FixStr)
            {
                at++;
                length = token & 0x1fu;
            }
            else if ((token & 0xf0) == MessagePackToken.FixArray || token is MessagePackToken.Array16 or MessagePackToken.Array32)
            {
                if (!TryReadArrayHeader(bytes, ref at, out var count))
                    return false;
                pending += count;
                continue;
            }
            else if (!TryReadTail(token, bytes, ref at, out length))
            {
                return false;
            }

            if (length > (uint)(bytes.Length - at))
                return false;
            at += (int)length;
        }

        return true;
    }

    /// <summary>How many bytes stand behind a token that is neither single nor an array.</summary>
    private static bool TryReadTail(byte token, ReadOnlySpan<byte> bytes, ref int at, out uint length)
    {
        at++;
        length = 0;
        switch (token)
        {
            case MessagePackToken.Float32: length = 4; return true;
            case MessagePackToken.Float64: length = 8; return true;
            case >= MessagePackToken.UInt8 and <= MessagePackToken.Int64:
                length = 1u << ((token - MessagePackToken.UInt8) & 3);
                return true;
            case >= MessagePackToken.Str8 and <= MessagePackToken.Str32:
                return TryReadBigEndian(bytes, ref at, 1 << (token - MessagePackToken.Str8), out length);
            case >= MessagePackToken.Bin8 and <= MessagePackToken.Bin32:
                return TryReadBigEndian(bytes, ref at, 1 << (token - MessagePackToken.Bin8), out length);
            case MessagePackToken.Ext8 when TryReadBigEndian(bytes, ref at, 1, out length):
                length++; // the type byte
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadBigEndian(ReadOnlySpan<byte> bytes, ref int at, int size, out uint value)
    {
        value = 0;
        if (bytes.Length - at < size)
            return false;
        value = size switch
        {
            1 => bytes[at],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]),
            _ => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]),
        };
        at += size;
        return true;
    }

    private static bool TryTake(ReadOnlySpan<byte> bytes, scoped ref int at, uint length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (length > (uint)(bytes.Length - at))
            return false;
        taken = bytes.Slice(at, (int)length);
        at += (int)length;
        return true;
    }
}
