using System.Numerics;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>How values compare, from docs/expressions.md and docs/types.md, told by none of the engine's code.</summary>
internal static class OracleOrder
{
    /// <summary>The later type of all that stand in one comparison decides: 0 whole numbers, 1 decimal ones, 2 doubles; -1 for NULL and what is no number.</summary>
    public static int RankOf(object? value) => value switch
    {
        short or int or long => 0,
        decimal or BigInteger or OracleNumber => 1,
        float or double => 2,
        _ => -1,
    };

    public static int RankOf(ColumnType type) => type switch
    {
        ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8 => 0,
        ColumnType.Numeric => 1,
        ColumnType.Float4 or ColumnType.Float8 => 2,
        _ => -1,
    };

    /// <param name="a">A value.</param>
    /// <param name="b">Another one that goes with it.</param>
    /// <param name="rank">Of numbers: the type in which they are compared.</param>
    /// <param name="trims">Of texts: is one of the columns a Char?</param>
    public static int Compare(object a, object b, int rank, bool trims) => (a, b) switch
    {
        (string x, string y) => Bytes(x, trims).AsSpan().SequenceCompareTo(Bytes(y, trims)),
        (byte[] x, byte[] y) => x.AsSpan().SequenceCompareTo(y),
        (Guid x, Guid y) => x.ToByteArray(bigEndian: true).AsSpan().SequenceCompareTo(y.ToByteArray(bigEndian: true)),
        _ when rank == 2 => Doubles(ToDouble(a), ToDouble(b)),
        _ when rank >= 0 => ToNumber(a).CompareTo(ToNumber(b)),
        _ => ToTicks(a).CompareTo(ToTicks(b)),
    };

    /// <summary>NaN is above all others and equals itself; -0.0 is 0.</summary>
    private static int Doubles(double a, double b)
    {
        if (double.IsNaN(a) || double.IsNaN(b))
            return double.IsNaN(a).CompareTo(double.IsNaN(b));
        return a == b ? 0 : a < b ? -1 : 1;
    }

    private static double ToDouble(object value) => value switch { float f => f, double d => d, _ => ToNumber(value).ToDouble() };

    private static OracleNumber ToNumber(object value) => value switch
    {
        OracleNumber number => number,
        decimal number => OracleNumber.Of(number),
        BigInteger number => OracleNumber.Of(number),
        short number => OracleNumber.Of((BigInteger)number),
        int number => OracleNumber.Of((BigInteger)number),
        long number => OracleNumber.Of((BigInteger)number),
        _ => throw new InvalidOperationException($"{value} is no number that is exact"),
    };

    private static long ToTicks(object value) => value switch
    {
        bool flag => flag ? 1 : 0,
        DateOnly day => day.DayNumber,
        TimeOnly time => time.Ticks,
        DateTime moment => moment.Ticks,
        DateTimeOffset moment => moment.UtcTicks,
        TimeSpan gap => gap.Ticks,
        _ => throw new InvalidOperationException($"{value.GetType()} is not compared"),
    };

    private static byte[] Bytes(string text, bool trims) => Encoding.UTF8.GetBytes(trims ? text.TrimEnd(' ') : text);
}
