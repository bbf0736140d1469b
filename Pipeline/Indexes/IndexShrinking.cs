using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Moves entries that nobody has changed lately from indexes that are too large to the store, walking over each from where it stopped last. What may
/// really go is decided by Constrain. One caller at a time.
/// </summary>
/// <param name="plans">The indexes.</param>
/// <param name="snapshots">What readers look at.</param>
/// <param name="spill">Moves what was chosen.</param>
internal sealed class IndexShrinking(TablePlans plans, SnapshotRegistry snapshots, Func<SpillRequest, Task> spill)
{
    /// <summary>Entries moved at once: few enough that no commit waits long behind them.</summary>
    private const int MaxEntries = 32 << 10;

    /// <summary>Moving fewer is not worth the way through the stages.</summary>
    private const int LeastEntries = 256;

    /// <summary>Entries looked at for one that may go: where a reader holds everything back, a round must end.</summary>
    private const int LooksPerEntry = 8;

    private readonly Dictionary<ArtTree, byte[]> _hands = [];

    /// <summary>Told how many entries of which index have gone.</summary>
    public Action<int, TablePlan, int>? Moved { get; init; }

    /// <summary>Brings every index below its budget; false where some entries could not go yet.</summary>
    /// <exception cref="HeliosException">The write path has failed or stopped: what has not gone stays.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var isDone = true;
        foreach (var plan in plans.All.ToArray())
        {
            for (var i = 0; i < plan.UniqueCount; i++)
                isDone &= !plan.Trees[i].IsOverBudget || await ShrinkAsync(plan, i, cancellationToken).ConfigureAwait(false);
        }

        return isDone;
    }

    /// <summary>Entries from where the last walk ended that may go, as far as can be seen without Constrain.</summary>
    public SpillRequest Collect(TablePlan plan, int index, int entries)
    {
        var tree = plan.Trees[index];
        var horizon = snapshots.Horizon();
        var request = new SpillRequest(plan, index);
        var cursor = tree.OpenCursor(Lsn.Max);
        cursor.Seek(_hands.GetValueOrDefault(tree, []));
        var hasWrapped = false;
        for (var looks = 0L; request.Count < entries && looks < Math.Min((long)entries * LooksPerEntry, tree.Count + 1); looks++)
        {
            if (!cursor.MoveNext())
            {
                if (hasWrapped)
                    break;
                hasWrapped = true;
                cursor.Seek([]);
                continue;
            }

            if (cursor.Version.Lsn <= horizon)
                request.Add(cursor.Key, cursor.Version);
        }

        _hands[tree] = [.. cursor.Key, 0]; // the first key behind it
        return request;
    }

    private async Task<bool> ShrinkAsync(TablePlan plan, int index, CancellationToken cancellationToken)
    {
        var tree = plan.Trees[index];
        while (tree.LiveBytes > tree.SpillTarget && tree.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var perEntry = Math.Max(tree.LiveBytes / tree.Count, 1);
            var request = Collect(plan, index, (int)Math.Clamp(((tree.LiveBytes - tree.SpillTarget) / perEntry) + 1, LeastEntries, MaxEntries));
            if (request.Count == 0)
                return false;
            await spill(request).ConfigureAwait(false);
            if (request.Evicted == 0)
                return false;
            Moved?.Invoke(request.Evicted, plan, index);
        }

        return true;
    }
}
