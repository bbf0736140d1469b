using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>Hands the live keys of all trees as of an LSN to a snapshot's writer, but of those that are partly in the store: an open makes them of the rows. The LSN is pinned by the caller, so that no version it needs is trimmed.</summary>
/// <param name="parts">Where the trees are.</param>
/// <param name="lsn">The LSN.</param>
/// <param name="isTooLong">Asked now and then: have versions been kept for it so long that it is to give up?</param>
internal sealed class IndexSnapshotWalk(WritePathParts parts, Lsn lsn, Func<bool> isTooLong)
{
    private const int KeysPerLook = 4096;

    /// <exception cref="OperationCanceledException">The engine closes.</exception>
    /// <exception cref="HeliosException">It was given up, or a version is missing; or what the writer throws.</exception>
    public void Run(IndexSnapshotWriter writer, CancellationToken cancellationToken)
    {
        // Read after the LSN was pinned: it has every table of that LSN. Of later ones there are no keys yet.
        foreach (var table in parts.Published.Catalog.Tables)
        {
            var plan = parts.Plans[table.Id];
            for (var i = 0; i < plan.Trees.Length; i++)
            {
                // Those an open makes of the rows.
                if (plan.Trees[i].HasSpilled || plan.Incomplete[i] || (!plan.CompleteSince.IsDefault && plan.CompleteSince[i] > lsn))
                    continue;
                writer.BeginTree(table.Id, plan.Definition.Indexes[i].Id);
                Walk(plan, i, writer, cancellationToken);
            }
        }
    }

    private void Walk(TablePlan plan, int index, IndexSnapshotWriter writer, CancellationToken cancellationToken)
    {
        var cursor = plan.Trees[index].OpenCursor(lsn);
        cursor.Seek([]);
        for (var keys = 1L; cursor.MoveNext(); keys++)
        {
            writer.Add(cursor.Key, cursor.Version);
            if (keys % KeysPerLook != 0)
                continue;
            cancellationToken.ThrowIfCancellationRequested();
            if (isTooLong())
                throw new HeliosException(HeliosErrorKind.Busy, "busy", $"The walk over the indexes for a snapshot of LSN {lsn} was given up: too much was written meanwhile.");
        }

        if (plan.Trees[index].HasSpilled)
            throw new HeliosException(HeliosErrorKind.Busy, "busy", $"The walk over the indexes for a snapshot of LSN {lsn} was given up: keys of {plan.IndexName(index)} of table {plan.Definition.Name} have begun to go to the store. The next one leaves that index out.");
        if (cursor.OlderSkipped > 0)
            throw new HeliosException(HeliosErrorKind.Internal, "internal", $"The index {plan.IndexName(index)} of table {plan.Definition.Name} has lost {cursor.OlderSkipped} versions that LSN {lsn} still needs.");
    }
}
