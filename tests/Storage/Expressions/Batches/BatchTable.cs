using System.Buffers.Binary;
using System.Text;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>A table of random columns and rows for it, whose values often are the same, or at an end of what their type holds.</summary>
internal sealed class BatchTable
{
    private static readonly long[] s_integers = [0, 1, -1, 2, 3, 127, 128, -32, -33, 300, 32_767, -32_768, 70_000, int.MaxValue, int.MinValue, (1L << 53) + 1, long.MaxValue, long.MinValue, long.MaxValue - 1];
    private static readonly double[] s_doubles = [0, -0.0, 1, -1, 0.5, 1e-3, 3, double.NaN, -double.NaN, BitConverter.Int64BitsToDouble(-1), double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon, -double.Epsilon, 9007199254740993, 1.1];
    private static readonly string[] s_texts = ["", "a", "ab", "abc", "b", "a ", "ab  ", "é", "aé", "😀b", "dev1", "dev12", "x", new string('y', 31), new string('y', 32), new string('z', 300)];

    private readonly Random _random;
    private readonly byte[][][] _pools;

    public BatchTable(Random random) : this(random, RandomSchema(random))
    {
    }

    public BatchTable(Random random, TableSchema schema)
    {
        _random = random;
        Schema = schema;
        _pools = [.. schema.Columns.Select(column => Pool(column.Type))];
    }

    public TableSchema Schema { get; }

    public void Fill(RowBatch batch, int rows)
    {
        batch.Clear();
        var nulls = _random.Next(3) * 3; // none, some, more
        for (var i = 0; i < rows; i++)
        {
            var writer = new RowWriter(batch.Buffer);
            writer.Begin(_random.Next(8) == 0 ? 300u : 1u, _pools.Length);
            for (var column = 0; column < _pools.Length; column++)
                Write(column, nulls, ref writer);
            writer.End();
            batch.Take(new RowId((ulong)i), new Lsn(1));
        }
    }

    private static TableSchema RandomSchema(Random random)
    {
        var types = Enum.GetValues<ColumnType>();
        // Each type stands in every table, most of them twice, in any order; columns between them are in no condition.
        var columns = types.Concat(types.Where(_ => random.Next(4) != 0)).ToArray();
        random.Shuffle(columns);
        if (random.Next(3) == 0)
            columns = columns[..random.Next(4, 14)]; // rows whose header is one byte
        return new TableSchema(columns.Select((type, i) => new Column($"c{i}", type) { ElementType = type == ColumnType.Array ? ColumnType.Text : null }));
    }

    private void Write(int column, int nulls, ref RowWriter writer)
    {
        if (_random.Next(20) < nulls)
            writer.WriteNull();
        else if (_pools[column].Length > 0 && _random.Next(5) != 0)
            writer.WriteRaw(_pools[column][_random.Next(_pools[column].Length)]);
        else if (TypeSamples.All[Schema.Columns[column].Type] is var sample)
            sample.Write(ref writer, sample.Next(_random));
    }

    /// <summary>Values in their own form and, where there is one, in a longer one that a row may have too.</summary>
    private static byte[][] Pool(ColumnType type) => type switch
    {
        ColumnType.Boolean => [[MessagePackToken.True], [MessagePackToken.False]],
        ColumnType.Int2 => Integers(short.MinValue, short.MaxValue),
        ColumnType.Int4 => Integers(int.MinValue, int.MaxValue),
        ColumnType.Int8 or ColumnType.Interval => Integers(long.MinValue, long.MaxValue),
        ColumnType.Date => Integers(0, 4),
        ColumnType.Time => Integers(0, RowFormat.MaxTimeTicks),
        ColumnType.Timestamp or ColumnType.Timestamptz => Integers(0, RowFormat.MaxTimestampTicks),
        ColumnType.Float4 => [.. s_doubles.Select(value => Encode((ref RowWriter writer) => writer.WriteSingle((float)value)))],
        ColumnType.Float8 => [.. s_doubles.Select(value => Encode((ref RowWriter writer) => writer.WriteDouble(value)))],
        ColumnType.Varchar or ColumnType.Text or ColumnType.Char => [.. s_texts.Select(value => Encode((ref RowWriter writer) => writer.WriteText(value))), .. s_texts.Select(LongText)],
        ColumnType.Bytea => [.. s_texts.Select(value => Encode((ref RowWriter writer) => writer.WriteBytes(Encoding.UTF8.GetBytes(value))))],
        ColumnType.Uuid => [Encode((ref RowWriter writer) => writer.WriteGuid(Expressions.Uuid)), Encode((ref RowWriter writer) => writer.WriteGuid(Guid.Empty))],
        _ => [],
    };

    private static byte[][] Integers(long least, long most) =>
        [.. s_integers.Where(value => value >= least && value <= most).SelectMany(value => new[] { Encode((ref RowWriter writer) => writer.WriteInt64(value)), LongInteger(value) })];

    private static byte[] LongInteger(long value)
    {
        var bytes = new byte[9];
        bytes[0] = MessagePackToken.Int64;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    private static byte[] LongText(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return [MessagePackToken.Str16, (byte)(utf8.Length >> 8), (byte)utf8.Length, .. utf8];
    }

    private delegate void WriteOne(ref RowWriter writer);

    private static byte[] Encode(WriteOne write)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, 1);
        write(ref writer);
        writer.End();
        return buffer.Written[2..].ToArray();
    }
}
