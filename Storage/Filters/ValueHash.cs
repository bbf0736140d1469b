using System.Buffers.Binary;
using System.IO.Hashing;

namespace Helios.Pipeline.Storage;

/// <summary>
/// One 64-bit hash per value, whatever the width of its type: XxHash3 of a body, seeded with the number of its class. A format: it never changes.
/// <code>
/// class            body
///  1 whole number  8 bytes, little-endian: an Int2, Int4, Int8; a Numeric or Float that is whole and fits
///  2 number        8 bytes, little-endian: the bits of the nearest double, of every other number; NaN is 0x7ff8000000000000
///  3 text          UTF-8 without trailing blanks: Varchar, Text, Char
///  4 Bytea         the bytes
///  5 Uuid          16 bytes as printed
///  6 Boolean       1 byte
///  7 Date          8 bytes, little-endian: days since 0001-01-01
///  8 Time          8 bytes, little-endian: ticks of 100 ns; so 9 Timestamp, 10 Timestamptz, 11 Interval
/// </code>
/// A Numeric that is not whole, or does not fit, is of class 1 where its nearest double is.
/// </summary>
/// <remarks>
/// Values that a comparison calls equal have one hash, but for whole numbers of 2^53 and more from zero beside a Float: they are compared as doubles there,
/// of which several are one, and each has its own hash here, because ids are such numbers. Who looks for what equals such a Float must not ask for its hash
/// (<see cref="ZoneRange"/>). Json, Jsonb, Array and Vector are never compared and have none.
/// </remarks>
internal static class ValueHash
{
    private const long WholeNumber = 1;
    private const long Number = 2;
    private const long Text = 3;
    private const long Bytea = 4;
    private const long Uuid = 5;
    private const long Boolean = 6;
    private const long Date = 7;
    private const long Time = 8;
    private const long Timestamp = 9;
    private const long Timestamptz = 10;
    private const long Interval = 11;

    /// <summary>Powers of ten that a double holds exactly: the quotient of two exact doubles is rounded once.</summary>
    private static readonly double[] s_exactPowers = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    public static bool IsDefined(ColumnType type) => ZoneCode.IsDefined(type);

    /// <summary>The hash of a value that is there; <see cref="IsDefined"/> holds for the type.</summary>
    public static ulong Of(ColumnType type, ValueView value) => type switch
    {
        ColumnType.Boolean => Of(value.GetBoolean()),
        ColumnType.Float4 => Of((double)value.GetSingle()),
        ColumnType.Float8 => Of(value.GetDouble()),
        ColumnType.Numeric => Of(value.GetNumeric()),
        ColumnType.Varchar or ColumnType.Text or ColumnType.Char => OfText(value.GetUtf8()),
        ColumnType.Bytea => XxHash3.HashToUInt64(value.GetBytes(), Bytea),
        ColumnType.Uuid => XxHash3.HashToUInt64(value.GetBytes(), Uuid),
        _ => OfBits((ulong)value.GetInt64(), ClassOf(ExpressionTypes.Of(type))),
    };

    /// <summary>The hash of a value of an expression; its type is one that is compared.</summary>
    public static ulong Of(scoped in ExpressionValue value) => value.Type switch
    {
        ExpressionType.Boolean => Of(value.Boolean),
        ExpressionType.Float => Of(value.Double),
        ExpressionType.Numeric => Of(value.Numeric),
        ExpressionType.Text or ExpressionType.Char => OfText(value.Bytes),
        ExpressionType.Bytea => XxHash3.HashToUInt64(value.Bytes, Bytea),
        ExpressionType.Uuid => XxHash3.HashToUInt64(value.Bytes, Uuid),
        _ => OfBits((ulong)value.Int64, ClassOf(value.Type)),
    };

    public static ulong Of(long value) => OfBits((ulong)value, WholeNumber);

    public static ulong Of(double value)
    {
        if (value >= long.MinValue && value < -(double)long.MinValue && Math.Truncate(value) == value)
            return Of((long)value); // −0 is 0 here
        return OfBits(double.IsNaN(value) ? 0x7ff8_0000_0000_0000 : BitConverter.DoubleToUInt64Bits(value), Number);
    }

    public static ulong Of(in Numeric38 value) =>
        NumericArithmetic.TryToInteger(value, out var whole) && whole >= long.MinValue && whole <= long.MaxValue ? Of((long)whole) : Of(NearestDouble(value));

    public static ulong OfText(ReadOnlySpan<byte> utf8) => XxHash3.HashToUInt64(utf8.TrimEnd((byte)' '), Text);

    private static ulong Of(bool value) => XxHash3.HashToUInt64([value ? (byte)1 : (byte)0], Boolean);

    private static double NearestDouble(in Numeric38 value)
    {
        const ulong exact = 1UL << 53;
        if (value.Magnitude > exact || value.Scale >= s_exactPowers.Length)
            return NumericArithmetic.ToDouble(value);
        var quotient = (ulong)value.Magnitude / s_exactPowers[value.Scale];
        return value.IsNegative ? -quotient : quotient;
    }

    private static ulong OfBits(ulong bits, long seed)
    {
        Span<byte> body = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(body, bits);
        return XxHash3.HashToUInt64(body, seed);
    }

    private static long ClassOf(ExpressionType type) => type switch
    {
        ExpressionType.Integer => WholeNumber,
        ExpressionType.Date => Date,
        ExpressionType.Time => Time,
        ExpressionType.Timestamp => Timestamp,
        ExpressionType.Timestamptz => Timestamptz,
        ExpressionType.Interval => Interval,
        _ => throw new HeliosException(HeliosErrorKind.Internal, "internal", $"{type} has no hash."),
    };
}
