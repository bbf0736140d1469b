using System.Text;
using CsCheck;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>A CSV from its bytes to rows. No record throws: it is taken or rejected. The value is the fields of the records without a flaw.</summary>
internal sealed class CsvDecoder : DecoderUnderTest<string?[][]>
{
    private static readonly TableDefinition s_table = new(new TableId(16), 16, "t", 1, new TableSchema(
        [new Column("a", ColumnType.Int8), new Column("b", ColumnType.Text), new Column("c", ColumnType.Jsonb)]));

    public override string Name => "csv";

    public override IReadOnlyList<Type> Codecs =>
        [typeof(CsvFields), typeof(CsvSplitter), typeof(RecordReader), typeof(RecordBatch), typeof(RawExcerpt), typeof(CsvTypeInference), typeof(CsvEncoder), typeof(FormatDetector), typeof(SourceIdentity)];

    public override bool IsCanonical => false;

    /// <summary>Of the input as a whole, when it is opened.</summary>
    public override IReadOnlyList<string> Codes => ["unsupported_encoding"];

    /// <summary>A fault is an object with a message, a record may have one byte, and it is read by two encoders here.</summary>
    public override int AllocationPerByte => 1024;

    public override IEnumerable<byte[]> CostlyInputs =>
        new[] { "a\n", "\n", "\"\n", "\"a\"b\n", "1,,\n", "1,a,{}\n", ",,,,", "\u00e9", "1," }.Select(part => Encoding.UTF8.GetBytes("\0" + string.Concat(Enumerable.Repeat(part, 10_000))));

    protected override Gen<string?[][]> Values { get; } =
        Gen.Frequency((1, Gen.Const((string?)null)), (5, Gens.Text(6).Select(t => (string?)t))).Array[1, 4].Where(record => record.Length > 1 || record[0] is not null).Array[0, 5];

    protected override byte[] Encode(string?[][] value)
    {
        var text = new StringBuilder("\0\ufeff"); // with the mark a NUL at the start does not make it look like UTF-16
        foreach (var record in value)
            text.AppendJoin(',', record.Select(field => field is null ? "" : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    protected override bool TryDecode(byte[] bytes, out string?[][] value)
    {
        value = [];
        if (bytes.Length == 0)
            return false;
        var options = new SourceOptions(bytes[0]);
        var records = new List<string?[]>();
        var scratch = new FieldScratch();
        SourceOptions.ForEachRecord(bytes, options.Limits, new CsvSplitter(options.Delimiter), (batch, i) =>
        {
            if (batch.Slices[i].Flaw == RecordFlaw.None && TryFields(batch.Bytes(i), options.Delimiter, scratch, out var fields))
                records.Add(fields);
        });
        if (SourceOptions.Transcript(bytes, options.Limits, new CsvSplitter(options.Delimiter)) != SourceOptions.Transcript(bytes, options.WholeLimits, new CsvSplitter(options.Delimiter)))
            throw new DecoderFailure(BrokenRule.RoundTrip, $"The records depend on how the bytes arrive: {DecoderRules.Hex(bytes)}.");
        value = [.. records];
        return true;
    }

    public override void Walk(byte[] bytes)
    {
        if (bytes.Length == 0)
            return;
        var options = new SourceOptions(bytes[0]);
        FormatDetector.Detect(null, bytes.AsSpan(1));
        var encoder = new CsvEncoder(s_table, options.Delimiter, [0, 1, 2]);
        var reordered = new CsvEncoder(s_table, options.Delimiter, [2, 0]);
        var inference = new CsvTypeInference(["a", "b", "c"], options.Delimiter);
        using var row = new ByteBuffer();
        SourceOptions.ForEachRecord(bytes, options.Limits, new CsvSplitter(options.Delimiter), (batch, i) =>
        {
            if (batch.Slices[i].Flaw.Fault(options.Limits) is not null)
                return;
            row.Truncate(0);
            encoder.Encode(batch.Bytes(i), row);
            row.Truncate(0);
            reordered.Encode(batch.Bytes(i), row);
            inference.Observe(batch.Bytes(i));
        });
        _ = inference.Columns;
    }

    protected override bool Same(string?[][] one, string?[][] other) => one.Length == other.Length && one.Zip(other).All(pair => pair.First.SequenceEqual(pair.Second));

    private static bool TryFields(ReadOnlySpan<byte> record, byte delimiter, FieldScratch scratch, out string?[] values)
    {
        var fields = new CsvFields(record, delimiter, scratch);
        var read = new List<string?>();
        while (fields.MoveNext())
            read.Add(fields.IsNull ? null : Encoding.UTF8.GetString(fields.Value));
        values = [.. read];
        return fields.Finish(values.Length) is null;
    }
}
