using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Recognises an input by its content and finds where it stands.</summary>
internal static class SourceLookup
{
    /// <summary>A reader at the record after the last decided one, and what is stored of the source; null where it is new.</summary>
    /// <exception cref="HeliosException">Invalid <c>source_mismatch</c>: an input that cannot be rewound begins like a known one and then differs.</exception>
    public static (RecordReader Reader, SourceProgress? Known) Start(HeliosEngine engine, SourceInput input, SourceTable source, IngestOptions options, CancellationToken cancellationToken)
    {
        if (source.Inferred.Count == 0)
        {
            // The longest first: where several match, the shorter ones were beginnings of it.
            foreach (var known in Stored(engine, source.Table).Where(s => Identity(s).Matches(input.Head)).OrderByDescending(s => s.Offset))
            {
                var position = new SourcePosition(known.Offset, known.Record, known.Crc);
                if (RecordReader.TryStart(input, source.MakeSplitter(options), source.HeaderBytes, position, cancellationToken) is { } resumed)
                    return (resumed, known);
                input.Rewind(cancellationToken);
            }
        }

        // Records read for inference are behind the input's position already: go on where they ended.
        var headerBytes = source.Inferred.Count == 0 ? source.HeaderBytes : 0;
        if (source.Inferred.Count > 0)
            return (new RecordReader(input, source.MakeSplitter(options), source.Inferred[^1].End.Record), null);
        return (RecordReader.TryStart(input, source.MakeSplitter(options), headerBytes, null, cancellationToken)!, null);
    }

    public static IEnumerable<SourceProgress> Stored(HeliosEngine engine, Table table) =>
        StoreContents.LoadSources(engine.Parts.Store).Where(s => s.Table == table.Plan.Definition.Id);

    private static SourceIdentity Identity(SourceProgress progress) => new(progress.Key.Fingerprint, progress.Key.CoveredBytes);
}
