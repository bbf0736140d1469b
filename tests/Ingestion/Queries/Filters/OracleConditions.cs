using System.Globalization;
using System.Numerics;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Random conditions over <see cref="OracleRows"/>, with what they mean by themselves: nothing of the engine decides it.</summary>
/// <param name="random">Decides all.</param>
/// <param name="ids">Ids of rows are below.</param>
/// <param name="known">Rows that there are or were: their values are asked for; may be empty.</param>
internal sealed class OracleConditions(Random random, long ids, IReadOnlyList<object?[]> known)
{
    private static readonly string[] s_signs = ["=", "=", "=", "<>", "<", "<=", ">", ">="];

    private static readonly TableSchema s_schema = OracleRows.Schema;

    public OracleCondition Next(int depth = 2) => depth == 0 ? Leaf() : random.Next(8) switch
    {
        0 => OracleCondition.Not(Next(depth - 1)),
        1 or 2 => OracleCondition.And(Next(depth - 1), Next(depth - 1)),
        3 => OracleCondition.Or(Next(depth - 1), Next(depth - 1)),
        4 => random.Next(3) == 0 ? OracleCondition.IsNull(Next(depth - 1), random.Next(2) == 0) : Leaf(),
        5 => random.Next(3) == 0 ? OracleCondition.If(Leaf(), Next(depth - 1), Leaf()) : Leaf(),
        _ => Leaf(),
    };

    /// <summary>One that holds for a row that has the value in the column.</summary>
    public string Having(int column, object? value) => value is null ? $"{s_schema.Columns[column].Name} IS NULL" : $"{s_schema.Columns[column].Name} = {Show(AsLiteral(value))}";

    private OracleCondition Leaf()
    {
        var column = random.Next(5) == 0 ? s_schema.OrdinalOf("stamp") : random.Next(s_schema.Columns.Length);
        var (name, type) = (s_schema.Columns[column].Name, s_schema.Columns[column].Type);
        if (type == ColumnType.Boolean && random.Next(2) == 0)
            return new OracleCondition(name, row => (bool?)row[column]);
        return random.Next(type is ColumnType.Text or ColumnType.Char ? 14 : 10) switch
        {
            0 => OracleCondition.IsNull(new OracleCondition(name, row => row[column] is null ? null : true), random.Next(2) == 0),
            1 => Between(column),
            2 or 3 => In(column),
            4 => Distinct(column),
            5 when OracleOrder.RankOf(type) >= 0 => Columns(column),
            10 => StartsWith(column),
            >= 11 => Like(column),
            _ => Compare(column),
        };
    }

    private OracleCondition Compare(int column)
    {
        var (sign, value, isMirrored) = (s_signs[random.Next(s_signs.Length)], Constant(column), random.Next(4) == 0);
        var (rank, trims) = Common(column, [value]);
        var (name, constant) = (s_schema.Columns[column].Name, Show(value));
        return new OracleCondition(isMirrored ? $"{constant} {sign} {name}" : $"{name} {sign} {constant}",
            row => isMirrored ? Holds(sign, value, row[column], rank, trims) : Holds(sign, row[column], value, rank, trims));
    }

    private OracleCondition Columns(int column)
    {
        var others = Enumerable.Range(0, s_schema.Columns.Length).Where(i => OracleOrder.RankOf(s_schema.Columns[i].Type) >= 0).ToArray();
        var (other, sign) = (others[random.Next(others.Length)], s_signs[random.Next(s_signs.Length)]);
        var rank = Math.Max(OracleOrder.RankOf(s_schema.Columns[column].Type), OracleOrder.RankOf(s_schema.Columns[other].Type));
        return new OracleCondition($"{s_schema.Columns[column].Name} {sign} {s_schema.Columns[other].Name}", row => Holds(sign, row[column], row[other], rank, false));
    }

