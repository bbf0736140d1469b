using System.Buffers.Binary;
using System.IO.Hashing;

namespace Helios.Pipeline.Storage;

/// <summary>What values are told apart by where they are counted: <see cref="ValueHash"/>, but for Numerics of more than 15 digits, of which many are one double there and none is here.</summary>
/// <remarks>
/// Filters may call different values one, as a bloom filter does anyhow; a count of different values must not. Such a Numeric that is no whole number of 64 bits has the XxHash3, with seed 12, of 18 bytes:
/// its digits as a whole number of 38 digits (16, little-endian), how many of them stand before the point (1, signed), 1 where it is negative.
/// </remarks>
internal static class StatisticsHash
{
    private const long LongNumeric = 12;

    /// <summary>Digits that two doubles never share.</summary>
    private const int DoubleDigits = 15;

    private static readonly UInt128 s_behindDouble = Numeric38.PowerOfTen(Numeric38.MaxDigits - DoubleDigits);

    public static ulong Of(ColumnType type, ValueView value) => type == ColumnType.Numeric ? Of(value.GetNumeric()) : ValueHash.Of(type, value);

    public static ulong Of(in Numeric38 value)
    {
        var (magnitude, digits) = (value.Magnitude, value.DigitCount);
        if (digits <= DoubleDigits)
            return ValueHash.Of(value);
        var aligned = magnitude * Numeric38.PowerOfTen(Numeric38.MaxDigits - digits);
        if (aligned % s_behindDouble == 0 || (NumericArithmetic.TryToInteger(value, out var whole) && whole >= long.MinValue && whole <= long.MaxValue))
            return ValueHash.Of(value);
        Span<byte> body = stackalloc byte[18];
        BinaryPrimitives.WriteUInt128LittleEndian(body, aligned);
        body[16] = (byte)(sbyte)(digits - value.Scale);
        body[17] = value.IsNegative ? (byte)1 : (byte)0;
        return XxHash3.HashToUInt64(body, LongNumeric);
    }

    /// <summary>Where a constant stands among the codes of a column, with the hash that equal values are counted under.</summary>
    /// <remarks>As for <see cref="ZoneRange.Of"/>.</remarks>
    public static ZoneRange Place(Column column, ExpressionType operands, scoped in ExpressionValue constant)
    {
        var range = ZoneRange.Of(column, operands, constant);
        return column.Type == ColumnType.Numeric && operands == ExpressionType.Numeric ? range with { Hash = Of(constant.Numeric) } : range;
    }
}
