using System.Buffers.Binary;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Values that statistics keep, as values of the CLR (<see cref="ColumnClr"/>).</summary>
internal static class KeptValueClr
{
    /// <summary>A value that was kept. A clipped text ends with its last whole character.</summary>
    /// <exception cref="HeliosException">Corrupt: the bytes are no value of the type.</exception>
    public static object ToClr(ColumnType type, in KeptValue value)
    {
        var body = value.Component.AsSpan();
        if (body.IsEmpty || body[0] != OrderedEncoding.ValueTag)
            throw Damaged(type);
        body = body[1..];
        return type switch
        {
            ColumnType.Boolean => Whole(body, 1, type)[0] != 0,
            ColumnType.Int2 => (short)(BinaryPrimitives.ReadInt16BigEndian(Whole(body, 2, type)) ^ short.MinValue),
            ColumnType.Int4 => Int32(body, type),
            ColumnType.Float4 => Single(BinaryPrimitives.ReadUInt32BigEndian(Whole(body, 4, type))),
            ColumnType.Float8 => Double(BinaryPrimitives.ReadUInt64BigEndian(Whole(body, 8, type))),
            ColumnType.Numeric => Number(Numeric(body)),
            ColumnType.Varchar or ColumnType.Text or ColumnType.Char => Text(Unescaped(body, type)),
            ColumnType.Bytea => Unescaped(body, type),
            ColumnType.Uuid => new Guid(Whole(body, 16, type), bigEndian: true),
            ColumnType.Date => OfInteger(type, Int32(body, type)),
            ColumnType.Int8 or ColumnType.Time or ColumnType.Timestamp or ColumnType.Timestamptz or ColumnType.Interval =>
                OfInteger(type, BinaryPrimitives.ReadInt64BigEndian(Whole(body, 8, type)) ^ long.MinValue),
            _ => throw Damaged(type),
        };
    }

    /// <summary>A bound of a histogram. Of a text, Bytea or Uuid its first 8 bytes, of a Numeric its first 16 digits: that is all that a code has.</summary>
    /// <exception cref="HeliosException">Corrupt: no value of the type has the code.</exception>
    public static object ToClr(ColumnType type, ulong code)
    {
        Span<byte> first = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(first, code);
        first[sizeof(ulong)..].Clear();
        return type switch
        {
            ColumnType.Boolean => code > ZoneCode.Zero,
            ColumnType.Float4 => (float)ZoneCode.ToDouble(code),
            ColumnType.Float8 => ZoneCode.ToDouble(code),
            ColumnType.Numeric => Number(Numeric(code)),
            ColumnType.Varchar or ColumnType.Text or ColumnType.Char => Text(first[..sizeof(ulong)].TrimEnd((byte)0)),
            ColumnType.Bytea => first[..sizeof(ulong)].TrimEnd((byte)0).ToArray(),
            ColumnType.Uuid => new Guid(first, bigEndian: true),
            _ when ZoneCode.IsExact(type) => OfInteger(type, (long)(code ^ ZoneCode.Zero)),
            _ => throw Damaged(type),
        };
    }

    private static int Int32(ReadOnlySpan<byte> body, ColumnType type) => BinaryPrimitives.ReadInt32BigEndian(Whole(body, 4, type)) ^ int.MinValue;

    private static object OfInteger(ColumnType type, long number) => type switch
    {
        ColumnType.Int2 when number is >= short.MinValue and <= short.MaxValue => (short)number,
        ColumnType.Int4 when number is >= int.MinValue and <= int.MaxValue => (int)number,
        ColumnType.Int8 => number,
        ColumnType.Interval => new TimeSpan(number),
        ColumnType.Date when (ulong)number <= RowFormat.MaxDayNumber => DateOnly.FromDayNumber((int)number),
        ColumnType.Time when (ulong)number <= RowFormat.MaxTimeTicks => new TimeOnly(number),
        ColumnType.Timestamp when (ulong)number <= RowFormat.MaxTimestampTicks => new DateTime(number, DateTimeKind.Unspecified),
        ColumnType.Timestamptz when (ulong)number <= RowFormat.MaxTimestampTicks => new DateTimeOffset(number, TimeSpan.Zero),
        _ => throw Damaged(type),
    };

