using System.Numerics;
using System.Text;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>One kind for every column type, and arrays of several types.</summary>
internal static class CellKinds
{
    private static readonly Gen<long> s_long = Gen.Frequency((2, Gen.Long[-70_000, 70_000]), (1, Gens.One(long.MinValue, long.MaxValue, int.MinValue, int.MaxValue, 255, 256)), (2, Gen.Long));

    private static readonly Gen<double> s_double = Gen.Frequency(
        (1, Gens.One(0.0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, -double.Epsilon, 1, -1)), (2, Gen.Double));

    private static readonly Gen<float> s_single = Gen.Frequency(
        (1, Gens.One(0f, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, 1, -1)), (2, Gen.Single));

    public static Gen<Numeric38> Numeric { get; } =
        Gen.Select(Gen.Int[0, 38], Gens.One(0, 0, 1, 9, 5).Array[38], Gen.Frequency((2, Gen.Int[0, 3]), (1, Gen.Int[0, 38])), Gen.Bool).Select((count, digits, scale, isNegative) =>
            new Numeric38(digits.Take(count).Aggregate((UInt128)0, (sum, digit) => (sum * 10) + (UInt128)digit), scale, isNegative));

    public static Gen<string> Json { get; } = Gen.Recursive<string>((depth, inner) =>
    {
        var text = Gens.Text(5).Select(t => System.Text.Json.JsonSerializer.Serialize(t));
        var number = Gen.OneOf(Gen.Int.Select(i => i.ToString()), Gens.One("0", "-0.0", "1.50", "10e-1", "2.5E+40", "1e999999", "-7e-12", "123456789012345678901234567890.5"));
        var simple = Gen.OneOf(text, number, Gens.One("null", "true", "false", " true ", "[]", "{}"));
        return depth > 3 ? simple : Gen.OneOf(simple, inner.Array[0, 3].Select(items => $"[{string.Join(" ,", items)}]"),
            Gen.Select(text, inner).Array[0, 3].Select(items => "{" + string.Join(", ", items.Select(i => $"{i.Item1}: {i.Item2}")) + "}"));
    }).Select(json => json.Trim());

    public static IReadOnlyList<CellKind> All { get; } = Make();

    private static CellKind[] Make()
    {
        var scalars = Enum.GetValues<ColumnType>().Where(t => t != ColumnType.Array).Select(Scalar).ToArray();
        ColumnType[] elements = [ColumnType.Int4, ColumnType.Text, ColumnType.Numeric, ColumnType.Bytea, ColumnType.Float8, ColumnType.Json, ColumnType.Vector];
        return [.. scalars, .. elements.Select(e => ArrayOf(scalars.Single(s => s.Column.Type == e)))];
    }

