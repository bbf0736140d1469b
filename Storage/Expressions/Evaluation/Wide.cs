namespace Helios.Pipeline.Storage;

/// <summary>An unsigned integer of 256 bits: the product of two magnitudes of <see cref="Numeric38"/>, which have 76 digits, fits.</summary>
internal readonly struct Wide(UInt128 high, UInt128 low)
{
    private const int MaxPower = 76;

    private static readonly Wide[] s_powers = MakePowers();

    private readonly UInt128 _high = high;

    public UInt128 Low { get; } = low;

    /// <summary>10^exponent for 0 to 76.</summary>
    public static Wide PowerOfTen(int exponent) => s_powers[exponent];

    public static Wide Multiply(UInt128 a, UInt128 b)
    {
        var (a1, a0, b1, b0) = (a >> 64, (UInt128)(ulong)a, b >> 64, (UInt128)(ulong)b);
        var (low, cross, other, high) = (a0 * b0, a0 * b1, a1 * b0, a1 * b1);
        var middle = (low >> 64) + (ulong)cross + (ulong)other;
        return new Wide(high + (cross >> 64) + (other >> 64) + (middle >> 64), (middle << 64) | (ulong)low);
    }

    /// <summary>Ten times as much; the caller knows that it fits.</summary>
    public Wide TimesTen()
    {
        var low = Multiply(Low, 10);
        return new Wide((_high * 10) + low._high, low.Low);
    }

    public static Wide operator +(Wide a, Wide b)
    {
        var low = a.Low + b.Low;
        return new Wide(a._high + b._high + (low < a.Low ? UInt128.One : 0), low);
    }

    public static Wide operator -(Wide a, Wide b) => new(a._high - b._high - (a.Low < b.Low ? UInt128.One : 0), a.Low - b.Low);

    public static bool operator >=(Wide a, Wide b) => a._high > b._high || (a._high == b._high && a.Low >= b.Low);

    public static bool operator <=(Wide a, Wide b) => b >= a;

    /// <summary>The divisor is not zero and has at most 76 digits.</summary>
    public static (Wide Quotient, Wide Remainder) DivRem(Wide a, Wide divisor)
    {
        if (a._high == 0 && divisor._high == 0)
        {
            var (whole, left) = UInt128.DivRem(a.Low, divisor.Low);
            return (new Wide(0, whole), new Wide(0, left));
        }

        Wide quotient = default, rest = default;
        for (var bit = a.BitLength() - 1; bit >= 0; bit--)
        {
            rest += rest; // below the divisor before, which leaves the uppermost bits free
            var next = bit >= 128 ? (a._high >> (bit - 128)) & 1 : (a.Low >> bit) & 1;
            rest = new Wide(rest._high, rest.Low | next);
            if (!(rest >= divisor))
                continue;
            rest -= divisor;
            quotient += bit >= 128 ? new Wide(UInt128.One << (bit - 128), 0) : new Wide(0, UInt128.One << bit);
        }

        return (quotient, rest);
    }

    /// <summary>Drops digits from the right; half of the last one that stays rounds up.</summary>
    public static Wide DivideRounded(Wide a, int digits)
    {
        var divisor = PowerOfTen(digits);
        var (quotient, rest) = DivRem(a, divisor);
        return rest + rest >= divisor ? quotient + new Wide(0, 1) : quotient;
    }

    /// <summary>Digits; 0 for zero.</summary>
    public int CountDigits()
    {
        // log10(2) is about 1233/4096: a guess that is right or one too small.
        var guess = Math.Min(BitLength() * 1233 >> 12, MaxPower);
        return this >= s_powers[guess] ? guess + 1 : guess;
    }

    private int BitLength() => _high != 0 ? 256 - (int)UInt128.LeadingZeroCount(_high) : 128 - (int)UInt128.LeadingZeroCount(Low);

    private static Wide[] MakePowers()
    {
        var powers = new Wide[MaxPower + 1];
        powers[0] = new Wide(0, 1);
        for (var i = 1; i < powers.Length; i++)
            powers[i] = powers[i - 1].TimesTen();
        return powers;
    }
}
