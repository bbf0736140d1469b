using System.Globalization;
using System.Linq.Expressions;
using System.Numerics;
using System.Text;
using Helios.Pipeline.Storage;
using ExpressionType = Helios.Pipeline.Storage.ExpressionType;

namespace Helios.Pipeline.Ingestion;

/// <summary>Values as literals: what the codec of a column would write for them.</summary>
internal static class LambdaLiterals
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="value">The value.</param>
    /// <param name="beside">What it stands beside, which says what kind of number or moment is meant; null where nothing does.</param>
    /// <param name="part">For the message.</param>
    /// <exception cref="NotSupportedException">No column holds such a value.</exception>
    public static LambdaTerm Of(object? value, LambdaTerm? beside, Expression part)
    {
        if (value is null)
            return new LambdaTerm(new LiteralSyntax(ExpressionType.Null, "NULL", 0), ExpressionType.Null, true);
        if (beside?.Enum is { } named && IsInteger(value))
            value = Enum.ToObject(named, value);
        var (type, text) = value switch
        {
            bool flag => (ExpressionType.Boolean, flag ? "TRUE" : "FALSE"),
            Enum member => (ExpressionType.Text, member.ToString()), // one that is no member is a number, which no row holds
            string characters => (ExpressionType.Text, Checked(characters, part)),
            char character => (ExpressionType.Text, Checked(character.ToString(), part)),
            double number => (ExpressionType.Float, number.ToString("R", CultureInfo.InvariantCulture)),
            float number => (ExpressionType.Float, ((double)number).ToString("R", CultureInfo.InvariantCulture)),
            decimal number => (ExpressionType.Numeric, Numeric38.From(number).ToString()),
            _ when IsInteger(value) => Integer(value, beside),
            DateTime moment => Moment(moment, beside, part),
            DateTimeOffset moment => (ExpressionType.Timestamptz, Utc(moment.UtcDateTime)),
            DateOnly day => (ExpressionType.Date, day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            TimeOnly time => (ExpressionType.Time, time.ToString("HH:mm:ss.fffffff", CultureInfo.InvariantCulture)),
            TimeSpan interval => (ExpressionType.Interval, interval.ToString("c", CultureInfo.InvariantCulture)),
            Guid uuid => (ExpressionType.Uuid, uuid.ToString("D")),
            byte[] bytes => (ExpressionType.Bytea, Convert.ToHexString(bytes)),
            ReadOnlyMemory<byte> bytes => (ExpressionType.Bytea, Convert.ToHexString(bytes.Span)),
            _ => throw LambdaErrors.Refused(part, $"there is no literal of a {value.GetType()}"),
        };
        return new LambdaTerm(Literal(type, text, part), type, false) { Enum = value is Enum ? value.GetType() : null };
    }

    private static LiteralSyntax Literal(ExpressionType type, string text, Expression part)
    {
        if (type is ExpressionType.Boolean or ExpressionType.Text or ExpressionType.Integer)
            return new LiteralSyntax(type, text, 0);
        if (type != ExpressionType.Numeric)
            return ExpressionLiterals.Typed(type, text, 0);
        // Written without a point, it would be read back as an Integer, where that holds it.
        var written = !text.Contains('.') && long.TryParse(text, CultureInfo.InvariantCulture, out _) ? text + ".0" : text;
        return Numeric38.TryParse(Encoding.ASCII.GetBytes(written), out _)
            ? new LiteralSyntax(type, written, 0)
            : throw LambdaErrors.Refused(part, $"its value has more than {Numeric38.MaxDigits} digits, and no column holds it");
    }

    private static bool IsInteger(object value) =>
        value is int or long or short or byte or sbyte or ushort or uint or ulong or Int128 or UInt128 or BigInteger;

    private static (ExpressionType Type, string Text) Integer(object value, LambdaTerm? beside)
    {
        var text = ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture);
        var isInteger = beside?.Type != ExpressionType.Numeric && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
        return (isInteger ? ExpressionType.Integer : ExpressionType.Numeric, text);
    }

    private static (ExpressionType Type, string Text) Moment(DateTime value, LambdaTerm? beside, Expression part)
    {
        var isZoned = beside?.Type switch
        {
            ExpressionType.Timestamp => false,
            ExpressionType.Timestamptz => true,
            _ => value.Kind != DateTimeKind.Unspecified,
        };
        if (isZoned == (value.Kind == DateTimeKind.Unspecified))
        {
            throw LambdaErrors.Refused(part, $"its value is a DateTime of kind {value.Kind}, and the column is a {beside!.Type}",
                $"give a DateTime of kind {(isZoned ? "Utc or Local" : "Unspecified")}");
        }

        return isZoned
            ? (ExpressionType.Timestamptz, Utc(value.ToUniversalTime()))
            : (ExpressionType.Timestamp, value.ToString("yyyy-MM-dd HH:mm:ss.fffffff", CultureInfo.InvariantCulture));
    }

    private static string Utc(DateTime moment) => moment.ToString("yyyy-MM-dd HH:mm:ss.fffffff", CultureInfo.InvariantCulture) + "Z";

    /// <summary>Half a surrogate pair would become another character, and match rows that C# does not.</summary>
    private static string Checked(string text, Expression part)
    {
        try
        {
            s_strict.GetByteCount(text);
            return text;
        }
        catch (EncoderFallbackException error)
        {
            throw new NotSupportedException(LambdaErrors.Refused(part, "its value is no valid Unicode text, and no row holds it").Message, error);
        }
    }
}
