using System.Globalization;
using System.Numerics;
using System.Text;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>One sample per column type.</summary>
internal static class TypeSamples
{
    public static readonly IReadOnlyDictionary<ColumnType, TypeSample> All = Make().ToDictionary(s => s.Column.Type);

    private static readonly string[] Alphabet = ["a", "b", "A", "z", "\0", "\u0001", "ÿ", "é", "中", "\uffff", "😀", " ", "\"", "\\", "\n", ",", "/", "\u007f"];

    private static IEnumerable<TypeSample> Make()
    {
        yield return Simple<bool>(ColumnType.Boolean, r => r.Next(2) == 0, (ref RowWriter w, object v) => w.WriteBoolean((bool)v), v => v.GetBoolean());
        yield return Integer(ColumnType.Int2, short.MinValue, short.MaxValue);
        yield return Integer(ColumnType.Int4, int.MinValue, int.MaxValue);
        yield return Integer(ColumnType.Int8, long.MinValue, long.MaxValue);
        yield return new TypeSample(new Column("c", ColumnType.Float4), r => NextSingle(r), (ref RowWriter w, object v) => w.WriteSingle((float)v), v => v.GetSingle(), (a, b) => CompareFloats((float)a, (float)b));
        yield return new TypeSample(new Column("c", ColumnType.Float8), r => NextDouble(r), (ref RowWriter w, object v) => w.WriteDouble((double)v), v => v.GetDouble(), (a, b) => CompareFloats((double)a, (double)b));
        yield return new TypeSample(new Column("c", ColumnType.Numeric), r => NextNumeric(r), (ref RowWriter w, object v) => w.WriteNumeric((Numeric38)v), v => v.GetNumeric(), (a, b) => CompareNumerics((Numeric38)a, (Numeric38)b));
        yield return Text(new Column("c", ColumnType.Varchar) { Length = 40 }, NextText, s => s);
        yield return Text(new Column("c", ColumnType.Text), NextText, s => s);
        yield return Text(new Column("c", ColumnType.Char) { Length = 40 }, NextText, s => s.TrimEnd(' '));
        yield return new TypeSample(new Column("c", ColumnType.Bytea), r => NextBytes(r), (ref RowWriter w, object v) => w.WriteBytes((byte[])v), v => v.GetBytes().ToArray(), (a, b) => ((byte[])a).AsSpan().SequenceCompareTo((byte[])b));
        yield return Simple<DateOnly>(ColumnType.Date, r => DateOnly.FromDayNumber((int)NextLong(r, 0, RowFormat.MaxDayNumber)), (ref RowWriter w, object v) => w.WriteDate((DateOnly)v), v => v.GetDate());
        yield return Ticks(ColumnType.Time, 0, RowFormat.MaxTimeTicks);
        yield return Ticks(ColumnType.Timestamp, 0, RowFormat.MaxTimestampTicks);
        yield return Ticks(ColumnType.Timestamptz, 0, RowFormat.MaxTimestampTicks);
        yield return Ticks(ColumnType.Interval, long.MinValue, long.MaxValue);
        yield return new TypeSample(new Column("c", ColumnType.Uuid), r => NextGuid(r), (ref RowWriter w, object v) => w.WriteGuid((Guid)v), v => v.GetGuid(), (a, b) => string.CompareOrdinal(a.ToString(), b.ToString()));
        yield return Text(new Column("c", ColumnType.Json), r => NextJson(r, 0, spaced: true), Canonical);
        yield return Text(new Column("c", ColumnType.Jsonb), r => Canonical(NextJson(r, 0, spaced: true)), s => s);
        yield return new TypeSample(new Column("c", ColumnType.Array) { ElementType = ColumnType.Text }, NextArray, WriteArray, ReadArray, CompareArrays);
        yield return new TypeSample(new Column("c", ColumnType.Vector) { Length = 3 }, r => new[] { NextSingle(r), NextSingle(r), NextSingle(r) }, (ref RowWriter w, object v) => w.WriteVector((float[])v), v => v.GetVector().ToArray(), (a, b) => CompareVectors((float[])a, (float[])b));
    }

    public static string Canonical(string json)
    {
        using var buffer = new ByteBuffer();
        CanonicalJson.Write(Encoding.UTF8.GetBytes(json), buffer);
        return Encoding.UTF8.GetString(buffer.Written);
    }

    /// <summary>From the whole range, near its ends, or near zero.</summary>
    public static long NextLong(Random random, long min, long max)
    {
        var value = random.Next(4) switch
        {
            0 => (Int128)min + random.Next(300),
            1 => (Int128)max - random.Next(300),
            2 => (Int128)random.Next(-70_000, 70_000),
            _ => random.NextInt64(min, max),
        };
        return (long)Int128.Clamp(value, min, max);
    }