    private static float Single(uint bits)
    {
        const uint sign = 1u << 31;
        return BitConverter.UInt32BitsToSingle((bits & sign) != 0 ? bits ^ sign : ~bits);
    }

    private static double Double(ulong bits)
    {
        const ulong sign = 1UL << 63;
        return BitConverter.UInt64BitsToDouble((bits & sign) != 0 ? bits ^ sign : ~bits);
    }

    private static object Number(in Numeric38 value) => value.TryToDecimal(out var exact) ? exact : value.ToString();

    /// <summary>See <see cref="OrderedEncoding"/>: the middle ± 38 + e, and 38 digits behind the point, all flipped below zero.</summary>
    private static Numeric38 Numeric(ReadOnlySpan<byte> body)
    {
        const int middle = 0x80;
        if (body is [middle])
            return default;
        Whole(body, 17, ColumnType.Numeric);
        var isNegative = body[0] < middle;
        var digits = BinaryPrimitives.ReadUInt128BigEndian(body[1..]);
        return Numeric(isNegative ? ~digits : digits, Math.Abs(body[0] - middle) - Numeric38.MaxScale, isNegative, Numeric38.MaxDigits);
    }

    /// <summary>See <see cref="ZoneCode"/>: the same with 16 digits.</summary>
    private static Numeric38 Numeric(ulong code)
    {
        const int digitBits = 56;
        const int digits = 16;
        if (code == ZoneCode.Zero)
            return default;
        var isNegative = code < ZoneCode.Zero;
        var distance = isNegative ? ZoneCode.Zero - code : code - ZoneCode.Zero;
        return Numeric(distance & ((1UL << digitBits) - 1), (int)(distance >> digitBits) - Numeric38.MaxScale, isNegative, digits);
    }

    /// <summary>0.d1d2… × 10^exponent with so many digits.</summary>
    private static Numeric38 Numeric(UInt128 magnitude, int exponent, bool isNegative, int digits)
    {
        if (magnitude == 0 || magnitude >= Numeric38.PowerOfTen(digits) || Math.Abs(exponent) > Numeric38.MaxScale)
            throw Damaged(ColumnType.Numeric);
        var scale = digits - exponent;
        for (; scale > 0 && magnitude % 10 == 0; scale--)
            magnitude /= 10;
        for (; scale < 0 && magnitude < Numeric38.PowerOfTen(Numeric38.MaxDigits - 1); scale++)
            magnitude *= 10;
        return scale is >= 0 and <= Numeric38.MaxScale ? new Numeric38(magnitude, scale, isNegative) : throw Damaged(ColumnType.Numeric);
    }

    private static byte[] Unescaped(ReadOnlySpan<byte> body, ColumnType type)
    {
        var bytes = new List<byte>(body.Length);
        for (var at = 0; at + 1 < body.Length; at++)
        {
            if (body[at] != 0)
            {
                bytes.Add(body[at]);
                continue;
            }

            if (body[at + 1] == 0 && at + 2 == body.Length)
                return [.. bytes];
            if (body[++at] != byte.MaxValue)
                break;
            bytes.Add(0);
        }

        throw Damaged(type);
    }

    /// <summary>What may be cut anywhere in a character, without that character.</summary>
    private static string Text(ReadOnlySpan<byte> utf8)
    {
        var whole = utf8.Length;
        while (whole > 0 && utf8.Length - whole < 4 && !System.Text.Unicode.Utf8.IsValid(utf8[..whole]))
            whole--;
        return Encoding.UTF8.GetString(utf8[..whole]);
    }

    private static ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> body, int length, ColumnType type) => body.Length == length ? body : throw Damaged(type);

    private static HeliosException Damaged(ColumnType type) =>
        new(HeliosErrorKind.Corrupt, "corrupt", $"Stored statistics of a table are damaged: a value is no {type}. No row is affected; to gather them again makes them whole.");
}
