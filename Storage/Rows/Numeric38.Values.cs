using System.Numerics;

namespace Helios.Pipeline.Storage;

/// <summary>Comparison, and the way from and to the numbers of the CLR.</summary>
internal readonly partial struct Numeric38 : IComparable<Numeric38>, IEquatable<Numeric38>
{
    /// <summary>Scales of a decimal.</summary>
    private const int MaxDecimalScale = 28;

    /// <summary>Takes a decimal with its scale.</summary>
    public static Numeric38 From(decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        var magnitude = new UInt128((uint)parts[2], ((ulong)(uint)parts[1] << 32) | (uint)parts[0]);
        return new Numeric38(magnitude, (parts[3] >> 16) & 0xff, parts[3] < 0);
    }

    /// <summary>Takes an integer of up to 38 digits.</summary>
    public static bool TryFrom(BigInteger value, out Numeric38 number)
    {
        var magnitude = BigInteger.Abs(value);
        number = default;
        if (magnitude >= (BigInteger)Powers[MaxDigits])
            return false;
        number = new Numeric38((UInt128)magnitude, 0, value.Sign < 0);
        return true;
    }

    /// <summary>The same number as a decimal; false where a decimal has too few digits for it. Zeros behind the point are dropped where they must be.</summary>
    public bool TryToDecimal(out decimal value)
    {
        value = 0;
        var (magnitude, scale) = (_magnitude, (int)_scale);
        while (scale > MaxDecimalScale || (magnitude >> 96 != 0 && scale > 0))
        {
            (magnitude, var digit) = UInt128.DivRem(magnitude, 10);
            if (digit != 0)
                return false;
            scale--;
        }

        if (magnitude >> 96 != 0)
            return false;
        value = new decimal((int)(uint)magnitude, (int)(uint)(magnitude >> 32), (int)(uint)(magnitude >> 64), _isNegative, (byte)scale);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(Numeric38 other)
    {
        if (_isNegative != other._isNegative)
            return _isNegative ? -1 : 1;
        var order = CompareMagnitudes(this, other);
        return _isNegative ? -order : order;
    }

    /// <summary>Equal by value: 1.0 equals 1.00.</summary>
    public bool Equals(Numeric38 other) => CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Numeric38 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_isNegative, DigitCount - _scale * (IsZero ? 0 : 1), Aligned(_magnitude));

    private static int CompareMagnitudes(in Numeric38 a, in Numeric38 b)
    {
        if (a.IsZero || b.IsZero)
            return b.IsZero.CompareTo(a.IsZero);
        var order = (a.DigitCount - a._scale).CompareTo(b.DigitCount - b._scale); // the place of the first digit
        return order != 0 ? order : Aligned(a._magnitude).CompareTo(Aligned(b._magnitude));
    }

    /// <summary>The digits as 38 of them, with zeros behind: without the scale.</summary>
    private static UInt128 Aligned(UInt128 magnitude) => magnitude * Powers[MaxDigits - CountDigits(magnitude)];
}