    private OracleCondition Between(int column)
    {
        var (low, high, isNegated) = (Operand(column), Operand(column), random.Next(3) == 0);
        var (rank, trims) = Common(column, [low, high]);
        return new OracleCondition($"{s_schema.Columns[column].Name} {(isNegated ? "NOT " : "")}BETWEEN {Show(low)} AND {Show(high)}", row =>
        {
            var isInside = Holds(">=", row[column], low, rank, trims) & Holds("<=", row[column], high, rank, trims);
            return isNegated ? !isInside : isInside;
        });
    }

    private OracleCondition In(int column)
    {
        var isNegated = random.Next(3) == 0;
        var items = Enumerable.Range(0, random.Next(12) == 0 ? 50 : random.Next(1, 6)).Select(_ => Operand(column)).ToArray();
        var (rank, trims) = Common(column, items);
        return new OracleCondition($"{s_schema.Columns[column].Name} {(isNegated ? "NOT " : "")}IN ({string.Join(", ", items.Select(Show))})", row =>
        {
            bool? isInside = false;
            foreach (var item in items)
                isInside |= Holds("=", row[column], item, rank, trims);
            return isNegated ? !isInside : isInside;
        });
    }

    private OracleCondition Distinct(int column)
    {
        var (other, isNegated) = (Operand(column), random.Next(2) == 0);
        var (rank, trims) = Common(column, [other]);
        return new OracleCondition($"{s_schema.Columns[column].Name} IS {(isNegated ? "NOT " : "")}DISTINCT FROM {Show(other)}",
            row => (row[column] is null || other is null ? row[column] is null != other is null : Holds("<>", row[column], other, rank, trims)!.Value) != isNegated);
    }

    private OracleCondition StartsWith(int column)
    {
        var prefix = Part((string)Value(column));
        return new OracleCondition($"starts_with({s_schema.Columns[column].Name}, {Show(prefix)})", row => Text(row, column)?.StartsWith(prefix, StringComparison.Ordinal));
    }

    private OracleCondition Like(int column)
    {
        var escape = random.Next(3) switch { 0 => null, 1 => "!", _ => "\ud83d\ude00" };
        var pattern = new List<(Rune Rune, bool IsEscaped)>();
        foreach (var rune in Part((string)Value(column)).EnumerateRunes())
            pattern.Add((rune, escape is not null && (escape == rune.ToString() || rune.Value is '%' or '_' || random.Next(9) == 0)));
        if (pattern.Count > 0 && random.Next(3) == 0)
            pattern[random.Next(pattern.Count)] = (new Rune(random.Next(2) == 0 ? '_' : '%'), false);
        if (random.Next(3) > 0)
            pattern.Add((new Rune('%'), false));
        var (text, isNegated) = (string.Concat(pattern.Select(p => (p.IsEscaped ? escape : "") + p.Rune)), random.Next(3) == 0);
        return new OracleCondition($"{s_schema.Columns[column].Name} {(isNegated ? "NOT " : "")}LIKE {Show(text)}{(escape is null ? "" : $" ESCAPE '{escape}'")}",
            row => Text(row, column) is { } value ? Matches(value.EnumerateRunes().ToArray(), pattern.ToArray()) != isNegated : null);
    }

    private static bool Matches(ReadOnlySpan<Rune> text, ReadOnlySpan<(Rune Rune, bool IsEscaped)> pattern)
    {
        if (pattern.IsEmpty)
            return text.IsEmpty;
        var (rune, isEscaped) = pattern[0];
        if (!isEscaped && rune.Value == '%')
            return Matches(text, pattern[1..]) || (!text.IsEmpty && Matches(text[1..], pattern));
        return !text.IsEmpty && ((!isEscaped && rune.Value == '_') || rune == text[0]) && Matches(text[1..], pattern[1..]);
    }

    /// <summary>A Char is looked at without its trailing blanks.</summary>
    private static string? Text(object?[] row, int column) => s_schema.Columns[column].Type == ColumnType.Char ? ((string?)row[column])?.TrimEnd(' ') : (string?)row[column];

