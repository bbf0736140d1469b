using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Random tables, rows and conditions over them, as text: every operator, and every way in which a column may stand beside a constant.</summary>
internal sealed class ConditionGenerator
{
    private static readonly ColumnType[] s_types = Enum.GetValues<ColumnType>();

    private readonly Random _random;
    private readonly ColumnType[] _columns;

    public ConditionGenerator(Random random)
    {
        _random = random;
        _columns = [.. Enumerable.Range(0, random.Next(3, 8)).Select(_ => s_types[random.Next(s_types.Length)])];
        Schema = new TableSchema(_columns.Select((type, i) => TypeSample.Of(type).Column with { Name = $"c{i}", Length = 0 }));
    }

    public TableSchema Schema { get; }

    /// <param name="focus">Rows of one block lie close together: for each column a value that is frequent in it.</param>
    public byte[] Row(object?[] focus)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, _columns.Length);
        for (var i = 0; i < _columns.Length; i++)
        {
            var value = _random.Next(4) == 0 ? Value(i) : focus[i];
            if (value is null)
                writer.WriteNull();
            else
                TypeSample.Of(_columns[i]).Write(ref writer, value);
        }

        writer.End();
        return buffer.Written.ToArray();
    }

    public object?[] Focus() => [.. _columns.Select((_, i) => Value(i))];

    public string Condition(int depth) => depth == 0 ? Leaf() : _random.Next(6) switch
    {
        0 => $"(NOT {Condition(depth - 1)})",
        1 => $"({Condition(depth - 1)} AND {Condition(depth - 1)})",
        2 => $"({Condition(depth - 1)} OR {Condition(depth - 1)} OR {Condition(depth - 1)})",
        3 => $"({Condition(depth - 1)} IS {Negation()}NULL)",
        4 => $"CASE WHEN {Condition(depth - 1)} THEN {Condition(depth - 1)} ELSE {Leaf()} END",
        _ => $"({Leaf()} AND {Condition(depth - 1)})",
    };

    private string Leaf()
    {
        var ordinal = _random.Next(_columns.Length);
        var (column, type) = ($"c{ordinal}", ExpressionTypes.Of(_columns[ordinal]));
        if (_random.Next(10) == 0 || !type.IsComparable())
            return $"({column} IS {Negation()}NULL)";
        if (type == ExpressionType.Boolean && _random.Next(2) == 0)
            return column;
        switch (_random.Next(type.IsText() ? 13 : 10))
        {
            case 0 or 1: return $"({column} {Sign()} {Constant(ordinal)})";
            case 2: return $"({Constant(ordinal)} {Sign()} {column})";
            case 3: return $"({column} = {Constant(ordinal)})";
            case 4: return $"({column} {Negation()}BETWEEN {Operand(ordinal)} AND {Operand(ordinal)})";
            case 5: return $"({column} {Negation()}IN ({string.Join(", ", Enumerable.Range(0, _random.Next(1, 5)).Select(_ => Operand(ordinal)))}))";
            case 6: return $"({Constant(ordinal)} {Negation()}IN ({column}, {Operand(ordinal)}))";
            case 7: return $"({column} IS {Negation()}DISTINCT FROM {Operand(ordinal)})";
            case 8: return $"({Operand(ordinal)} IS {Negation()}DISTINCT FROM {column})";
            case 9 when type.IsNumber(): return Pick($"(1 / {column} > 0)", $"(abs({column}) >= {Constant(ordinal)})", $"({column} + 1 > {Constant(ordinal)})", $"(nullif({column}, {Constant(ordinal)}) IS NULL)");
            case 9: return $"(coalesce({column}, {Literal(ordinal)}) {Sign()} {Constant(ordinal)})";
            case 10: return $"starts_with({column}, {Quote(Text())})";
            case 11: return $"({column} {Negation()}LIKE {Quote(Pattern() + Pick("%", "%", "", "_", "%b"))} ESCAPE '!')";
            default: return $"({column} {Negation()}LIKE {Pick(Quote(Pattern() + "%"), "NULL", column, Quote("%"))})";
        }
    }

    /// <summary>A constant, NULL, or another column of a type that goes with the column's.</summary>
    private string Operand(int ordinal)
    {
        if (_random.Next(8) == 0)
            return "NULL";
        var other = _random.Next(_columns.Length);
        return _random.Next(6) == 0 && ExpressionTypes.Common(ExpressionTypes.Of(_columns[ordinal]), ExpressionTypes.Of(_columns[other])) is not null
            ? $"c{other}" : Constant(ordinal);
    }

    private string Constant(int ordinal) => ExpressionTypes.Of(_columns[ordinal]) switch
    {
        ExpressionType.Integer or ExpressionType.Numeric or ExpressionType.Float => _random.Next(8) switch
        {
            0 => $"({Number(ordinal)} + {Pick("0", "1", "0.5")})",
            1 => "(-(1))",
            2 => "(1 / 0)",
            _ => Number(ordinal),
        },
        ExpressionType.Date when _random.Next(4) == 0 => $"({Literal(ordinal)} + 1)",
        ExpressionType.Boolean when _random.Next(2) == 0 => Pick("(1 = 1)", "(2 < 1)", "NULL"),
        _ => Literal(ordinal),
    };

    /// <summary>A number of any type, whatever the column's.</summary>
    private string Number(int ordinal)
    {
        var any = Pick(ColumnType.Int2, ColumnType.Int8, ColumnType.Float4, ColumnType.Float8, ColumnType.Numeric, _columns[ordinal]);
        return _random.Next(3) == 0 ? Show(any, FilterValues.TryOf(any, FilterValues.NextNumber(_random), _random) ?? 7L) : Show(any, FilterValues.Next(any, _random));
    }

    private string Literal(int ordinal) => Show(_columns[ordinal], FilterValues.Next(_columns[ordinal], _random));

    private string Show(ColumnType type, object value) => type switch
    {
        ColumnType.Boolean => (bool)value ? "TRUE" : "FALSE",
        ColumnType.Float4 => Show((float)value),
        ColumnType.Float8 => Show((double)value),
        ColumnType.Numeric => value.ToString() is var text && (text!.Contains('.') || text.Length > 36) ? text : text + ".0",
        ColumnType.Varchar or ColumnType.Text or ColumnType.Char => Quote((string)value),
        ColumnType.Bytea => $"X'{Convert.ToHexString((byte[])value)}'",
        ColumnType.Date => $"DATE '{(DateOnly)value:yyyy-MM-dd}'",
        ColumnType.Time => $"TIME '{new TimeSpan((long)value):c}'",
        ColumnType.Timestamp => $"TIMESTAMP '{new DateTime((long)value):yyyy-MM-dd HH:mm:ss.FFFFFFF}'",
        ColumnType.Timestamptz => $"TIMESTAMPTZ '{new DateTime((long)value):yyyy-MM-dd HH:mm:ss.FFFFFFF}Z'",
        ColumnType.Interval => $"INTERVAL '{new TimeSpan((long)value):c}'",
        ColumnType.Uuid => $"UUID '{value}'",
        _ => ((long)value).ToString(CultureInfo.InvariantCulture),
    };

    private string Show(double value) => double.IsFinite(value) ? value.ToString("E16", CultureInfo.InvariantCulture) : $"FLOAT '{value.ToString(CultureInfo.InvariantCulture)}'";

    private string Text() => (string)FilterValues.Next(ColumnType.Text, _random) is var text && text.Length > 3 && _random.Next(2) == 0 ? text[..^1].TrimEnd('\ud83d') : text;

    private string Pattern() => new StringBuilder(Text()).Replace("!", "").Replace("%", "!%").Replace("_", "!_").ToString();

    private object? Value(int ordinal)
    {
        if (_random.Next(6) == 0)
            return null;
        var type = _columns[ordinal];
        return _random.Next(4) == 0 && FilterValues.TryOf(type, FilterValues.NextNumber(_random), _random) is { } number ? number : FilterValues.Next(type, _random);
    }

    private string Negation() => Pick("", "NOT ");

    private string Sign() => Pick("=", "=", "<>", "<", "<=", ">", ">=");

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private T Pick<T>(params T[] all) => all[_random.Next(all.Length)];
}
