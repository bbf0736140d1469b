namespace Helios.Pipeline.Storage.Tests;

/// <summary>Random conditions over the columns of a table: every operator, with kernels and without, some of which fail for some rows.</summary>
internal sealed class BatchConditions(Random random, TableSchema schema)
{
    private static readonly string[] s_signs = ["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"];

    private int _failingInTen;

    public string Next(int depth)
    {
        _failingInTen = random.Next(4) == 0 ? 4 : 0; // where one part may fail, others should too: then it matters which fails first
        return Inner(depth);
    }

    private string Inner(int depth)
    {
        if (depth == 0 || random.Next(6) == 0)
            return Leaf();
        return random.Next(10) switch
        {
            < 4 => $"({string.Join(" AND ", Several(depth))})",
            < 7 => $"({string.Join(" OR ", Several(depth))})",
            < 9 => $"(NOT {Inner(depth - 1)})",
            _ => $"CASE WHEN {Inner(depth - 1)} THEN {Inner(depth - 1)} ELSE {Inner(depth - 1)} END",
        };
    }

    private IEnumerable<string> Several(int depth) => Enumerable.Range(0, random.Next(2, 5)).Select(_ => Inner(depth - 1));

    private string Leaf()
    {
        var type = Pick(ExpressionType.Boolean, ExpressionType.Integer, ExpressionType.Integer, ExpressionType.Numeric, ExpressionType.Float, ExpressionType.Float, ExpressionType.Text,
            ExpressionType.Text, ExpressionType.Char, ExpressionType.Bytea, ExpressionType.Date, ExpressionType.Time, ExpressionType.Timestamp, ExpressionType.Timestamptz,
            ExpressionType.Interval, ExpressionType.Uuid);
        if (random.Next(10) < _failingInTen)
            return Failing();
        switch (random.Next(12))
        {
            case 0: return $"({AnyColumn()} IS {Not()}NULL)";
            case 1 or 2: return $"({Operand(type, 10)} {Not()}BETWEEN {Operand(type, 2)} AND {Operand(type, 2)})";
            case 3 or 4: return $"({Operand(type, 10)} {Not()}IN ({string.Join(", ", Enumerable.Range(0, random.Next(6) == 0 ? 20 : random.Next(1, 5)).Select(_ => Operand(type, 1)))}))";
            case 5: return $"({Operand(Pick(ExpressionType.Text, ExpressionType.Char), 10)} {Not()}LIKE {Pattern()})";
            case 6: return $"{Pick("starts_with", "ends_with")}({Operand(ExpressionType.Text, 10)}, {Pick("'a'", "''", "'dev1'", "'é'", "'b'", "NULL")})";
            case 7: return Column(ExpressionType.Boolean) is { } column ? column : Pick("TRUE", "FALSE", "NULL");
            case 8: return $"({Literal(type)} {Pick(s_signs)} {Operand(type, 10)})";
            case 9: return Column(ExpressionType.Timestamptz) is { } moment ? $"({moment} {Pick(s_signs)} now() - INTERVAL '1.00:00:00')" : "(today() > DATE '2026-01-01')";
            case 10 when random.Next(2) == 0: return $"(coalesce({Operand(type)}, {Operand(type)}) {Pick(s_signs)} {Operand(type)})";
            default: return $"({Operand(type, random.Next(4) == 0 ? 0 : 10)} {Pick(s_signs)} {Operand(type, 5)})";
        }
    }

    /// <summary>Conditions that fail for some rows, or for all, or that are not the same twice.</summary>
    private string Failing()
    {
        var number = Column(ExpressionType.Integer) ?? "1";
        return random.Next(10) switch
        {
            0 => $"(10 / {number} > 3)",
            1 => $"({number} = 0 OR 10 % {number} = 1)",
            2 => $"({number} + 9223372036854775807 > 0)",
            3 => $"({number} * {number} > 100)",
            4 => $"(substring('abc', 1, {number}) = 'a')",
            5 => $"({number} > 1 / 0)",
            6 => $"(abs({Operand(ExpressionType.Float)}) + 1e308 * 10 > 0)",
            7 => $"(now() + INTERVAL '3000000.00:00:00' > now() - INTERVAL '0.00:00:01' AND {number} > 0)",
            8 => $"({number} <> 0 AND 10 / {number} > 3)",
            _ => $"(uuid() {Pick("<", ">")} UUID '80000000-0000-0000-0000-000000000000')",
        };
    }