    private static CellKind Scalar(ColumnType type) => type switch
    {
        ColumnType.Boolean => Kind(type, Gen.Bool, (ref RowWriter w, object v) => w.WriteBoolean((bool)v), v => v.GetBoolean()),
        ColumnType.Int2 => Integer(type, s_long.Select(v => (long)(short)v)),
        ColumnType.Int4 => Integer(type, s_long.Select(v => (long)(int)v)),
        ColumnType.Int8 or ColumnType.Interval => Integer(type, s_long),
        ColumnType.Date => Integer(type, Between(RowFormat.MaxDayNumber)),
        ColumnType.Time => Integer(type, Between(RowFormat.MaxTimeTicks)),
        ColumnType.Timestamp or ColumnType.Timestamptz => Integer(type, Between(RowFormat.MaxTimestampTicks)),
        ColumnType.Float4 => Kind(type, s_single, (ref RowWriter w, object v) => w.WriteSingle((float)v), v => v.GetSingle(), (a, b) => CompareFloats((float)a, (float)b)),
        ColumnType.Float8 => Kind(type, s_double, (ref RowWriter w, object v) => w.WriteDouble((double)v), v => v.GetDouble(), (a, b) => CompareFloats((double)a, (double)b)),
        ColumnType.Numeric => Kind(type, Numeric, (ref RowWriter w, object v) => w.WriteNumeric((Numeric38)v), v => v.GetNumeric(), (a, b) => Scaled((Numeric38)a).CompareTo(Scaled((Numeric38)b))),
        ColumnType.Varchar or ColumnType.Text => Text(type, Gens.Text(12), s => s),
        ColumnType.Char => Text(type, Gens.Text(12), s => s.TrimEnd(' ')),
        ColumnType.Json => Text(type, Json, Canonical),
        ColumnType.Jsonb => Text(type, Json.Select(Canonical), s => s),
        ColumnType.Bytea => Kind(type, Gens.Bytes(12), (ref RowWriter w, object v) => w.WriteBytes((byte[])v), v => v.GetBytes().ToArray(), (a, b) => ((byte[])a).AsSpan().SequenceCompareTo((byte[])b)),
        ColumnType.Uuid => Kind(type, Gens.Guid, (ref RowWriter w, object v) => w.WriteGuid((Guid)v), v => v.GetGuid(), (a, b) => string.CompareOrdinal(a.ToString(), b.ToString())),
        ColumnType.Vector => Kind(type, s_single.Array[0, 4], (ref RowWriter w, object v) => w.WriteVector((float[])v), v => v.GetVector().ToArray(), (a, b) => CompareLists((float[])a, (float[])b, (x, y) => CompareFloats(x, y))),
        _ => throw new InvalidOperationException($"{type} has no cells: add them."),
    };

    private static CellKind Kind<T>(ColumnType type, Gen<T> values, WriteCell write, ReadCell read, Comparison<object>? compare = null)
        where T : notnull =>
        new(new Column("c", type), values.Select(v => (object)v), write, read, compare ?? ((a, b) => Comparer<T>.Default.Compare((T)a, (T)b)));

    private static CellKind Integer(ColumnType type, Gen<long> values) =>
        Kind(type, values, (ref RowWriter w, object v) => w.WriteInt64((long)v), v => v.GetInt64());

    private static CellKind Text(ColumnType type, Gen<string> values, Func<string, string> keyText) =>
        Kind(type, values, (ref RowWriter w, object v) => w.WriteText((string)v), v => Encoding.UTF8.GetString(v.GetUtf8()),
            (a, b) => Encoding.UTF8.GetBytes(keyText((string)a)).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(keyText((string)b))));

    private static CellKind ArrayOf(CellKind element) => new(
        new Column("c", ColumnType.Array) { ElementType = element.Column.Type },
        element.Cells.Array[0, 4].Select(v => (object)v),
        (ref RowWriter w, object v) =>
        {
            var items = (object?[])v;
            w.BeginArray(items.Length);
            foreach (var item in items)
                element.WriteOrNull(ref w, item);
        },
        v =>
        {
            var items = new List<object?>();
            foreach (var item in v.GetArray())
                items.Add(element.ReadOrNull(item));
            return items.ToArray();
        },
        (a, b) => CompareLists((object?[])a, (object?[])b, element.CompareOrNull));

    private static Gen<long> Between(long max) => Gen.Frequency((1, Gens.One(0, 1, max - 1, max)), (3, Gen.Long[0, max]));

    private static string Canonical(string json)
    {
        using var buffer = new ByteBuffer();
        CanonicalJson.Write(Encoding.UTF8.GetBytes(json), buffer);
        return Encoding.UTF8.GetString(buffer.Written);
    }

    // NaN is last, and equal to every NaN; -0 equals 0.
    private static int CompareFloats(double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? double.IsNaN(a).CompareTo(double.IsNaN(b)) : a.CompareTo(b);

    private static BigInteger Scaled(Numeric38 value) => (value.IsNegative ? -1 : 1) * (BigInteger)value.Magnitude * BigInteger.Pow(10, Numeric38.MaxScale - value.Scale);

    private static int CompareLists<T>(T[] a, T[] b, Comparison<T> compare)
    {
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            if (compare(a[i], b[i]) is var order && order != 0)
                return order;
        }

        return a.Length.CompareTo(b.Length);
    }
}
