using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Tells everything that an open engine knows of itself.</summary>
public static class EngineInspector
{
    /// <summary>A picture of now. Any thread; commits go on meanwhile. Reads all source positions from the store: not for a hot loop.</summary>
    /// <exception cref="ObjectDisposedException">The engine is closed.</exception>
    public static EngineInspection Inspect(this HeliosEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ObjectDisposedException.ThrowIf(engine.State == EngineState.Closed, engine);
        var parts = engine.Parts;
        var tables = parts.Published.Catalog.Tables.Where(t => !t.IsSystem).OrderBy(t => t.Name, StringComparer.Ordinal);
        return new EngineInspection
        {
            Path = engine.Path,
            DatabaseId = engine.Identity.Id,
            Created = engine.Identity.Created,
            State = engine.State,
            Formats = new FormatVersions((int)engine.Identity.Format, WalFormat.Version, RowFormat.Version, CatalogCodec.Format),
            Encryption = Encryption(engine.Keys),
            Lsns = Lsns(parts),
            Epoch = parts.Epoch,
            Segments = [.. parts.Log.Segments.Select(s => new SegmentInspection(s.Id, s.Bytes, s.First.Value, s.Last.Value, s.Epoch))],
            Sizes = Sizes(engine, parts),
            Tables = [.. tables.Select(t => new TableInspection(t.Name, [.. t.Schema.Columns.Select(c => c.Name)], parts.Published.Rows(t.Id), IndexBytes(parts.Plans[t.Id])) { Indexes = Indexes(parts.Plans[t.Id]), Pending = t.Pending })],
            Sources = [.. StoreContents.LoadSources(parts.Store).Select(s => Source(s, parts.Published.Catalog))],
            Producers = new ProducersInspection(parts.Order.Producers.Count, parts.Order.Producers.Bytes),
            Recovery = Recovery(engine.Recovered.Report),
            Stages = [.. parts.Options.Metrics.Stages.OrderBy(s => s.Name, StringComparer.Ordinal).Select(s => new StageInspection(s.Name, s.Depth, s.Runs, s.Messages, s.Wakes))],
            Queue = Queue(engine),
            Memory = Memory(engine.SampleMemory(), parts.Options.Memory),
            Space = new SpaceInspection(parts.Options.Space.Bytes, parts.Options.Space.Floor, engine.IsLowOnSpace),
            Checkpoints = engine.CheckpointsFinished,
        };
    }

    private static EncryptionInspection? Encryption(DatabaseKeys? keys)
    {
        if (keys is null)
            return null;
        var (kek, derivation, dataKeys, current) = keys.Describe();
        return new EncryptionInspection(kek.ToString(), dataKeys, current, derivation is null ? null : PasswordDerivation.Name, derivation?.Iterations);
    }

    // From the end of the path to its begin, so that no part is shown ahead of the one before it.
    private static LsnInspection Lsns(WritePathParts parts)
    {
        var flushed = parts.Store.FlushedLsn();
        var visible = parts.Visible.Value;
        var applied = parts.Applied.Value;
        var durable = parts.Durable.Value;
        return new LsnInspection(visible.Value, applied.Value, flushed.Value, durable.Value, parts.Log.Head.Value, parts.Log.Oldest.Value);
    }

    private static SizeInspection Sizes(HeliosEngine engine, WritePathParts parts) => new(
        parts.Log.TotalBytes,
        parts.Store.LiveBytes,
        parts.Store.MemtableBytes,
        parts.Plans.All.Sum(IndexBytes),
        parts.Store.CacheBytes,
        engine.Options.CacheBytes);

    private static long IndexBytes(TablePlan plan) => plan.Trees.Sum(t => t.Bytes);

    private static TableIndexInspection[] Indexes(TablePlan plan) =>
        [.. Enumerable.Range(0, plan.Trees.Length).Select(i => new TableIndexInspection(plan.IndexName(i), i < plan.UniqueCount, plan.Trees[i].Bytes, plan.Trees[i].Count, plan.Trees[i].Spilled))];

    private static SourceInspection Source(SourceProgress source, CatalogSnapshot catalog) => new(
        catalog.Find(source.Table)?.Name ?? source.Table.ToString(),
        source.Key.Fingerprint.ToString("x32", System.Globalization.CultureInfo.InvariantCulture),
        source.Offset,
        source.Record,
        source.Complete,
        source.Stored,
        source.Rejected,
        source.Lsn.Value);

    private static RecoveryInspection Recovery(RecoveryReport report) => new(
        report.Clean,
        report.Head.Value,
        report.Applied.Value,
        report.Frames,
        report.Commits,
        report.Cut is { } cut ? new CutInspection(cut.Path, cut.Offset, cut.Bytes, cut.Expected.Value) : null)
    { WasWithoutLog = report.WasUnlogged, ManifestBytesCut = report.ManifestCut?.Bytes ?? 0, Indexes = Indexes(report.Indexes) };

    private static IndexInspection Indexes(IndexReport report) =>
        new(report.Snapshot?.Value ?? 0, report.Keys, report.Completed, report.Compared, report.Refused, report.Took.TotalMilliseconds);

    private static MemoryInspection Memory(MemoryUse use, MemoryBudget budget) =>
        new(budget.Bytes, use.Queue, budget.QueueLimit, use.Batch, use.Memtables, use.Blocks, use.TableReaders, use.Rows, use.Log, use.Index);

    private static QueueInspection Queue(HeliosEngine engine)
    {
        var gate = engine.WritePath.Gate;
        return new QueueInspection(gate.Bytes, gate.Rows, gate.PeakBytes, engine.Options.MaxQueuedBytes, engine.Options.MaxQueuedRows, gate.Waits);
    }
}
