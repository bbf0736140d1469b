using System.Globalization;
using System.Numerics;
using System.Text;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>What operators mean, in plain C#.</summary>
internal static class OracleMeaning
{
    public static object? Convert(Kind kind, object? value) => (kind, value) switch
    {
        (_, null) => null,
        (Kind.Numeric, long v) => (decimal)v,
        (Kind.Float, long v) => (double)v,
        (Kind.Float, decimal v) => double.Parse(v.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        _ => value,
    };

    /// <summary>Compares two values in the type in which all of <paramref name="alike"/> go together.</summary>
    public static int Compare(OracleExpression[] alike, object a, object b)
    {
        if (a is string s && b is string t)
            return alike.Any(x => x.IsBlankPadded) ? CompareText(s.TrimEnd(' '), t.TrimEnd(' ')) : CompareText(s, t);
        if (a is bool p && b is bool q)
            return p.CompareTo(q);
        var kind = alike.Max(x => x.Kind);
        var (l, r) = (Convert(kind, a), Convert(kind, b));
        if (l is not double x || r is not double y)
            return ((IComparable)l!).CompareTo(r);
        return double.IsNaN(x) || double.IsNaN(y) ? double.IsNaN(x).CompareTo(double.IsNaN(y)) : x.CompareTo(y) is var order && x == y ? 0 : order;
    }

    public static object Compute(Kind kind, string sign, object a, object b)
    {
        var (l, r) = (Convert(kind, a), Convert(kind, b));
        if (sign is "/" or "%" && (r is 0L || r is 0m || r is 0.0))
            throw new OracleFailure();
        switch (l, r)
        {
            case (long p, long q):
                var whole = sign switch { "+" => (BigInteger)p + q, "-" => (BigInteger)p - q, "*" => (BigInteger)p * q, "/" => BigInteger.Divide(p, q), _ => BigInteger.Remainder(p, q) };
                return whole >= long.MinValue && whole <= long.MaxValue ? (long)whole : throw new OracleFailure();
            case (decimal p, decimal q):
                return sign switch { "+" => p + q, "-" => p - q, "*" => p * q, _ => p % q };
            default:
                var (x, y) = ((double)l!, (double)r!);
                var result = sign switch { "+" => x + y, "-" => x - y, "*" => x * y, "/" => x / y, _ => x % y };
                return double.IsInfinity(result) && double.IsFinite(x) && double.IsFinite(y) ? throw new OracleFailure() : result;
        }
    }

    public static object Negate(object value) => value switch
    {
        long v => v == long.MinValue ? throw new OracleFailure() : -v,
        decimal v => -v,
        _ => -(double)value,
    };

    /// <summary>LIKE with ! as its escape character, by trying everything.</summary>
    public static bool Like(ReadOnlySpan<Rune> text, ReadOnlySpan<Rune> pattern)
    {
        if (pattern.IsEmpty)
            return text.IsEmpty;
        if (pattern[0].Value == '%')
            return Like(text, pattern[1..]) || (!text.IsEmpty && Like(text[1..], pattern));
        var isEscaped = pattern[0].Value == '!';
        var wanted = pattern[isEscaped ? 1 : 0];
        return !text.IsEmpty && ((!isEscaped && wanted.Value == '_') || text[0] == wanted) && Like(text[1..], pattern[(isEscaped ? 2 : 1)..]);
    }

    private static int CompareText(string a, string b) => TypeSample.CompareText(a, b);
}
