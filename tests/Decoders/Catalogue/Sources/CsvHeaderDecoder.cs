using System.Text;
using CsCheck;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Decoders;

/// <summary>The header of a CSV: its names, or why the input is refused.</summary>
internal sealed class CsvHeaderDecoder : DecoderUnderTest<string[]>
{
    public override string Name => "csv-header";

    public override IReadOnlyList<Type> Codecs => [typeof(CsvHeader), typeof(FirstRecord)];

    public override bool IsCanonical => false;

    public override IReadOnlyList<string> Codes =>
        ["malformed_header", "duplicate_column", "empty_column_name", "column_name_too_long", "too_many_columns", "unsupported_encoding"];

    /// <summary>A name is a string, and has a place in two tables: about 100 bytes for a letter and its comma.</summary>
    public override int AllocationPerByte => 128;

    public override IEnumerable<byte[]> CostlyInputs =>
    [
        [0, .. Enumerable.Repeat((byte)',', 50_000)],
        [0, .. Encoding.UTF8.GetBytes(string.Join(',', Enumerable.Range(0, 1_600)))],
        [0, .. Encoding.UTF8.GetBytes(string.Join(',', Enumerable.Range(0, 20_000)))],
        [0, .. Enumerable.Repeat((byte)'\n', 50_000)],
    ];

    protected override Gen<string[]> Values { get; } = Gens.Text(6).Where(name => name.Length > 0).Array[1, 6].Where(names => names.Distinct().Count() == names.Length);

    protected override byte[] Encode(string[] value) =>
        // With the mark a NUL at the start does not make it look like UTF-16.
        Encoding.UTF8.GetBytes($"\0\ufeff{string.Join(',', value.Select(name => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\""))}\n");

    protected override bool TryDecode(byte[] bytes, out string[] value)
    {
        value = [];
        if (bytes.Length == 0)
            return false;
        var options = new SourceOptions(bytes[0]);
        using var input = SourceInput.Open(new MemoryStream(bytes, 1, bytes.Length - 1, writable: false), "input", CancellationToken.None, options.Limits);
        var header = CsvHeader.Peek(input, options.Delimiter, hasHeader: true, CancellationToken.None);
        value = header is null ? [] : [.. header.Names];
        return header is not null;
    }

    protected override bool Same(string[] one, string[] other) => one.SequenceEqual(other);
}
