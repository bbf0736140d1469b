using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Random expressions with their meaning, written for the test alone: plain C#, nothing of the code under test.</summary>
internal sealed class OracleGenerator(Random random)
{
    public static readonly TableSchema Schema = new([
        new Column("x", ColumnType.Boolean), new Column("i", ColumnType.Int2), new Column("k", ColumnType.Int8), new Column("n", ColumnType.Numeric),
        new Column("f", ColumnType.Float8), new Column("t", ColumnType.Text), new Column("Odd \"name\"", ColumnType.Varchar), new Column("c", ColumnType.Char),
    ]);

    public object?[] Row() =>
    [
        Maybe(random.Next(2) == 0), Maybe((short)random.Next(-3, 4)), Maybe(random.Next(3) == 0 ? Pick(long.MaxValue, long.MinValue, 0L) : random.Next(-5, 6)),
        Maybe(Decimal()), Maybe(Double()), Maybe(Letters()), Maybe(Letters()), Maybe(Letters() + new string(' ', random.Next(3))),
    ];

    public OracleExpression Boolean(int depth)
    {
        if (depth == 0)
            return random.Next(4) switch
            {
                0 => new("TRUE", Kind.Boolean, _ => true),
                1 => new("FALSE", Kind.Boolean, _ => false),
                2 => new("NULL", Kind.Null, _ => null),
                _ => new("x", Kind.Boolean, r => r[0]),
            };
        switch (random.Next(9))
        {
            case 0:
                var not = Boolean(depth - 1);
                return new($"(NOT {not.Text})", Kind.Boolean, r => not.Value(r) is bool b ? !b : null);
            case 1:
                return Junction(depth, isOr: false);
            case 2:
                return Junction(depth, isOr: true);
            case 3:
                var (tested, negated) = (Any(depth - 1), random.Next(2) == 0);
                return new($"({tested.Text} IS {(negated ? "NOT " : "")}NULL)", Kind.Boolean, r => tested.Value(r) is null != negated);
            case 4:
                return Distinct(depth);
            case 5:
                return Between(depth);
            case 6:
                return In(depth);
            case 7:
                return Like(depth);
            default:
                return Comparison(depth);
        }
    }

    public OracleExpression Any(int depth) => random.Next(3) switch { 0 => Boolean(depth), 1 => Number(depth), _ => Text(depth) };

    private OracleExpression Junction(int depth, bool isOr)
    {
        var items = Enumerable.Range(0, random.Next(2, 4)).Select(_ => Boolean(depth - 1)).ToArray();
        return new($"({string.Join(isOr ? " OR " : " AND ", items.Select(i => i.Text))})", Kind.Boolean, r =>
        {
            object? result = !isOr;
            foreach (var item in items)
            {
                var value = item.Value(r);
                if (value is bool b && b == isOr)
                    return isOr;
                result = value is null ? null : result;
            }

            return result;
        });
    }

