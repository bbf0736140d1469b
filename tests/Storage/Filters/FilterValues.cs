using System.Text;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Random values that lie close together: equal ones, neighbours, and those that only a careless code or hash calls equal or different.</summary>
internal static class FilterValues
{
    private static readonly string[] Prefixes = ["", "a", "abcdefg", "abcdefgh", "abcdefghi", "b", "zz", "é", "中中", "\u0001"];

    /// <summary>Of the types of <see cref="TypeSample"/>: what its <see cref="TypeSample.Write"/> takes.</summary>
    public static object Next(ColumnType type, Random random)
    {
        if (random.Next(4) == 0)
            return TypeSample.Of(type).Next(random);
        switch (type)
        {
            case ColumnType.Int2: return (long)random.Next(-5, 6);
            case ColumnType.Int4 or ColumnType.Interval: return (long)random.Next(-5, 6) * Pick(random, 1, 1, 100_000);
            case ColumnType.Int8: return Pick(random, 0, 0, 1L << 53, -(1L << 53), long.MaxValue - 5, long.MinValue + 5) + random.Next(-5, 6);
            case ColumnType.Float4: return Pick(random, -0.0f, 0.0f, float.NaN, 0.1f, random.Next(-5, 6), float.PositiveInfinity, random.Next(-9, 9) / 4f);
            case ColumnType.Float8: return Pick(random, -0.0, 0.0, double.NaN, 0.1, random.Next(-5, 6), 9007199254740992.0, double.NegativeInfinity, random.Next(-9, 9) / 4.0, BitConverter.UInt64BitsToDouble(0x7ff8_0000_0000_0001));
            case ColumnType.Numeric: return NextNumeric(random);
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Char: return NextText(random);
            case ColumnType.Bytea: return Encoding.UTF8.GetBytes(NextText(random).Replace(' ', '\0'));
            case ColumnType.Uuid:
                var uuid = new byte[16];
                uuid[7] = (byte)random.Next(2);
                uuid[15] = (byte)random.Next(3);
                return new Guid(uuid, bigEndian: true);
            case ColumnType.Date: return DateOnly.FromDayNumber(738_000 + random.Next(10));
            case ColumnType.Time or ColumnType.Timestamp or ColumnType.Timestamptz: return random.Next(10) * TimeSpan.TicksPerMinute;
            default: return TypeSample.Of(type).Next(random);
        }
    }

    /// <summary>A number that several types hold, or nearly.</summary>
    public static decimal NextNumber(Random random) =>
        Pick(random, 0m, 5m, -12m, 0.5m, 0.1m, -2.25m, 1L << 53, -(1L << 53), long.MaxValue, long.MinValue, 1e19m, 5.00000000000000000001m);

    /// <summary>The number, or the nearest one, as a value of a type; null where it has none.</summary>
    public static object? TryOf(ColumnType type, decimal number, Random random)
    {
        switch (type)
        {
            case ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8:
                var most = type == ColumnType.Int2 ? short.MaxValue : type == ColumnType.Int4 ? int.MaxValue : long.MaxValue;
                return number == Math.Truncate(number) && number <= most && number >= -(decimal)most - 1 ? (long)number : null;
            case ColumnType.Float4: return (float)number;
            case ColumnType.Float8: return (double)number;
            case ColumnType.Numeric:
                var exact = Numeric38.From(number);
                var zeros = random.Next(3);
                return exact.DigitCount + zeros <= Numeric38.MaxDigits ? new Numeric38(exact.Magnitude * Numeric38.PowerOfTen(zeros), exact.Scale + zeros, exact.IsNegative) : exact;
            default: return null;
        }
    }

    public static ulong Code(ColumnType type, object value) => ZoneCode.Of(type, View(type, value));

    public static ulong Hash(ColumnType type, object value) => ValueHash.Of(type, View(type, value));

    public static ulong StatisticsHashOf(ColumnType type, object value) => StatisticsHash.Of(type, View(type, value));

    /// <summary>As the engine compares two values of the type.</summary>
    public static int Order(ColumnType type, object a, object b)
    {
        var schema = TypeSample.Of(type).Schema;
        var column = ExpressionBinder.Compile("c", schema);
        var (first, second) = (TypeSample.Of(type).Row(a), TypeSample.Of(type).Row(b));
        return ExpressionValue.Compare(ExpressionTypes.Of(type),
            column.Evaluate(first, Expressions.Offsets(schema, first), default), column.Evaluate(second, Expressions.Offsets(schema, second), default));
    }

    public static string Show(object value) => value switch { byte[] bytes => Convert.ToHexString(bytes), string text => $"'{text}'", double d => d.ToString("R"), _ => value.ToString()! };

    private static Numeric38 NextNumeric(Random random)
    {
        var scale = random.Next(4);
        var whole = (UInt128)Pick(random, 0, 5, 12, 1L << 53, long.MaxValue, 999_999_999_999_999_9L) + (UInt128)random.Next(3);
        return random.Next(4) switch
        {
            0 => new Numeric38(whole * Numeric38.PowerOfTen(19) + (UInt128)random.Next(3), 19, random.Next(2) == 0), // differ behind the sixteenth digit
            1 => new Numeric38((UInt128)random.Next(1, 30), 38, random.Next(2) == 0),
            _ => new Numeric38(whole * Numeric38.PowerOfTen(scale) + (UInt128)(scale > 0 && random.Next(2) == 0 ? random.Next(9) : 0), scale, random.Next(2) == 0),
        };
    }

    private static string NextText(Random random) =>
        Pick(random, Prefixes) + Pick(random, "", "", "a", "b", "\0", "h", "hi") + new string(' ', Math.Max(0, random.Next(-3, 3)));

    private static T Pick<T>(Random random, params T[] all) => all[random.Next(all.Length)];

    /// <summary>The value in a row of its own.</summary>
    private static ValueView View(ColumnType type, object value) => new RowView(TypeSample.Of(type).Row(value))[0];
}
