using System.Buffers.Binary;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>What a vacuum does at the moment.</summary>
internal enum VacuumPhase
{
    /// <summary>Old versions are removed.</summary>
    Removing,

    /// <summary>The table's files are rewritten without them.</summary>
    Rewriting,

    /// <summary>It has ended.</summary>
    Done,
}

/// <summary>How far a vacuum of a table is.</summary>
internal readonly record struct VacuumCounts(VacuumPhase Phase, long Read, long Versions, long Held, long Keys, long BytesBefore, long BytesAfter);

/// <summary>
/// Removes what nobody can see any more of one table, and rewrites the files that hold the table's keys, and no others, so that its space returns: sweep, flush, rewrite.
/// </summary>
/// <remarks>Ends between two steps where it is cancelled; what it has removed by then is removed. A step is a batch, or the rewriting of the table's rows, which may take long.</remarks>
internal sealed class TableVacuum(RecoveredPath engine, VersionCollectionOptions options, Func<CancellationToken, Task> checkpoint)
{
    /// <summary>Versions looked at between two answers to whoever watches.</summary>
    private const int ReadPerStep = 1 << 17;

    private VacuumCounts _counts;

    /// <exception cref="HeliosException">The engine has failed or closes; the disk refuses; the store is damaged. What is removed by then is removed.</exception>
    public async Task<VacuumCounts> RunAsync(TablePlan plan, Action<VacuumCounts>? progress, CancellationToken cancellationToken)
    {
        var definition = plan.Definition;
        await checkpoint(cancellationToken).ConfigureAwait(false); // what is visible is durable then, and the sizes are those of files
        _counts = new VacuumCounts { BytesBefore = Bytes(definition) };
        progress?.Invoke(_counts);
        var asOf = VersionHorizon.Now(engine, options.Retained);
        await RemoveRowsAsync(definition, asOf, progress, cancellationToken).ConfigureAwait(false);
        await RemoveKeysAsync(definition, asOf, progress, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();

        _counts = _counts with { Phase = VacuumPhase.Rewriting };
        progress?.Invoke(_counts);
        await RewriteAsync(definition, cancellationToken).ConfigureAwait(false);
        _counts = _counts with { Phase = VacuumPhase.Done, BytesAfter = Bytes(definition) };
        progress?.Invoke(_counts);
        return _counts;
    }

    private async Task RemoveRowsAsync(TableDefinition table, Lsn asOf, Action<VacuumCounts>? progress, CancellationToken cancellationToken)
    {
        var next = new RowSweep(engine.Parts.Store, asOf, isAlone: true) { Partition = table.Partition };
        while (next is { } sweep)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var request = new CollectRequest(engine.Parts.Store.Hash) { AsOf = asOf };
            next = sweep.Fill(request, options.BatchKeys, ReadPerStep, cancellationToken);
            await RemoveAsync(request).ConfigureAwait(false);
            _counts = _counts with { Read = _counts.Read + sweep.Read, Versions = _counts.Versions + request.Versions, Held = _counts.Held + sweep.Held };
            progress?.Invoke(_counts);
        }
    }

    private async Task RemoveKeysAsync(TableDefinition table, Lsn asOf, Action<VacuumCounts>? progress, CancellationToken cancellationToken)
    {
        using var sweep = new VacatedSweep(engine.Parts.Store, KeysOf(table), asOf);
        for (var isMore = true; isMore;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var request = new CollectRequest(engine.Parts.Store.Hash) { AsOf = asOf };
            isMore = sweep.Fill(request, options.BatchKeys, options.BatchBytes, ReadPerStep, cancellationToken);
            await RemoveAsync(request).ConfigureAwait(false);
            _counts = _counts with { Keys = _counts.Keys + request.Vacated };
            progress?.Invoke(_counts);
        }
    }

    private async Task RemoveAsync(CollectRequest request)
    {
        if (request.IsEmpty)
            return;
        await engine.Path.CollectAsync(request).ConfigureAwait(false);
        engine.Parts.Options.Metrics.VersionsCollected(request.Versions, request.Vacated, request.Bytes);
    }

    /// <summary>RocksDB flushes by itself where the table has rows in memory, so until it has ended nothing is applied that the log has not made durable.</summary>
    private async Task RewriteAsync(TableDefinition table, CancellationToken cancellationToken)
    {
        var parts = engine.Parts;
        parts.Versions.BeginDurable();
        try
        {
            using (var pass = new CollectRequest(null))
                await engine.Path.CollectAsync(pass).ConfigureAwait(false); // Commit has seen it: what is in memory is durable
            await checkpoint(cancellationToken).ConfigureAwait(false);
            // It blocks, and may take long: no pool thread's work.
            await Task.Factory.StartNew(
                () =>
                {
                    parts.Store.RewritePartition(table.Partition, parts.Log.IsPersistent);
                    cancellationToken.ThrowIfCancellationRequested();
                    parts.Store.RewriteMeta(KeysOf(table), parts.Log.IsPersistent);
                },
                CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            parts.Versions.EndDurable();
        }
    }

    private long Bytes(TableDefinition table) => engine.Parts.Store.ApproximateBytes(table.Partition) + engine.Parts.Store.ApproximateMetaBytes(KeysOf(table));

    /// <summary>What the keys share that rows of a table gave up in any of its indexes, also in those that are gone: an index's number begins with its table's.</summary>
    private static byte[] KeysOf(TableDefinition table)
    {
        var prefix = new byte[1 + sizeof(uint)];
        prefix[0] = KeySpace.Vacated;
        BinaryPrimitives.WriteUInt32BigEndian(prefix.AsSpan(1), table.Id.Value << 8);
        return prefix[..^1];
    }
}
