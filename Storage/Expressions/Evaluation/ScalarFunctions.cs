using System.Buffers;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>What the functions do with values that are there. Only lower and upper allocate.</summary>
internal static class ScalarFunctions
{
    public static ExpressionValue Length(ExpressionValue a, int position) => ExpressionValue.Of(Utf8Characters.Count(a.Bytes));

    public static ExpressionValue OctetLength(ExpressionValue a, int position) => ExpressionValue.Of((long)a.Bytes.Length);

    public static ExpressionValue Lower(ExpressionValue a, int position)
    {
        var result = new byte[a.Bytes.Length];
        if (Ascii.ToLower(a.Bytes, result, out _) != OperationStatus.Done)
            result = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(a.Bytes).ToLowerInvariant());
        return new ExpressionValue(ExpressionType.Text, result);
    }

    public static ExpressionValue Upper(ExpressionValue a, int position)
    {
        var result = new byte[a.Bytes.Length];
        if (Ascii.ToUpper(a.Bytes, result, out _) != OperationStatus.Done)
            result = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(a.Bytes).ToUpperInvariant());
        return new ExpressionValue(ExpressionType.Text, result);
    }

    public static ExpressionValue Trim(ExpressionValue a, int position) => new(ExpressionType.Text, a.Bytes.Trim((byte)' '));

    public static ExpressionValue StartsWith(ExpressionValue a, ExpressionValue b, int position) => ExpressionValue.Of(a.Bytes.StartsWith(b.Bytes));

    public static ExpressionValue EndsWith(ExpressionValue a, ExpressionValue b, int position) => ExpressionValue.Of(a.Bytes.EndsWith(b.Bytes));

    public static ExpressionValue Abs(ExpressionValue a, int position) => a.Type switch
    {
        ExpressionType.Float => ExpressionValue.Of(Math.Abs(a.Double)),
        ExpressionType.Numeric => new ExpressionValue(NumericArithmetic.Abs(a.Numeric)),
        _ => a.Int64 == long.MinValue ? TooLarge("abs", a.Type, position) : ExpressionValue.Of(Math.Abs(a.Int64)),
    };

    public static ExpressionValue Floor(ExpressionValue a, int position) => a.Type switch
    {
        ExpressionType.Float => ExpressionValue.Of(Math.Floor(a.Double)),
        ExpressionType.Numeric => NumericArithmetic.TryWhole(a.Numeric, isFloor: true, out var whole) ? new ExpressionValue(whole) : TooLarge("floor", a.Type, position),
        _ => a,
    };

    public static ExpressionValue Ceil(ExpressionValue a, int position) => a.Type switch
    {
        ExpressionType.Float => ExpressionValue.Of(Math.Ceiling(a.Double)),
        ExpressionType.Numeric => NumericArithmetic.TryWhole(a.Numeric, isFloor: false, out var whole) ? new ExpressionValue(whole) : TooLarge("ceil", a.Type, position),
        _ => a,
    };

    public static ExpressionValue Round(ExpressionValue a, int position) => a.Type switch
    {
        ExpressionType.Float => ExpressionValue.Of(Math.Round(a.Double, MidpointRounding.AwayFromZero)),
        ExpressionType.Numeric => RoundTo(a, ExpressionValue.Of(0L), position),
        _ => a,
    };

    public static ExpressionValue RoundTo(ExpressionValue a, ExpressionValue digits, int position) =>
        NumericArithmetic.TryRound(a.Numeric, digits.Int64, out var rounded) ? new ExpressionValue(rounded) : TooLarge("round", a.Type, position);

    public static ExpressionValue ArrayLength(ExpressionValue a, int position)
    {
        var at = 0;
        return MessagePackSpan.TryReadArrayHeader(a.Bytes, ref at, out var count) ? ExpressionValue.Of((long)count) : throw ValueView.Damaged("Array");
    }

    public static ExpressionValue Dimensions(ExpressionValue a, int position) => ExpressionValue.Of((long)(a.Bytes.Length / sizeof(float)));

    private static ExpressionValue TooLarge(string function, ExpressionType type, int position) =>
        ExpressionValue.Failed($"the result of {function} is outside {type}", position);
}
