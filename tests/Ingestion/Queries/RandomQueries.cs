using System.Globalization;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A table of many types, random rows for it, and random questions.</summary>
internal static class RandomQueries
{
    public static readonly TableSchema Schema = new(
        [
            new Column("id", ColumnType.Int8),
            new Column("part", ColumnType.Int2),
            new Column("seq", ColumnType.Int4),
            new Column("code", ColumnType.Text) { IsNullable = true },
            new Column("i4", ColumnType.Int4) { IsNullable = true },
            new Column("f8", ColumnType.Float8) { IsNullable = true },
            new Column("f4", ColumnType.Float4) { IsNullable = true },
            new Column("num", ColumnType.Numeric) { IsNullable = true },
            new Column("day", ColumnType.Date) { IsNullable = true },
            new Column("flag", ColumnType.Boolean) { IsNullable = true },
            new Column("pad", ColumnType.Char) { IsNullable = true, Length = 6 },
        ],
        primaryKey: ["id"],
        unique: [new UniqueConstraint("by_part", "part", "seq"), new UniqueConstraint("by_code", "code")]);

    private static readonly double[] s_doubles = [0.0, -0.0, double.NaN, 1, -1, 0.5, 5, 1e300, double.PositiveInfinity, double.NegativeInfinity];

    public static Row Row(Table table, long id, Random random)
    {
        var row = table.NewRow();
        row["id"] = id;
        row["part"] = (short)random.Next(0, 4);
        row["seq"] = (int)id;
        row["code"] = random.Next(5) == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{(char)('a' + random.Next(4))}{id}");
        row["i4"] = random.Next(6) == 0 ? null : random.Next(20) == 0 ? int.MaxValue : (int)(id / 50) + random.Next(3);
        row["f8"] = random.Next(6) == 0 ? null : random.Next(4) == 0 ? s_doubles[random.Next(s_doubles.Length)] : (double)random.Next(-20, 20) / 4;
        row["f4"] = random.Next(6) == 0 ? null : (float)s_doubles[random.Next(s_doubles.Length)];
        row["num"] = random.Next(6) == 0 ? null : new decimal(random.Next(-500, 500), 0, 0, false, (byte)random.Next(0, 3)) * (random.Next(2) == 0 ? 1 : 1.0m);
        row["day"] = random.Next(6) == 0 ? null : new DateOnly(2026, 1, 1).AddDays((int)(id / 100) + random.Next(2));
        row["flag"] = random.Next(3) switch { 0 => null, 1 => true, _ => false };
        row["pad"] = random.Next(6) == 0 ? null : new string((char)('p' + random.Next(3)), random.Next(1, 3)) + new string(' ', random.Next(3));
        return row;
    }

    public static string Condition(Random random, long ids, int depth = 0)
    {
        if (depth < 3 && random.Next(depth == 0 ? 2 : 3) == 0)
        {
            var parts = Enumerable.Range(0, random.Next(2, 4)).Select(_ => Condition(random, ids, depth + 1));
            return random.Next(4) switch
            {
                0 => $"NOT ({Condition(random, ids, depth + 1)})",
                1 => "(" + string.Join(" OR ", parts) + ")",
                _ => "(" + string.Join(" AND ", parts) + ")",
            };
        }

        var comparison = new[] { "=", "<>", "<", "<=", ">", ">=" }[random.Next(6)];
        var id = random.NextInt64(-5, ids + 5);
        return random.Next(25) switch
        {
            0 => $"id {comparison} {id}",
            1 => $"{id} {comparison} id",
            2 => $"id BETWEEN {id} AND {id + random.Next(30)}",
            3 => $"id IN ({id}, {id + 1}, NULL, {id + 40}, 99999999999)",
            4 => $"part = {random.Next(0, 5)} AND seq {comparison} {id}",
            5 => $"part IN (0, {random.Next(5)}, 70000) AND seq BETWEEN {id} AND {id + 25}",
            6 => $"code LIKE '{(char)('a' + random.Next(5))}{id % 10}%'",
            7 => $"starts_with(code, '{(char)('a' + random.Next(5))}1')",
            8 => $"code {comparison} 'b{id}'",
            9 => $"i4 {comparison} {id / 50}",
            10 => $"i4 {comparison} {(id / 50.0).ToString("0.00", CultureInfo.InvariantCulture)}",
            11 => $"f8 {comparison} {(random.Next(-20, 20) / 4.0).ToString("R", CultureInfo.InvariantCulture)}",
            12 => $"f8 {comparison} FLOAT 'NaN'",
            13 => $"f4 {comparison} {new[] { "1.1", "0", "1e300", "-0e0", "5" }[random.Next(5)]}",
            14 => $"num {comparison} {(random.Next(-500, 500) / 10.0).ToString("0.0", CultureInfo.InvariantCulture)}",
            15 => $"day {comparison} DATE '2026-01-{random.Next(1, 29):00}' + {random.Next(3)}",
            16 => new[] { "flag", "NOT flag", "flag IS NULL", "flag IS NOT NULL", "flag IS DISTINCT FROM TRUE", "i4 IS NULL", "code IS NULL" }[random.Next(7)],
            17 => $"pad {comparison} '{new string((char)('p' + random.Next(3)), random.Next(1, 3))} '",
            18 => $"i4 + 1 {comparison} part * 2",
            _ => Single(random, id),
        };
    }

    /// <summary>Single values of columns without an index, in whatever type the constant has: what bloom filters are asked about.</summary>
    public static string Single(Random random, long id)
    {
        var number = (random.Next(-500, 500) / 10.0).ToString("0.0", CultureInfo.InvariantCulture);
        return random.Next(10) switch
        {
            0 => $"num = {number}",
            1 => $"num IN ({number}, {random.Next(-50, 50)}, {number}00, NULL)",
            2 => $"num = {number}e0",
            3 => $"i4 IN ({id / 50}, {id / 50 + 7}.0, 2147483647)",
            4 => $"i4 = {id / 50}e0",
            5 => $"f8 IN ({(random.Next(-20, 20) / 4.0).ToString("R", CultureInfo.InvariantCulture)}, -0e0, FLOAT 'NaN')",
            6 => $"f4 IN (0, 0.5, {random.Next(5)})",
            7 => $"code IN ('a{id}', 'b{id}', 'c{id + 1}  ') AND num IS NOT NULL",
            8 => $"pad IN ('{(char)('p' + random.Next(4))}', '{(char)('p' + random.Next(3))}q  ')",
            _ => $"NOT (num <> {number} OR day <> DATE '2026-01-{random.Next(1, 12):00}')",
        };
    }
}