    private string Operand(ExpressionType type, int columnsInTen = 3)
    {
        if (type is ExpressionType.Integer or ExpressionType.Float or ExpressionType.Numeric && random.Next(4) == 0)
            type = Pick(ExpressionType.Integer, ExpressionType.Float, ExpressionType.Numeric);
        if (type is ExpressionType.Text or ExpressionType.Char && random.Next(4) == 0)
            type = Pick(ExpressionType.Text, ExpressionType.Char);
        if (random.Next(20) == 0)
            return "NULL";
        return random.Next(10) < columnsInTen && Column(type) is { } column ? column : Literal(type);
    }

    private string Literal(ExpressionType type) => type switch
    {
        ExpressionType.Boolean => Pick("TRUE", "FALSE"),
        ExpressionType.Integer => Pick("0", "1", "-1", "2", "3", "127", "300", "70000", "9007199254740993", "9223372036854775807", "1 + 1"),
        ExpressionType.Numeric => Pick("0.5", "-0.5", "1.0", "3.7", "-9223372036854775808", "9223372036854775808", "-1e0 * 0 + 0.5", "99999999999999999999.5", "9223372036854775806.5", "9007199254740992.5"),
        ExpressionType.Float => Pick("0e0", "-0e0", "1e0", "0.5e0", "1e-3", "FLOAT 'NaN'", "FLOAT 'Infinity'", "FLOAT '-Infinity'", "9007199254740992e0", "9223372036854775807e0", "-9223372036854775808e0", "5e-324"),
        ExpressionType.Text or ExpressionType.Char => Pick("''", "'a'", "'ab'", "'ab '", "'a  '", "'b'", "'é'", "'dev1'", "'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy'"),
        ExpressionType.Bytea => Pick("X''", "X'61'", "X'6162'", "X'ff'"),
        ExpressionType.Date => Pick("DATE '0001-01-01'", "DATE '0001-01-02'", "DATE '9999-12-31'", "DATE '2026-02-03'", "today()", "DATE '0001-01-01' + 2"),
        ExpressionType.Time => Pick("TIME '00:00:00'", "TIME '00:00:00.0000001'", "TIME '23:59:59'"),
        ExpressionType.Timestamp => Pick("TIMESTAMP '0001-01-01 00:00:00'", "TIMESTAMP '0001-01-01 00:00:00.0000001'", "TIMESTAMP '9999-12-31 23:59:59'"),
        ExpressionType.Timestamptz => Pick("TIMESTAMPTZ '0001-01-01 00:00:00Z'", "TIMESTAMPTZ '2026-02-03 04:05:06Z'", "now()", "now() - INTERVAL '1.00:00:00'"),
        ExpressionType.Interval => Pick("INTERVAL '0.00:00:00'", "-INTERVAL '0.00:00:00.0000001'", "INTERVAL '00:00:00.0000300'"),
        _ => Pick("UUID '00112233-4455-6677-8899-aabbccddeeff'", "UUID '00000000-0000-0000-0000-000000000000'", "UUID '80000000-0000-0000-0000-000000000000'"),
    };

    private string Pattern() => Pick("'a%'", "'dev1%'", "'%b'", "'%e%'", "'a'", "''", "'%'", "'%%'", "'_'", "'a_c'", "'a%c%'", "'é%'", "'%😀%'", "'a!%' ESCAPE '!'", "'ab%' ESCAPE '!'",
        "'%a' ESCAPE '%'", "NULL", Column(ExpressionType.Text) ?? "'x%'", $"{Column(ExpressionType.Text) ?? "'x%'"} ESCAPE 'b'");

    private string AnyColumn() => schema.Columns[random.Next(schema.Columns.Length)].Name;

    private string? Column(ExpressionType type)
    {
        var fitting = schema.Columns.Where(column => ExpressionTypes.Of(column.Type) == type).ToArray();
        return fitting.Length == 0 ? null : fitting[random.Next(fitting.Length)].Name;
    }

    private string Not() => random.Next(2) == 0 ? "NOT " : "";

    private T Pick<T>(params T[] all) => all[random.Next(all.Length)];
}
