using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>Stores MessagePack tokens and numbers without a bounds check: the caller has made room for the longest form.</summary>
internal static class MessagePackPut
{
    /// <summary>Bytes of the header of text with a length in bytes.</summary>
    public static int TextHeaderBytes(int length) => length switch
    {
        < 32 => 1,
        <= byte.MaxValue => 2,
        <= ushort.MaxValue => 3,
        _ => 5,
    };

    /// <summary>Puts the header of text; returns its bytes.</summary>
    public static int TextHeader(ref byte at, int length)
    {
        switch (length)
        {
            case < 32:
                at = (byte)(MessagePackToken.FixStr | length);
                return 1;
            case <= byte.MaxValue:
                at = MessagePackToken.Str8;
                Unsafe.Add(ref at, 1) = (byte)length;
                return 2;
            case <= ushort.MaxValue:
                at = MessagePackToken.Str16;
                BigEndian(ref at, (ushort)length);
                return 3;
            default:
                at = MessagePackToken.Str32;
                BigEndian(ref at, (uint)length);
                return 5;
        }
    }

    /// <summary>Puts the header of bytes; returns its bytes.</summary>
    public static int BinaryHeader(ref byte at, int length)
    {
        switch (length)
        {
            case <= byte.MaxValue:
                at = MessagePackToken.Bin8;
                Unsafe.Add(ref at, 1) = (byte)length;
                return 2;
            case <= ushort.MaxValue:
                at = MessagePackToken.Bin16;
                BigEndian(ref at, (ushort)length);
                return 3;
            default:
                at = MessagePackToken.Bin32;
                BigEndian(ref at, (uint)length);
                return 5;
        }
    }

    /// <summary>Puts a number above 127 in its smallest form; returns its bytes.</summary>
    public static int Positive(ref byte at, ulong value)
    {
        switch (value)
        {
            case <= byte.MaxValue:
                at = MessagePackToken.UInt8;
                Unsafe.Add(ref at, 1) = (byte)value;
                return 2;
            case <= ushort.MaxValue:
                at = MessagePackToken.UInt16;
                BigEndian(ref at, (ushort)value);
                return 3;
            case <= uint.MaxValue:
                at = MessagePackToken.UInt32;
                BigEndian(ref at, (uint)value);
                return 5;
            default:
                at = MessagePackToken.UInt64;
                BigEndian(ref at, value);
                return 9;
        }
    }

    /// <summary>Puts a number below -32 in its smallest form; returns its bytes.</summary>
    public static int Negative(ref byte at, long value)
    {
        switch (value)
        {
            case >= sbyte.MinValue:
                at = MessagePackToken.Int8;
                Unsafe.Add(ref at, 1) = (byte)value;
                return 2;
            case >= short.MinValue:
                at = MessagePackToken.Int16;
                BigEndian(ref at, (short)value);
                return 3;
            case >= int.MinValue:
                at = MessagePackToken.Int32;
                BigEndian(ref at, (int)value);
                return 5;
            default:
                at = MessagePackToken.Int64;
                BigEndian(ref at, value);
                return 9;
        }
    }

    /// <summary>Stores a number behind the token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BigEndian(ref byte at, ushort value) => Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 1), BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BigEndian(ref byte at, short value) => Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 1), BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BigEndian(ref byte at, uint value) => Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 1), BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BigEndian(ref byte at, int value) => Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 1), BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BigEndian(ref byte at, ulong value) => Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 1), BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BigEndian(ref byte at, long value) => Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 1), BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
}
