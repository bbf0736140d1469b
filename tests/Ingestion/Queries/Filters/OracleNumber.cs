using System.Globalization;
using System.Numerics;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A decimal number with any number of digits, compared exactly: what a Numeric is, told by none of the engine's code.</summary>
internal readonly record struct OracleNumber(BigInteger Digits, int Scale)
{
    public static OracleNumber Of(decimal value)
    {
        var bits = decimal.GetBits(value);
        var magnitude = new BigInteger(new decimal(bits[0], bits[1], bits[2], isNegative: false, 0));
        return new OracleNumber(value < 0 ? -magnitude : magnitude, (bits[3] >> 16) & 0xff);
    }

    public static OracleNumber Of(BigInteger value) => new(value, 0);

    public int CompareTo(OracleNumber other)
    {
        var scale = Math.Max(Scale, other.Scale);
        return (Digits * BigInteger.Pow(10, scale - Scale)).CompareTo(other.Digits * BigInteger.Pow(10, scale - other.Scale));
    }

    /// <summary>The nearest double: reading a text rounds once.</summary>
    public double ToDouble() => double.Parse(string.Create(CultureInfo.InvariantCulture, $"{Digits}E-{Scale}"), CultureInfo.InvariantCulture);

    public override string ToString()
    {
        var digits = BigInteger.Abs(Digits).ToString(CultureInfo.InvariantCulture).PadLeft(Scale + 1, '0');
        return (Digits.Sign < 0 ? "-" : "") + (Scale == 0 ? digits : $"{digits[..^Scale]}.{digits[^Scale..]}");
    }
}
