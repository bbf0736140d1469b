using System.Text.Json;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>What holds for every column type. A new type fails here until it has a sample.</summary>
public class EveryColumnTypeTests
{
    private const int Values = 200;

    [Theory]
    [MemberData(nameof(TypeSample.EveryType), MemberType = typeof(TypeSample))]
    public void A_row_gives_back_the_values_that_were_written(ColumnType type) => Seed.Run(random =>
    {
        var sample = TypeSample.Of(type);
        for (var i = 0; i < Values; i++)
        {
            var value = sample.Next(random);
            var row = sample.Row(value);
            Assert.Equal(default, Keys.FaultOf(sample.Schema, row));
            Assert.Equal(value, sample.Read(new RowView(row)[0]));
        }
    });

    [Theory]
    [MemberData(nameof(TypeSample.EveryType), MemberType = typeof(TypeSample))]
    public void A_row_gives_back_null(ColumnType type)
    {
        var sample = TypeSample.Of(type);
        var row = sample.Row(null);
        Assert.Equal(default, Keys.FaultOf(sample.Schema, row));
        Assert.True(new RowView(row)[0].IsNull);
        Assert.Equal(RowFault.NotNull, Keys.FaultOf(new TableSchema([sample.Column with { IsNullable = false }]), row).Code);
    }

    [Theory]
    [MemberData(nameof(TypeSample.EveryType), MemberType = typeof(TypeSample))]
    public void Keys_are_in_the_order_of_values_and_null_is_first(ColumnType type) => Seed.Run(random =>
    {
        var sample = TypeSample.Of(type);
        var values = Enumerable.Range(0, Values).Select(_ => sample.Next(random)).ToArray();
        var keys = values.Select(sample.Key).ToArray();
        var nullKey = sample.Key(null);
        for (var i = 0; i < values.Length; i++)
        {
            Assert.True(nullKey.AsSpan().SequenceCompareTo(keys[i]) < 0);
            for (var j = 0; j < values.Length; j++)
            {
                var expected = Math.Sign(sample.Compare(values[i], values[j]));
                var actual = Math.Sign(keys[i].AsSpan().SequenceCompareTo(keys[j]));
                if (expected != actual)
                    Assert.Fail($"{values[i]} and {values[j]} compare {expected}, their keys {actual}.");
                Assert.True(expected == 0 || !keys[j].AsSpan().StartsWith(keys[i]), "One key begins another.");
            }
        }
    });

    [Fact]
    public void Keys_of_several_columns_compare_column_by_column_and_none_begins_another() => Seed.Run(random =>
    {
        var types = Enum.GetValues<ColumnType>();
        for (var round = 0; round < 200; round++)
        {
            var samples = Enumerable.Range(0, random.Next(1, 5)).Select(_ => TypeSample.Of(types[random.Next(types.Length)])).ToArray();
            var schema = new TableSchema(samples.Select((s, i) => s.Column with { Name = $"c{i}" }));
            var pool = samples.Select(s => new[] { null, s.Next(random), s.Next(random) }).ToArray(); // few, so that columns are often equal
            var rows = Enumerable.Range(0, 12).Select(_ => pool.Select(p => p[random.Next(p.Length)]).ToArray()).ToArray();
            var keys = rows.Select(r => Keys.Of(schema, Row(samples, r))).ToArray();
            for (var i = 0; i < rows.Length; i++)
                for (var j = 0; j < rows.Length; j++)
                {
                    var expected = Compare(samples, rows[i], rows[j]);
                    Assert.Equal(expected, Math.Sign(keys[i].AsSpan().SequenceCompareTo(keys[j])));
                    Assert.True(expected == 0 || !keys[j].AsSpan().StartsWith(keys[i]));
                }
        }
    });

    [Theory]
    [MemberData(nameof(TypeSample.EveryType), MemberType = typeof(TypeSample))]
    public void A_look_up_with_the_values_of_a_row_makes_the_key_of_the_row(ColumnType type) => Seed.Run(random =>
    {
        var sample = TypeSample.Of(type);
        var encoder = new KeyEncoder(sample.Schema, [0]);
        using var buffer = new ByteBuffer();
        for (var i = 0; i < Values; i++)
        {
            var value = sample.Next(random);
            buffer.Truncate(0);
            Assert.True(encoder.TryAppendProbe(sample.Row(value), buffer, out var key, out _));
            Assert.Equal(sample.Key(value), buffer.Written.ToArray());
            Assert.Equal(buffer.Length, key.Length);
        }
    });

