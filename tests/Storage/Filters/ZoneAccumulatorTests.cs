namespace Helios.Pipeline.Storage.Tests;

public sealed class ZoneAccumulatorTests
{
    [Fact]
    public void Rows_that_are_gathered_leave_the_summary_that_rows_taken_in_one_by_one_leave() => Seed.Run(random =>
    {
        for (var turn = 0; turn < 40; turn++)
        {
            var types = Enum.GetValues<ColumnType>().Where(t => t is not (ColumnType.Array or ColumnType.Vector)).OrderBy(_ => random.Next()).Take(random.Next(1, 12)).ToArray();
            var schema = new TableSchema([.. types.Select((t, i) => new Column($"c{i}", t) { IsNullable = true, Length = t is ColumnType.Char or ColumnType.Varchar ? 20 : 0 })]);
            var (single, gathered) = (new TableZones(schema, 1_000), new TableZones(schema, 1_000));
            var accumulator = new ZoneAccumulator(schema);
            var offsets = new int[types.Length];
            for (var row = 0; row < random.Next(1, 30); row++)
            {
                var bytes = Row(types, random);
                RowView.ReadOffsets(bytes, offsets);
                single.Widen(7, bytes, offsets);
                accumulator.Add(bytes);
                if (random.Next(4) == 0)
                    Flush(gathered, accumulator);
            }

            Flush(gathered, accumulator);
            for (var column = 0; column < types.Length; column++)
            {
                Assert.Equal(single.View(7).Zone(column), gathered.View(7).Zone(column));
                Assert.Equal(single.View(7).HasNull(column), gathered.View(7).HasNull(column));
            }
        }
    });

    [Fact]
    public void A_damaged_row_is_corrupt()
    {
        var accumulator = new ZoneAccumulator(new TableSchema([new Column("a", ColumnType.Int8), new Column("b", ColumnType.Text)]));
        foreach (var bytes in new byte[][] { [], [0x93, 1], [0x93, 1, 5], [0x93, 1, 0xa1, 0x61, 5], [0x92, 1, 5] })
            Assert.Equal(HeliosErrorKind.Corrupt, Assert.Throws<HeliosException>(() => accumulator.Add(bytes)).Kind);
    }

    private static void Flush(TableZones zones, ZoneAccumulator accumulator)
    {
        if (!accumulator.IsEmpty)
            zones.Widen(7, accumulator);
        accumulator.Clear();
    }

    private static byte[] Row(ColumnType[] types, Random random)
    {
        using var bytes = new ByteBuffer();
        var writer = new RowWriter(bytes);
        writer.Begin(1, types.Length);
        foreach (var type in types)
        {
            if (random.Next(5) == 0)
                writer.WriteNull();
            else
                Write(type, random, ref writer);
        }

        writer.End();
        return bytes.Written.ToArray();
    }

    private static void Write(ColumnType type, Random random, ref RowWriter writer)
    {
        switch (type)
        {
            case ColumnType.Boolean: writer.WriteBoolean(random.Next(2) == 0); break;
            case ColumnType.Float4: writer.WriteSingle(new[] { 0f, -0f, float.NaN, 1.5f, -3f }[random.Next(5)]); break;
            case ColumnType.Float8: writer.WriteDouble(new[] { 0.0, -0.0, double.NaN, 1.5, -3, double.NegativeInfinity }[random.Next(6)]); break;
            case ColumnType.Numeric: writer.WriteNumeric(Numeric38.From(new decimal(random.Next(-900, 900), 0, 0, false, 2))); break;
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Char: writer.WriteText(new string((char)('a' + random.Next(3)), random.Next(0, 12)) + new string(' ', random.Next(2))); break;
            case ColumnType.Json or ColumnType.Jsonb: writer.WriteText("{}"); break;
            case ColumnType.Bytea: writer.WriteBytes(new byte[random.Next(0, 12)]); break;
            case ColumnType.Uuid: writer.WriteGuid(Guid.NewGuid()); break;
            case ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8: writer.WriteInt64(random.Next(-30_000, 30_000)); break;
            default: writer.WriteTicks(random.Next(0, 3_000_000)); break;
        }
    }
}
