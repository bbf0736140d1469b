using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>An exact decimal: magnitude × 10^-scale, with up to 38 digits and a scale of 0 to 38.</summary>
/// <remarks>Compares by value: 1.0 equals 1.00, and each keeps its scale.</remarks>
internal readonly partial struct Numeric38
{
    public const int MaxDigits = 38;
    public const int MaxScale = 38;

    /// <summary>Bytes of the largest payload of <see cref="Write"/>.</summary>
    public const int MaxPayloadBytes = 18;

    private readonly UInt128 _magnitude;
    private readonly byte _scale;
    private readonly bool _isNegative;

    /// <summary>Makes a number; zero has no sign.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than 38 digits, or a scale outside 0 to 38.</exception>
    public Numeric38(UInt128 magnitude, int scale, bool isNegative)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(magnitude, PowerOfTen(MaxDigits));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)scale, (uint)MaxScale, nameof(scale));
        _magnitude = magnitude;
        _scale = (byte)scale;
        _isNegative = isNegative && magnitude != 0;
    }

    public UInt128 Magnitude => _magnitude;

    /// <summary>Digits behind the point.</summary>
    public int Scale => _scale;

    public bool IsNegative => _isNegative;

    public bool IsZero => _magnitude == 0;

    /// <summary>Digits of the magnitude; 0 for zero.</summary>
    public int DigitCount => CountDigits(_magnitude);

    /// <summary>Reads the payload of a row value: scale, sign, magnitude. False if it is not exactly what <see cref="Write"/> makes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out Numeric38 value)
    {
        value = default;
        if (payload.Length is < 2 or > MaxPayloadBytes || payload[0] > MaxScale || payload[1] > 1)
            return false;
        var bytes = payload[2..];
        if (bytes.IsEmpty ? payload[1] != 0 : bytes[0] == 0)
            return false; // a zero has no sign and no bytes
        UInt128 magnitude = 0;
        foreach (var b in bytes)
            magnitude = (magnitude << 8) | b;
        if (magnitude >= PowerOfTen(MaxDigits))
            return false;
        value = new Numeric38(magnitude, payload[0], payload[1] == 1);
        return true;
    }

    /// <summary>Writes the payload of a row value; returns its length, 2 to 18 bytes.</summary>
    public int Write(Span<byte> payload)
    {
        payload[0] = _scale;
        payload[1] = _isNegative ? (byte)1 : (byte)0;
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _magnitude);
        var significant = bytes[((int)UInt128.LeadingZeroCount(_magnitude) / 8)..];
        significant.CopyTo(payload[2..]);
        return 2 + significant.Length;
    }

    /// <summary>10^exponent for 0 to 38.</summary>
    public static UInt128 PowerOfTen(int exponent) => Powers[exponent];

    private static readonly UInt128[] Powers = MakePowers();

    private static UInt128[] MakePowers()
    {
        var powers = new UInt128[MaxDigits + 1];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
            powers[i] = powers[i - 1] * 10;
        return powers;
    }

    private static int CountDigits(UInt128 magnitude)
    {
        // log10(2) is about 1233/4096: a guess that is right or one too small.
        var bits = 128 - (int)UInt128.LeadingZeroCount(magnitude);
        var guess = bits * 1233 >> 12;
        return guess <= MaxDigits && magnitude >= Powers[guess] ? guess + 1 : guess;
    }
}
