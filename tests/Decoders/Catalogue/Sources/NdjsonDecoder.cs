using System.Text;
using System.Text.Json;
using CsCheck;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>A field of a record of NDJSON: strings unescaped, anything else as its text.</summary>
internal sealed record JsonField(string Name, bool IsText, string Text);

/// <summary>NDJSON from its bytes to rows. No record throws: it is taken or rejected. The value is the fields of the records that are taken.</summary>
internal sealed class NdjsonDecoder : DecoderUnderTest<JsonField[][]>
{
    private static readonly TableDefinition s_table = new(new TableId(16), 16, "t", 1, new TableSchema(
        [new Column("a", ColumnType.Int8), new Column("b", ColumnType.Text), new Column("c", ColumnType.Jsonb), new Column("d", ColumnType.Json)]));

    private static readonly NdjsonColumns s_columns = new(["a", "b", "c", "d"]);

    public override string Name => "ndjson";

    public override IReadOnlyList<Type> Codecs =>
        [typeof(JsonObjectFields), typeof(NdjsonFields), typeof(LineSplitter), typeof(NdjsonTypeInference), typeof(NdjsonEncoder), typeof(ValueShapes)];

    public override bool IsCanonical => false;

    public override IReadOnlyList<string> Codes => ["unsupported_encoding"];

    /// <summary>A fault is an exception of the JSON reader and an object with a message, and a record may have one byte.</summary>
    public override int AllocationPerByte => 4096;

    public override IEnumerable<byte[]> CostlyInputs =>
        new[] { "{}\n", "{\n", "[]\n", "{\"a\":1}\n", "{\"c\":[{}]}\n", "{\"x\":1}\n", "{\"a\":1,\"a\":2}\n", "{\"d\":\"\\n\"}\n", "{\"a\":" }
            .Select(part => Encoding.UTF8.GetBytes("\0" + string.Concat(Enumerable.Repeat(part, 5_000))));

    protected override Gen<JsonField[][]> Values { get; } = Gen.Select(
            Gen.Frequency((3, Gens.One("a", "b", "c", "d")), (1, Gens.Text(5))),
            Gen.OneOf(Gens.Text(6).Select(text => (true, text)), CellKinds.Json.Where(json => json.Trim()[0] != '"').Select(json => (false, json.Trim()))))
        .Select((name, value) => new JsonField(name, value.Item1, value.Item2)).Array[0, 4].Array[0, 4];

    protected override byte[] Encode(JsonField[][] value)
    {
        using var text = new ByteBuffer();
        text.Append(0);
        foreach (var record in value)
        {
            text.Append((byte)'{');
            for (var i = 0; i < record.Length; i++)
            {
                if (i > 0)
                    text.Append((byte)',');
                JsonText.WriteString(Encoding.UTF8.GetBytes(record[i].Name), text);
                text.Append((byte)':');
                if (record[i].IsText)
                    JsonText.WriteString(Encoding.UTF8.GetBytes(record[i].Text), text);
                else
                    text.Append(Encoding.UTF8.GetBytes(record[i].Text));
            }

            text.Append("}\n"u8);
        }

        return text.Written.ToArray();
    }

    protected override bool TryDecode(byte[] bytes, out JsonField[][] value)
    {
        value = [];
        if (bytes.Length == 0)
            return false;
        var options = new SourceOptions(bytes[0]);
        var records = new List<JsonField[]>();
        var scratch = new FieldScratch();
        SourceOptions.ForEachRecord(bytes, options.Limits, new LineSplitter(), (batch, i) =>
        {
            if (batch.Slices[i].Flaw == RecordFlaw.None && TryFields(batch.Bytes(i), scratch, out var fields))
                records.Add(fields);
        });
        if (SourceOptions.Transcript(bytes, options.Limits, new LineSplitter()) != SourceOptions.Transcript(bytes, options.WholeLimits, new LineSplitter()))
            throw new DecoderFailure(BrokenRule.RoundTrip, $"The records depend on how the bytes arrive: {DecoderRules.Hex(bytes)}.");
        value = [.. records];
        return true;
    }

    public override void Walk(byte[] bytes)
    {
        if (bytes.Length == 0)
            return;
        var options = new SourceOptions(bytes[0]);
        var encoder = new NdjsonEncoder(s_table, s_columns);
        var inference = new NdjsonTypeInference();
        using var row = new ByteBuffer();
        SourceOptions.ForEachRecord(bytes, options.Limits, new LineSplitter(), (batch, i) =>
        {
            if (batch.Slices[i].Flaw.Fault(options.Limits) is not null)
                return;
            row.Truncate(0);
            encoder.Encode(batch.Bytes(i), row);
            inference.Observe(batch.Bytes(i));
        });
        _ = inference.Columns;
    }

    protected override bool Same(JsonField[][] one, JsonField[][] other) => one.Length == other.Length && one.Zip(other).All(pair => pair.First.SequenceEqual(pair.Second));

    private static bool TryFields(ReadOnlySpan<byte> record, FieldScratch scratch, out JsonField[] values)
    {
        var fields = new JsonObjectFields(record, scratch);
        var read = new List<JsonField>();
        while (fields.MoveNext())
            read.Add(new JsonField(Encoding.UTF8.GetString(fields.Name), fields.Kind == JsonTokenType.String, Encoding.UTF8.GetString(fields.Value)));
        values = [.. read];
        return fields.Fault is null;
    }
}
