namespace Helios.Pipeline.Ingestion;

/// <summary>How the records of an input are written.</summary>
internal enum SourceFormat
{
    /// <summary>Comma-separated values, or values separated by another character.</summary>
    Csv,

    /// <summary>One JSON object in each line.</summary>
    Ndjson,
}

/// <summary>Finds an input's format where none was given.</summary>
internal static class FormatDetector
{
    /// <summary>By the extension; where that says nothing, <c>{</c> as the first byte that is no white space means NDJSON, anything else CSV.</summary>
    /// <param name="path">The path, or null for standard input.</param>
    /// <param name="head">The input's first bytes, <see cref="SourceInput.Head"/>. An empty input is CSV: see <see cref="SourceInput.IsEmpty"/>.</param>
    public static SourceFormat Detect(string? path, ReadOnlySpan<byte> head) => Path.GetExtension(path)?.ToLowerInvariant() switch
    {
        ".csv" or ".tsv" => SourceFormat.Csv,
        ".ndjson" or ".jsonl" or ".json" => SourceFormat.Ndjson,
        _ => LooksLikeJson(head) ? SourceFormat.Ndjson : SourceFormat.Csv,
    };

    private static bool LooksLikeJson(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("\uFEFF"u8))
            head = head[3..];
        return head.TrimStart(" \t\r\n"u8).StartsWith((byte)'{');
    }
}