    [Theory]
    [MemberData(nameof(TypeSample.EveryType), MemberType = typeof(TypeSample))]
    public void Csv_text_gives_back_the_value(ColumnType type) => Seed.Run(random =>
    {
        var sample = TypeSample.Of(type);
        for (var i = 0; i < Values; i++)
        {
            var row = sample.Row(sample.Next(random));
            using var text = new ByteBuffer();
            ColumnText.FormatCsv(sample.Column, new RowView(row)[0], text);
            Assert.Equal(sample.Read(new RowView(row)[0]), sample.Read(new RowView(FromCsv(sample.Column, text.Written))[0]));
        }
    });

    [Theory]
    [MemberData(nameof(TypeSample.EveryType), MemberType = typeof(TypeSample))]
    public void Json_text_gives_back_the_value_and_is_one_line_of_json(ColumnType type) => Seed.Run(random =>
    {
        var sample = TypeSample.Of(type);
        for (var i = 0; i < Values; i++)
        {
            var row = sample.Row(i == 0 ? null : sample.Next(random));
            using var text = new ByteBuffer();
            ColumnText.FormatJson(sample.Column, new RowView(row)[0], text);
            Assert.True(JsonSyntax.IsValid(text.Written));
            Assert.DoesNotContain((byte)'\n', text.Written.ToArray());

            var again = new RowView(FromJson(sample.Column, text.Written))[0];
            if (i == 0 || text.Written.Trim(" "u8).SequenceEqual("null"u8))
                Assert.True(again.IsNull); // a Json null inside a document is NULL when it comes back
            else if (type == ColumnType.Json)
                Assert.Equal(((string)sample.Read(new RowView(row)[0])).Trim(' '), sample.Read(again)); // blanks around a value belong to the document
            else
                Assert.Equal(sample.Read(new RowView(row)[0]), sample.Read(again));
        }
    });

    [Theory]
    [MemberData(nameof(TypeSample.EveryType), MemberType = typeof(TypeSample))]
    public void A_clr_value_gives_back_the_row(ColumnType type) => Seed.Run(random =>
    {
        var sample = TypeSample.Of(type);
        for (var i = 0; i < Values; i++)
        {
            var row = sample.Row(i == 0 ? null : sample.Next(random));
            var value = ColumnClr.Read(sample.Column, new RowView(row)[0]);
            if (type == ColumnType.Numeric && value is string)
                continue; // more digits than a decimal: it comes as text, and text is no number
            using var buffer = new ByteBuffer();
            var writer = new RowWriter(buffer);
            writer.Begin(1, 1);
            Assert.True(ColumnClr.TryWrite(sample.Column, value, ref writer, out _));
            writer.End();
            var again = buffer.Written.ToArray();
            if (type == ColumnType.Numeric)
                Assert.Equal(Keys.Of(sample.Schema, row), Keys.Of(sample.Schema, again)); // a decimal has fewer places
            else
                Assert.Equal(row, again);
        }
    });

    private static byte[] FromCsv(Column column, ReadOnlySpan<byte> text)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, 1);
        Assert.True(ColumnText.TryParse(column, text, ref writer, out var why), why);
        writer.End();
        return buffer.Written.ToArray();
    }

    private static byte[] FromJson(Column column, ReadOnlySpan<byte> text)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        var reader = new Utf8JsonReader(text);
        reader.Read();
        writer.Begin(1, 1);
        Assert.True(ColumnText.TryParseJson(column, ref reader, ref writer, out var why), why);
        Assert.False(reader.Read());
        writer.End();
        return buffer.Written.ToArray();
    }

    private static byte[] Row(TypeSample[] samples, object?[] values)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, samples.Length);
        for (var i = 0; i < samples.Length; i++)
        {
            if (values[i] is { } value)
                samples[i].Write(ref writer, value);
            else
                writer.WriteNull();
        }

        writer.End();
        return buffer.Written.ToArray();
    }

    private static int Compare(TypeSample[] samples, object?[] a, object?[] b)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            var order = a[i] is null || b[i] is null ? (a[i] is not null).CompareTo(b[i] is not null) : Math.Sign(samples[i].Compare(a[i]!, b[i]!));
            if (order != 0)
                return order;
        }

        return 0;
    }
}