    private OracleExpression Comparison(int depth)
    {
        var pair = Alike(2, depth - 1);
        var sign = Pick("=", "<>", "!=", "<", "<=", ">", ">=");
        return new($"({pair[0].Text} {sign} {pair[1].Text})", Kind.Boolean, r =>
        {
            if (pair[0].Value(r) is not { } a || pair[1].Value(r) is not { } b)
                return null;
            var order = OracleMeaning.Compare(pair, a, b);
            return sign switch { "=" => order == 0, "<>" or "!=" => order != 0, "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
        });
    }

    private OracleExpression Distinct(int depth)
    {
        var (pair, negated) = (Alike(2, depth - 1), random.Next(2) == 0);
        return new($"({pair[0].Text} IS {(negated ? "NOT " : "")}DISTINCT FROM {pair[1].Text})", Kind.Boolean, r =>
        {
            var (a, b) = (pair[0].Value(r), pair[1].Value(r));
            var same = a is null || b is null ? a is null && b is null : OracleMeaning.Compare(pair, a, b) == 0;
            return same == negated;
        });
    }

    private OracleExpression Between(int depth)
    {
        var (three, negated) = (Alike(3, depth - 1), random.Next(2) == 0);
        return new($"({three[0].Text} {(negated ? "NOT " : "")}BETWEEN {three[1].Text} AND {three[2].Text})", Kind.Boolean, r =>
        {
            if (three[0].Value(r) is not { } value)
                return null;
            bool? isAbove = three[1].Value(r) is { } low ? OracleMeaning.Compare(three, value, low) >= 0 : null;
            if (isAbove == false)
                return negated;
            bool? isBelow = three[2].Value(r) is { } high ? OracleMeaning.Compare(three, value, high) <= 0 : null;
            return isBelow == false ? negated : isAbove is null || isBelow is null ? null : !negated;
        });
    }

    private OracleExpression In(int depth)
    {
        var (all, negated) = (Alike(random.Next(2, 5), depth - 1), random.Next(2) == 0);
        return new($"({all[0].Text} {(negated ? "NOT " : "")}IN ({string.Join(", ", all.Skip(1).Select(a => a.Text))}))", Kind.Boolean, r =>
        {
            if (all[0].Value(r) is not { } value)
                return null;
            var sawNull = false;
            foreach (var item in all.Skip(1))
            {
                var found = item.Value(r);
                if (found is not null && OracleMeaning.Compare(all, value, found) == 0)
                    return !negated;
                sawNull |= found is null;
            }

            return sawNull ? null : negated;
        });
    }

    private OracleExpression Like(int depth)
    {
        var (text, negated) = (Text(depth - 1), random.Next(2) == 0);
        var pattern = string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => Pick("%", "_", "a", "b", "é", "😀", "!%", "!_", "!!")));
        return new($"({text.Text} {(negated ? "NOT " : "")}LIKE {Quote(pattern)} ESCAPE '!')", Kind.Boolean,
            r => text.Plain(r) is { } value ? OracleMeaning.Like([.. value.EnumerateRunes()], [.. pattern.EnumerateRunes()]) != negated : null);
    }

    public OracleExpression Number(int depth)
    {
        if (depth == 0)
            return NumberLeaf();
        if (random.Next(4) == 0)
            return NumberCall(depth);
        var sign = Pick("+", "-", "*", "/", "%");
        var (a, b) = sign is "+" or "-" ? (Number(depth - 1), Number(depth - 1)) : (NumberLeaf(), NumberLeaf());
        var kind = a.Kind > b.Kind ? a.Kind : b.Kind;
        if (sign == "/" && kind == Kind.Numeric)
            sign = "*"; // how far a quotient goes has a test of its own
        return new($"({a.Text} {sign} {b.Text})", kind, r => a.Value(r) is { } p && b.Value(r) is { } q ? OracleMeaning.Compute(kind, sign, p, q) : null);
    }

    private OracleExpression NumberCall(int depth)
    {
        var (a, b, text, condition) = (Number(depth - 1), Number(depth - 1), Text(depth - 1), Boolean(depth - 1));
        var kind = a.Kind > b.Kind ? a.Kind : b.Kind;
        var isGreatest = random.Next(2) == 0;
        return random.Next(6) switch
        {
            0 => new($"length({text.Text})", Kind.Integer, r => text.Plain(r) is { } t ? (long)t.EnumerateRunes().Count() : null),
            1 => new($"coalesce({a.Text}, {b.Text})", kind, r => OracleMeaning.Convert(kind, a.Value(r) ?? b.Value(r))),
            2 => new($"CASE WHEN {condition.Text} THEN {a.Text} ELSE {b.Text} END", kind,
                r => OracleMeaning.Convert(kind, condition.Value(r) is true ? a.Value(r) : b.Value(r))),
            3 => new($"nullif({a.Text}, {b.Text})", a.Kind,
                r => a.Value(r) is not { } p || (b.Value(r) is { } q && OracleMeaning.Compare([a, b], p, q) == 0) ? null : p),
            4 => new($"{(isGreatest ? "greatest" : "least")}({a.Text}, {b.Text})", kind, r =>
            {
                var (p, q) = (a.Value(r), b.Value(r));
                if (p is null || q is null)
                    return OracleMeaning.Convert(kind, p ?? q);
                var order = OracleMeaning.Compare([a, b], q, p);
                return OracleMeaning.Convert(kind, (isGreatest ? order > 0 : order < 0) ? q : p);
            }),
            _ => new($"(-({a.Text}))", a.Kind, r => a.Value(r) is { } p ? OracleMeaning.Negate(p) : null),
        };
    }

    private OracleExpression NumberLeaf()
    {
        var (whole, exact, real) = ((long)random.Next(-4, 5), Decimal(), Double());
        return random.Next(9) switch
        {
            0 => new("NULL", Kind.Null, _ => null),
            1 => new(whole.ToString(CultureInfo.InvariantCulture), Kind.Integer, _ => whole),
            2 => new(exact.ToString("0.0##", CultureInfo.InvariantCulture), Kind.Numeric, _ => exact),
            3 when double.IsFinite(real) => new(real.ToString("0.0##E0", CultureInfo.InvariantCulture), Kind.Float, _ => real),
            3 => new("FLOAT 'NaN'", Kind.Float, _ => double.NaN),
            4 => new("i", Kind.Integer, r => r[1] is short v ? (long)v : null),
            5 or 6 => new("k", Kind.Integer, r => r[2] is long v ? v : null),
            7 => new("n", Kind.Numeric, r => r[3]),
            _ => new("f", Kind.Float, r => r[4]),
        };
    }

    public OracleExpression Text(int depth)
    {
        if (depth == 0)
        {
            var letters = Letters();
            return random.Next(6) switch
            {
                0 => new("NULL", Kind.Null, _ => null),
                1 => new(Quote(letters), Kind.Text, _ => letters),
                2 or 3 => new("c", Kind.Text, true, r => r[7]),
                4 => new("\"Odd \"\"name\"\"\"", Kind.Text, r => r[6]),
                _ => new("t", Kind.Text, r => r[5]),
            };
        }

        var (a, b) = (Text(depth - 1), Text(depth - 1));
        var (start, count) = (random.Next(-1, 4), random.Next(4));
        return random.Next(5) switch
        {
            0 => new($"({a.Text} || {b.Text})", Kind.Text, r => a.Plain(r) is { } p && b.Plain(r) is { } q ? p + q : null),
            1 => new($"upper({a.Text})", Kind.Text, r => a.Plain(r)?.ToUpperInvariant()),
            2 => new($"lower(trim({a.Text}))", Kind.Text, r => a.Plain(r)?.Trim(' ').ToLowerInvariant()),
            3 => new($"substring({a.Text}, {start}, {count})", Kind.Text,
                r => a.Plain(r) is { } p ? string.Concat(p.EnumerateRunes().Select((rune, i) => (rune, At: i + 1)).Where(c => c.At >= start && c.At < start + count).Select(c => c.rune.ToString())) : null),
            _ => new($"coalesce({a.Text}, {b.Text}, '')", Kind.Text, r => a.Plain(r) ?? b.Plain(r) ?? ""),
        };
    }

    private OracleExpression[] Alike(int count, int depth)
    {
        var kind = random.Next(5);
        return [.. Enumerable.Range(0, count).Select(_ => kind switch { 0 => Boolean(depth), 1 or 2 => Number(depth), _ => Text(depth) })];
    }

    private string Letters() => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Pick("a", "b", "B", " ", "é", "😀", "%", "'")));

    private decimal Decimal() => random.Next(-4_000, 4_001) / (decimal)Pick(1, 10, 1_000);

    private double Double() => random.Next(8) == 0 ? double.NaN : random.Next(-8, 9) / 2.0;

    private object? Maybe(object value) => random.Next(5) == 0 ? null : value;

    private T Pick<T>(params T[] all) => all[random.Next(all.Length)];

    private static string Quote(string text) => new StringBuilder("'").Append(text.Replace("'", "''", StringComparison.Ordinal)).Append('\'').ToString();
}