    public static string NextText(Random random) => string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));

    public static Numeric38 NextNumeric(Random random)
    {
        var digits = random.Next(Numeric38.MaxDigits + 1);
        UInt128 magnitude = 0;
        for (var i = 0; i < digits; i++)
            magnitude = (magnitude * 10) + (UInt128)(random.Next(3) == 0 ? random.Next(10) : 0);
        return new Numeric38(magnitude, random.Next(4) == 0 ? random.Next(Numeric38.MaxScale + 1) : random.Next(4), random.Next(2) == 0);
    }

    /// <summary>Random JSON with blanks, equal names and odd forms of numbers where <paramref name="spaced"/>.</summary>
    public static string NextJson(Random random, int depth, bool spaced)
    {
        var blank = spaced && random.Next(2) == 0 ? " " : "";
        return blank + random.Next(depth > 3 ? 5 : 7) switch
        {
            0 => "null",
            1 => random.Next(2) == 0 ? "true" : "false",
            2 => NextJsonNumber(random),
            3 or 4 => NextJsonText(random),
            5 => "[" + string.Join(",", Enumerable.Range(0, random.Next(4)).Select(_ => NextJson(random, depth + 1, spaced))) + blank + "]",
            _ => "{" + string.Join(",", Enumerable.Range(0, random.Next(4)).Select(_ => blank + NextJsonText(random) + blank + ":" + NextJson(random, depth + 1, spaced))) + "}",
        } + blank;
    }

    private static string NextJsonNumber(Random random) => random.Next(4) switch
    {
        0 => random.Next(-50, 50).ToString(CultureInfo.InvariantCulture),
        1 => (random.NextDouble() * 1e6).ToString("R", CultureInfo.InvariantCulture),
        2 => $"{random.Next(10)}.{random.Next(100)}0e{random.Next(-60, 60)}",
        _ => "-0.0",
    };

    private static string NextJsonText(Random random) =>
        System.Text.Json.JsonSerializer.Serialize(NextText(random).Replace("\uffff", "x", StringComparison.Ordinal));

    private static TypeSample Simple<T>(ColumnType type, Func<Random, T> next, WriteValue write, ReadValue read) where T : IComparable<T> =>
        new(new Column("c", type), r => next(r)!, write, read, (a, b) => ((T)a).CompareTo((T)b));

    private static TypeSample Integer(ColumnType type, long min, long max) =>
        Simple(type, r => NextLong(r, min, max), (ref RowWriter w, object v) => w.WriteInt64((long)v), v => v.GetInt64());

    private static TypeSample Ticks(ColumnType type, long min, long max) =>
        Simple(type, r => NextLong(r, min, max), (ref RowWriter w, object v) => w.WriteTicks((long)v), v => v.GetTicks());

    private static TypeSample Text(Column column, Func<Random, string> next, Func<string, string> keyText) =>
        new(column, r => next(r), (ref RowWriter w, object v) => w.WriteText((string)v), v => Encoding.UTF8.GetString(v.GetUtf8()),
            (a, b) => TypeSample.CompareText(keyText((string)a), keyText((string)b)));

    private static double NextDouble(Random random) => random.Next(8) switch
    {
        0 => double.NaN,
        1 => random.Next(2) == 0 ? double.PositiveInfinity : double.NegativeInfinity,
        2 => random.Next(2) == 0 ? 0.0 : -0.0,
        3 => random.Next(-3, 4),
        4 => double.Epsilon * random.Next(-3, 4),
        5 => random.NextDouble() - 0.5,
        _ => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
    };

    private static float NextSingle(Random random) => random.Next(3) == 0 ? BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)) : (float)NextDouble(random);

    private static int CompareFloats(double a, double b) => double.IsNaN(a) || double.IsNaN(b)
        ? double.IsNaN(a).CompareTo(double.IsNaN(b)) // NaN is last, and equal to NaN
        : a.CompareTo(b);

    private static int CompareNumerics(Numeric38 a, Numeric38 b) => Scaled(a).CompareTo(Scaled(b));

    private static BigInteger Scaled(Numeric38 value) =>
        (value.IsNegative ? -1 : 1) * (BigInteger)value.Magnitude * BigInteger.Pow(10, Numeric38.MaxScale - value.Scale);

    private static byte[] NextBytes(Random random)
    {
        var bytes = new byte[random.Next(10)];
        random.NextBytes(bytes);
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = random.Next(3) switch { 0 => 0, 1 => 255, _ => bytes[i] };
        return bytes;
    }

    private static Guid NextGuid(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private static object NextArray(Random random) =>
        Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(4) == 0 ? null : NextText(random)).ToArray();

    private static void WriteArray(ref RowWriter writer, object value)
    {
        var elements = (string?[])value;
        writer.BeginArray(elements.Length);
        foreach (var element in elements)
        {
            if (element is null)
                writer.WriteNull();
            else
                writer.WriteText(element);
        }
    }

    private static object ReadArray(ValueView value)
    {
        var elements = new List<string?>();
        foreach (var element in value.GetArray())
            elements.Add(element.IsNull ? null : Encoding.UTF8.GetString(element.GetUtf8()));
        return elements.ToArray();
    }

    private static int CompareArrays(object x, object y)
    {
        var (a, b) = ((string?[])x, (string?[])y);
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            var order = a[i] is null || b[i] is null ? (a[i] is not null).CompareTo(b[i] is not null) : TypeSample.CompareText(a[i]!, b[i]!);
            if (order != 0)
                return order;
        }

        return a.Length.CompareTo(b.Length);
    }

    private static int CompareVectors(float[] a, float[] b)
    {
        for (var i = 0; i < a.Length; i++)
            if (CompareFloats(a[i], b[i]) is var order && order != 0)
                return order;
        return 0;
    }
}
