using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Literals: each value has one text, whichever way it was written.</summary>
internal static class ExpressionLiterals
{
    private static readonly Dictionary<string, ExpressionType> s_typeWords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["DATE"] = ExpressionType.Date,
        ["TIME"] = ExpressionType.Time,
        ["TIMESTAMP"] = ExpressionType.Timestamp,
        ["TIMESTAMPTZ"] = ExpressionType.Timestamptz,
        ["INTERVAL"] = ExpressionType.Interval,
        ["UUID"] = ExpressionType.Uuid,
        ["FLOAT"] = ExpressionType.Float,
        ["X"] = ExpressionType.Bytea,
    };

    /// <summary>Is it a word that makes a typed literal of the text behind it?</summary>
    public static bool TryGetType(string word, out ExpressionType type) => s_typeWords.TryGetValue(word, out type);

    /// <summary>The literal of a number as it is written, with its sign.</summary>
    public static LiteralSyntax Number(string text, int position)
    {
        if (text.AsSpan().IndexOfAny('e', 'E') >= 0)
            return Typed(ExpressionType.Float, text, position);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
            return new LiteralSyntax(ExpressionType.Integer, integer.ToString(CultureInfo.InvariantCulture), position);
        return Numeric38.TryParse(Encoding.ASCII.GetBytes(text), out var numeric)
            ? new LiteralSyntax(ExpressionType.Numeric, numeric.ToString(), position)
            : throw ExpressionErrors.At(position, $"'{ExpressionErrors.Excerpt(text)}' has more than {Numeric38.MaxDigits} digits");
    }

    /// <summary>The literal of a type word and the text behind it.</summary>
    public static LiteralSyntax Typed(ExpressionType type, string text, int position) =>
        new(type, TryNormalize(type, text) ?? throw ExpressionErrors.At(position, $"'{ExpressionErrors.Excerpt(text)}' is not {Describe(type)}"), position);

    /// <summary>The literal of a value; null where its type has none.</summary>
    public static LiteralSyntax? Of(scoped ExpressionValue value, int position)
    {
        var text = value.Type switch
        {
            ExpressionType.Null => value.IsFailure ? null : "NULL",
            ExpressionType.Boolean => value.Boolean ? "TRUE" : "FALSE",
            ExpressionType.Integer => value.Int64.ToString(CultureInfo.InvariantCulture),
            ExpressionType.Numeric => value.Numeric.ToString(),
            ExpressionType.Float => TryNormalizeFloat(value.Double.ToString("R", CultureInfo.InvariantCulture)),
            ExpressionType.Text => Encoding.UTF8.GetString(value.Bytes),
            ExpressionType.Bytea => Convert.ToHexString(value.Bytes),
            ExpressionType.Uuid => new Guid(value.Bytes, bigEndian: true).ToString("D"),
            ExpressionType.Interval => new TimeSpan(value.Int64).ToString("c", CultureInfo.InvariantCulture),
            ExpressionType.Date or ExpressionType.Time or ExpressionType.Timestamp or ExpressionType.Timestamptz => Ticks(value.Type, value.Int64),
            _ => null,
        };
        return text is null ? null : new LiteralSyntax(value.Type, text, position);
    }

    /// <summary>As the literal is written in an expression.</summary>
    public static string Format(LiteralSyntax literal) => literal.Type switch
    {
        ExpressionType.Null or ExpressionType.Boolean or ExpressionType.Integer or ExpressionType.Numeric => literal.Text,
        ExpressionType.Float when double.IsFinite(double.Parse(literal.Text, CultureInfo.InvariantCulture)) => literal.Text,
        ExpressionType.Text => $"'{literal.Text.Replace("'", "''", StringComparison.Ordinal)}'",
        ExpressionType.Bytea => $"X'{literal.Text}'",
        _ => $"{literal.Type.ToString().ToUpperInvariant()} '{literal.Text}'",
    };

    /// <summary>The one text of a literal of a type word; null where it is none.</summary>
    public static string? TryNormalize(ExpressionType type, string text)
    {
        switch (type)
        {
            case ExpressionType.Float:
                return TryNormalizeFloat(text);
            case ExpressionType.Uuid:
                return Guid.TryParseExact(text, "D", out var uuid) ? uuid.ToString("D") : null;
            case ExpressionType.Bytea:
                return text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit) ? text.ToUpperInvariant() : null;
            case ExpressionType.Interval:
                return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var interval) ? interval.ToString("c", CultureInfo.InvariantCulture) : null;
            default:
                return TryTicks(type, text) is { } ticks ? Ticks(type, ticks) : null;
        }
    }

    private static string? TryNormalizeFloat(string text)
    {
        const NumberStyles styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!double.TryParse(text, styles, CultureInfo.InvariantCulture, out var number))
            return null;
        if (!double.IsFinite(number)) // digits beyond the range become infinity without a word; only the word may
            return text.Any(char.IsAsciiDigit) ? null : number.ToString(CultureInfo.InvariantCulture);
        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        return shortest.Contains('E') ? shortest : shortest + "E0"; // the exponent is what makes it a Float
    }

    /// <summary>The number behind a date or time, or null.</summary>
    public static long? TryTicks(ExpressionType type, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return type switch
        {
            ExpressionType.Date => IsoText.TryParseDate(utf8, out var day) ? day : null,
            ExpressionType.Time => IsoText.TryParseTime(utf8, out var time) ? time : null,
            ExpressionType.Timestamp => IsoText.TryParseTimestamp(utf8, out var ticks) ? ticks : null,
            _ => IsoText.TryParseTimestamptz(utf8, out var moment) ? moment : null,
        };
    }

    private static string Ticks(ExpressionType type, long ticks)
    {
        Span<byte> into = stackalloc byte[IsoFormat.MaxBytes];
        return Encoding.ASCII.GetString(into[..FormatTicks(type, ticks, into)]);
    }

    private static int FormatTicks(ExpressionType type, long ticks, Span<byte> into) => type switch
    {
        ExpressionType.Date => IsoFormat.Date(DateOnly.FromDayNumber((int)ticks), into),
        ExpressionType.Time => IsoFormat.Time(ticks, into),
        _ => IsoFormat.Timestamp(ticks, type == ExpressionType.Timestamptz, into),
    };

    private static string Describe(ExpressionType type) => type switch
    {
        ExpressionType.Date => "a Date: yyyy-MM-dd",
        ExpressionType.Time => "a Time: hh:mm:ss with up to 7 digits behind the second",
        ExpressionType.Timestamp => "a Timestamp: yyyy-MM-dd hh:mm:ss with up to 7 digits behind the second and no zone",
        ExpressionType.Timestamptz => "a Timestamptz: yyyy-MM-dd hh:mm:ss with up to 7 digits behind the second, then Z or ±hh:mm",
        ExpressionType.Interval => "an Interval: [-][d.]hh:mm:ss with up to 7 digits behind the second",
        ExpressionType.Uuid => "a Uuid: 00000000-0000-0000-0000-000000000000",
        ExpressionType.Bytea => "Bytea: pairs of hex digits",
        _ => "a Float: a number in its range, NaN, Infinity or -Infinity",
    };
}
