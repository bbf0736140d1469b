namespace Helios.Pipeline.Storage.Tests;

public class DamagedRowTests
{
    [Fact]
    public void Every_shortened_row_is_refused_and_every_read_of_it_is_an_answer_or_corrupt() => Seed.Run(random =>
    {
        var (schema, row) = AllTypes(random);
        for (var length = 0; length < row.Length; length++)
        {
            Assert.NotEqual(default, Keys.FaultOf(schema, row[..length]));
            ReadAll(schema, row[..length]);
        }
    });

    [Fact]
    public void Every_flipped_bit_gives_a_valid_row_or_a_fault_and_reads_never_escape() => Seed.Run(random =>
    {
        var (schema, row) = AllTypes(random);
        var encoder = new KeyEncoder(schema, [.. Enumerable.Range(0, schema.Columns.Length)]);
        var offsets = new int[schema.Columns.Length];
        using var key = new ByteBuffer();
        for (var bit = 0; bit < row.Length * 8; bit++)
        {
            var flipped = row.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            ReadAll(schema, flipped);
            key.Truncate(0);
            if (RowRules.TryValidate(schema, flipped, offsets, out _))
                encoder.Append(flipped, offsets, key); // what the rules took has a key
        }
    });

    [Fact]
    public void Random_bytes_never_escape() => Seed.Run(random =>
    {
        var (schema, row) = AllTypes(random);
        for (var i = 0; i < 300; i++)
        {
            var bytes = row.ToArray();
            random.NextBytes(bytes.AsSpan(random.Next(bytes.Length)));
            Keys.FaultOf(schema, bytes);
            ReadAll(schema, bytes);
        }
    });

    [Fact]
    public void A_claimed_length_is_not_believed()
    {
        byte[][] rows = [[0xdd, 0xff, 0xff, 0xff, 0xff, 1], [0x92, 1, 0xc6, 0x7f, 0xff, 0xff, 0xff, 1], [0x92, 1, 0xdb, 0xff, 0xff, 0xff, 0xff, 1], [0x92, 1, 0xdd, 0x7f, 0xff, 0xff, 0xff, 1], [0x92, 1, 0x81, 1, 1], [0x92, 1, 0xc1]];
        foreach (var row in rows)
            foreach (var type in Enum.GetValues<ColumnType>())
            {
                Assert.NotEqual(default, Keys.FaultOf(TypeSample.Of(type).Schema, row));
                ReadAll(TypeSample.Of(type).Schema, row);
            }
    }

    private static (TableSchema Schema, byte[] Row) AllTypes(Random random)
    {
        var samples = Enum.GetValues<ColumnType>().Select(TypeSample.Of).ToArray();
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, samples.Length);
        foreach (var sample in samples)
            sample.Write(ref writer, sample.Next(random));
        writer.End();
        return (new TableSchema(samples.Select((s, i) => s.Column with { Name = $"c{i}" })), buffer.Written.ToArray());
    }

    /// <summary>Reads all columns in all ways: what is thrown must be Corrupt.</summary>
    private static void ReadAll(TableSchema schema, byte[] row)
    {
        using var text = new ByteBuffer();
        for (var i = 0; i < schema.Columns.Length; i++)
        {
            OnlyCorrupt(() => ColumnClr.Read(schema.Columns[i], new RowView(row)[i]));
            OnlyCorrupt(() => ColumnText.FormatCsv(schema.Columns[i], new RowView(row)[i], text));
            OnlyCorrupt(() => ColumnText.FormatJson(schema.Columns[i], new RowView(row)[i], text));
            OnlyCorrupt(() => TypeSample.Of(schema.Columns[i].Type).Read(new RowView(row)[i]));
            text.Truncate(0);
        }

        OnlyCorrupt(() =>
        {
            foreach (var value in new RowView(row))
                _ = value.Raw.Length;
        });
    }

    private static void OnlyCorrupt(Action read)
    {
        try
        {
            read();
        }
        catch (HeliosException e)
        {
            Assert.Equal((HeliosErrorKind.Corrupt, "corrupt"), (e.Kind, e.Code));
        }
    }
}