    private static bool? Holds(string sign, object? a, object? b, int rank, bool trims)
    {
        if (a is null || b is null)
            return null;
        var order = OracleOrder.Compare(a, b, rank, trims);
        return sign switch { "=" => order == 0, "<>" => order != 0, "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
    }

    private static (int Rank, bool Trims) Common(int column, object?[] operands) =>
        (Math.Max(OracleOrder.RankOf(s_schema.Columns[column].Type), operands.Max(OracleOrder.RankOf)), s_schema.Columns[column].Type == ColumnType.Char);

    private object? Operand(int column) => random.Next(8) == 0 ? null : Constant(column);

    /// <summary>A value of the column, or of another type that goes with it.</summary>
    private object Constant(int column)
    {
        var type = s_schema.Columns[column].Type;
        if (OracleOrder.RankOf(type) < 0 || random.Next(3) > 0)
            return AsLiteral(Value(column));
        var value = Value(column);
        return random.Next(4) switch
        {
            0 => new OracleNumber(5 * BigInteger.Pow(10, 25) + random.Next(2), 25),
            1 => ToDouble(value),
            2 when ToDouble(value) is var number && Math.Abs(number) < 1e15 => new OracleNumber(new BigInteger(Math.Floor(number * 4)) * 25, 2),
            _ => AsLiteral(OracleRows.Any(random.Next(3) switch { 0 => ColumnType.Int8, 1 => ColumnType.Numeric, _ => ColumnType.Float8 }, random)),
        };
    }

    private object Value(int column)
    {
        var type = s_schema.Columns[column].Type;
        if (known.Count > 0 && random.Next(4) > 0 && known[random.Next(known.Count)][column] is { } found)
            return found;
        return random.Next(3) == 0 ? OracleRows.Any(type, random) : OracleRows.Near(type, random.NextInt64(ids + 1), random);
    }

    /// <summary>As a literal says it: numbers of few types.</summary>
    private static object AsLiteral(object value) => value switch
    {
        short or int => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        decimal number => OracleNumber.Of(number) is { Scale: 0 } whole ? new OracleNumber(whole.Digits * 10, 1) : OracleNumber.Of(number),
        BigInteger number => OracleNumber.Of(number),
        float number => (double)number,
        _ => value,
    };

    private static double ToDouble(object value) => AsLiteral(value) switch { double number => number, OracleNumber number => number.ToDouble(), var whole => (long)whole };

    private string Part(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        return random.Next(2) == 0 ? text : string.Concat(runes.Take(random.Next(runes.Length + 1)));
    }

    private string Show(object? value) => value switch
    {
        null => "NULL",
        long number => number.ToString(CultureInfo.InvariantCulture),
        OracleNumber number => number.ToString(),
        double number => double.IsFinite(number) ? number.ToString("E17", CultureInfo.InvariantCulture) : $"FLOAT '{number.ToString(CultureInfo.InvariantCulture)}'",
        string text => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
        byte[] bytes => $"X'{Convert.ToHexString(bytes)}'",
        DateOnly day => $"DATE '{day:yyyy-MM-dd}'",
        TimeOnly time => string.Create(CultureInfo.InvariantCulture, $"TIME '{time:HH:mm:ss.FFFFFFF}'"),
        DateTime moment => string.Create(CultureInfo.InvariantCulture, $"TIMESTAMP '{moment:yyyy-MM-dd HH:mm:ss.FFFFFFF}'"),
        DateTimeOffset moment => string.Create(CultureInfo.InvariantCulture, $"TIMESTAMPTZ '{moment.ToOffset(TimeSpan.FromMinutes(30 * random.Next(-20, 28))):yyyy-MM-dd HH:mm:ss.FFFFFFFzzz}'"),
        TimeSpan gap => $"INTERVAL '{gap:c}'",
        Guid uuid => $"UUID '{uuid}'",
        bool flag => flag ? "TRUE" : "FALSE",
        _ => throw new InvalidOperationException($"{value.GetType()} has no literal"),
    };
}
