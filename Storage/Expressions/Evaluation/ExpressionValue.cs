using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>What an expression gave for a row: a value, NULL (the default), or why it could not be computed. Valid as long as the row's bytes.</summary>
internal readonly ref struct ExpressionValue
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly UInt128 _bits; // an integer, ticks, a double's bits, a Numeric's magnitude
    private readonly string? _failure;
    private readonly byte _scale;
    private readonly bool _isNegative;

    private ExpressionValue(ExpressionType type, ulong bits)
    {
        Type = type;
        _bits = bits;
    }

    private ExpressionValue(string failure)
    {
        _failure = failure;
    }

    /// <summary>A text (UTF-8), bytes, a Uuid (16 bytes as printed), JSON, an encoded array or the bytes of a vector.</summary>
    public ExpressionValue(ExpressionType type, ReadOnlySpan<byte> bytes)
    {
        Type = type;
        _bytes = bytes;
    }

    public ExpressionValue(scoped in Numeric38 value)
    {
        Type = ExpressionType.Numeric;
        _bits = value.Magnitude;
        _scale = (byte)value.Scale;
        _isNegative = value.IsNegative;
    }

    /// <summary>Null for NULL and for a failure.</summary>
    public ExpressionType Type { get; }

    public bool HasValue => Type != ExpressionType.Null;

    public bool IsNull => Type == ExpressionType.Null && _failure is null;

    public bool IsFailure => _failure is not null;

    /// <summary>Why it could not be computed; the default where it could.</summary>
    public RowFault Fault => _failure is null ? default : new RowFault(RowFault.ExpressionFailed, Detail: _failure);

    public bool Boolean => _bits != 0;

    /// <summary>An Integer, days of a Date, ticks of the other times.</summary>
    public long Int64 => (long)(ulong)_bits;

    public double Double => BitConverter.UInt64BitsToDouble((ulong)_bits);

    public Numeric38 Numeric => new(_bits, _scale, _isNegative);

    public ReadOnlySpan<byte> Bytes => _bytes;

    public static ExpressionValue Of(bool value) => new(ExpressionType.Boolean, value ? 1UL : 0UL);

    public static ExpressionValue Of(bool? value) => value is { } known ? Of(known) : default;

    public static ExpressionValue Of(long value, ExpressionType type = ExpressionType.Integer) => new(type, (ulong)value);

    public static ExpressionValue Of(double value) => new(ExpressionType.Float, BitConverter.DoubleToUInt64Bits(value));

    public static ExpressionValue Failed(string why, int position) => new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{why} at position {position + 1}"));

    /// <summary>The order of two values of one type, as keys have it: NaN last and equal to itself, −0 equal to 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Compare(ExpressionType type, in ExpressionValue a, in ExpressionValue b) => type switch
    {
        ExpressionType.Float => CompareDoubles(a.Double, b.Double),
        ExpressionType.Numeric => a.Numeric.CompareTo(b.Numeric),
        ExpressionType.Text or ExpressionType.Bytea or ExpressionType.Uuid => a._bytes.SequenceCompareTo(b._bytes),
        ExpressionType.Char => a._bytes.TrimEnd((byte)' ').SequenceCompareTo(b._bytes.TrimEnd((byte)' ')),
        _ => a.Int64.CompareTo(b.Int64),
    };

    private static int CompareDoubles(double a, double b)
    {
        if (a < b)
            return -1;
        if (a > b)
            return 1;
        return a == b ? 0 : double.IsNaN(a).CompareTo(double.IsNaN(b));
    }
}
