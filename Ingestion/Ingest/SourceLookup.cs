using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Recognises an input by its content and finds where it stands.</summary>
internal static class SourceLookup
{
    /// <summary>A reader at the record after the last decided one, what is stored of the source (null where it is new), and what it is known by.</summary>
    /// <exception cref="HeliosException">Invalid <c>source_mismatch</c>: an input that cannot be rewound begins like a known one and then differs.</exception>
    public static (RecordReader Reader, SourceProgress? Known, SourceKey Key) Start(HeliosEngine engine, SourceInput input, SourceTable source, IngestOptions options, CancellationToken cancellationToken)
    {
        var stored = Stored(engine, source.Table).ToList();
        if (source.Inferred.Count == 0)
        {
            // The longest first: where several match, the shorter ones were beginnings of it.
            foreach (var known in stored.Where(s => Identity(s).Matches(input.Head)).OrderByDescending(s => s.Offset))
            {
                var position = new SourcePosition(known.Offset, known.Record, known.Crc);
                if (RecordReader.TryStart(input, source.MakeSplitter(options), source.HeaderBytes, position, cancellationToken) is { } resumed)
                    return (resumed, known, known.Key);
                input.Rewind(cancellationToken);
            }
        }

        // Records read for inference are behind the input's position already: go on where they ended.
        var key = FreeKey(input, stored);
        if (source.Inferred.Count > 0)
            return (new RecordReader(input, source.MakeSplitter(options), source.Inferred[^1].End.Record), null, key);
        return (RecordReader.TryStart(input, source.MakeSplitter(options), source.HeaderBytes, null, cancellationToken)!, null, key);
    }

    public static IEnumerable<SourceProgress> Stored(HeliosEngine engine, Table table) =>
        StoreContents.LoadSources(engine.Parts.Store).Where(s => s.Table == table.Plan.Definition.Id);

    /// <summary>What a new source is known by: its first bytes, one byte fewer for each source that begins alike and has gone another way.</summary>
    private static SourceKey FreeKey(SourceInput input, List<SourceProgress> stored)
    {
        var identity = input.Identity;
        while (identity.FingerprintBytes > 1 && stored.Exists(s => s.Key.Fingerprint == identity.Fingerprint))
            identity = SourceIdentity.Of(input.Head[..(identity.FingerprintBytes - 1)]);
        return new SourceKey(identity.Fingerprint, identity.FingerprintBytes);
    }

    private static SourceIdentity Identity(SourceProgress progress) => new(progress.Key.Fingerprint, progress.Key.CoveredBytes);
}
