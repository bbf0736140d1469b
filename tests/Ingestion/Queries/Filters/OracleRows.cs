using System.Globalization;
using System.Numerics;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A table of every type that is compared, and random values of it: rows of one block lie close together, but for some blocks, and some columns, where they do not.</summary>
internal static class OracleRows
{
    public static readonly TableSchema Schema = new(
        [
            new Column("id", ColumnType.Int8),
            new Column("stamp", ColumnType.Int8), // another one in each version of each row
            Nullable("i2", ColumnType.Int2),
            Nullable("i4", ColumnType.Int4),
            Nullable("i8", ColumnType.Int8),
            Nullable("num", ColumnType.Numeric),
            Nullable("f4", ColumnType.Float4),
            Nullable("f8", ColumnType.Float8),
            Nullable("txt", ColumnType.Text),
            Nullable("pad", ColumnType.Char) with { Length = 12 },
            Nullable("bin", ColumnType.Bytea),
            Nullable("day", ColumnType.Date),
            Nullable("at", ColumnType.Time),
            Nullable("ts", ColumnType.Timestamp),
            Nullable("tz", ColumnType.Timestamptz),
            Nullable("gap", ColumnType.Interval),
            Nullable("uid", ColumnType.Uuid),
            Nullable("flag", ColumnType.Boolean),
        ],
        primaryKey: ["id"]);

    /// <summary>The first of them that may be NULL.</summary>
    public const int FirstFree = 2;

    private static readonly DateTime s_day = new(2026, 3, 29); // a Sunday on which clocks change

    private static readonly string[] s_texts =
        ["", " ", "a", "a ", "a  ", "ab", "abcdefgh", "abcdefghi", "abcdefgh ", "a\0", "a\0b", "a%", "a_b", "a!", "é", "中中", "\ud83d\ude00", "\ud83d\ude00b", "\ufffd", "\uffff", "zz", "a\t", "\u0001"];

    private static Column Nullable(string name, ColumnType type) => new(name, type) { IsNullable = true };

    public static object?[] Next(long id, long stamp, Random random)
    {
        var row = new object?[Schema.Columns.Length];
        (row[0], row[1]) = (id, stamp);
        for (var i = FirstFree; i < row.Length; i++)
        {
            // Most blocks have nothing rare in a column: else no bounds would ever say no.
            var (type, rare) = (Schema.Columns[i].Type, random.Next(Neighbours(id, i) ? 6 : 400));
            row[i] = rare switch { 0 => null, 1 => Any(type, random), _ => Near(type, id, random) };
        }

        return row;
    }

    private static bool Neighbours(long id, int column) => ((id / 100 * 31) + (column * 7)) % 5 == 0;

    public static Row Make(TableSchema schema, object?[] values)
    {
        var row = new Row(schema);
        for (var i = 0; i < values.Length; i++)
            row[i] = values[i];
        return row;
    }

    /// <summary>A value that neighbours have too.</summary>
    public static object Near(ColumnType type, long id, Random random)
    {
        var step = (id / 60) + random.Next(2);
        return type switch
        {
            ColumnType.Int2 => (short)step,
            ColumnType.Int4 => random.Next(2_000), // in no order: for bloom filters
            ColumnType.Int8 => (1L << 53) + step,
            ColumnType.Numeric => new decimal((int)step, 0, 0, step % 3 == 0, (byte)(step % 4)) * (random.Next(2) == 0 ? 1m : 1.00m),
            ColumnType.Float4 => step / 4f,
            ColumnType.Float8 => random.Next(2_000) / 10.0,
            ColumnType.Text or ColumnType.Char => string.Create(CultureInfo.InvariantCulture, $"{(char)('a' + (step % 20))}{(step % 2 == 0 ? "éé" : "x")}{step}{new string(' ', random.Next(2))}"),
            ColumnType.Bytea => new[] { (byte)step, (byte)random.Next(2) },
            ColumnType.Date => DateOnly.FromDateTime(s_day.AddDays(step)),
            ColumnType.Time => new TimeOnly(step * TimeSpan.TicksPerMinute % TimeSpan.TicksPerDay),
            ColumnType.Timestamp => s_day.AddMinutes(step),
            ColumnType.Timestamptz => new DateTimeOffset(s_day.AddMinutes(step * 30), TimeSpan.Zero),
            ColumnType.Interval => TimeSpan.FromSeconds(step - 3),
            ColumnType.Uuid => new Guid(random.Next(2_000), 0, 0, new byte[8]),
            _ => step % 2 == 0,
        };
    }

    public static object Any(ColumnType type, Random random) => type switch
    {
        ColumnType.Int2 => Pick(random, (short)0, (short)-1, short.MinValue, short.MaxValue, (short)random.Next(-9, 9)),
        ColumnType.Int4 => Pick(random, 0, -1, int.MinValue, int.MaxValue, random.Next(-9, 9)),
        ColumnType.Int8 => Pick(random, 0L, -1L, long.MinValue, long.MaxValue, (1L << 53) + random.Next(-2, 4), -(1L << 53) + random.Next(-2, 3), long.MaxValue - 511, random.Next(-9, 9)),
        ColumnType.Numeric => Pick<object>(random, 0m, 0.00m, 0.1m, -0.10m, 5m, 5.000m, 1m / 3m, 9007199254740993m, 9007199254740992.5m, 0.1000000000000000055511151231m, decimal.MaxValue, decimal.MinValue, BigInteger.Pow(10, 37) + 1, (decimal)random.Next(-9, 9) / 4),
        ColumnType.Float4 => Pick(random, 0f, -0f, float.NaN, 0.1f, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, float.MaxValue, 16777216f, random.Next(-9, 9) / 4f),
        ColumnType.Float8 => Pick(random, 0.0, -0.0, double.NaN, BitConverter.UInt64BitsToDouble(0xfff8_0000_0000_0007), 0.1, (double)0.1f, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, 9007199254740992, 9007199254740994, 9.2233720368547758e18, random.Next(-9, 9) / 4.0),
        ColumnType.Text or ColumnType.Char => s_texts[random.Next(s_texts.Length)],
        ColumnType.Bytea => Pick(random, [], [0], [0, 0], new byte[] { 255 }, [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8, 0], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ColumnType.Date => Pick(random, DateOnly.MinValue, DateOnly.MaxValue, DateOnly.FromDateTime(s_day)),
        ColumnType.Time => Pick(random, TimeOnly.MinValue, TimeOnly.MaxValue, new TimeOnly(2, 30)),
        ColumnType.Timestamp => Pick(random, DateTime.MinValue, new DateTime(DateTime.MaxValue.Ticks), s_day, s_day.AddTicks(1)),
        ColumnType.Timestamptz => Pick(random, new DateTimeOffset(s_day, TimeSpan.FromHours(14)), new DateTimeOffset(s_day, TimeSpan.FromMinutes(-570)), new DateTimeOffset(s_day, TimeSpan.Zero), new DateTimeOffset(1, 1, 2, 0, 0, 0, TimeSpan.Zero)),
        ColumnType.Interval => Pick(random, TimeSpan.Zero, TimeSpan.MinValue, TimeSpan.MaxValue, TimeSpan.FromTicks(-1)),
        ColumnType.Uuid => Pick(random, Guid.Empty, Guid.AllBitsSet, new Guid(0, 0, 0, [128, 0, 0, 0, 0, 0, 0, 0]), new Guid(0, 0, 0, [128, 0, 0, 0, 0, 0, 0, 1])),
        _ => random.Next(2) == 0,
    };

    private static T Pick<T>(Random random, params T[] all) => all[random.Next(all.Length)];
}
