using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <content>Which blocks the background has to look at.</content>
internal sealed partial class TableFilters
{
    /// <summary>Finds blocks that follow each other and whose summaries are to be made.</summary>
    /// <param name="from">Where to look first.</param>
    /// <param name="most">Blocks at most.</param>
    /// <param name="due">Which, besides those without one.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="last">The last of them.</param>
    /// <returns>False where there is none.</returns>
    public bool TryFindDue(ulong from, int most, DueBlocks due, out ulong first, out ulong last)
    {
        const ulong mostPassed = 4_096; // blocks of a hold of the lock: Track waits for it
        first = from;
        while (true)
        {
            lock (_gate)
            {
                if (TryFindDueLocked(Math.Min(ulong.MaxValue - mostPassed, first) + mostPassed, most, due, ref first, out last) is { } found)
                    return found;
            }
        }
    }

    /// <summary>Null where none was found before <paramref name="stop"/>, from which the search goes on.</summary>
    private bool? TryFindDueLocked(ulong stop, int most, DueBlocks due, ref ulong first, out ulong last)
    {
        last = first;
        if (_highest == 0 || _suspensions > 0)
            return false;
        var end = _zones.BlockOf(new RowId(_highest));
        while (first <= end && first < stop && !IsDue(first, due))
            first++;
        if (first <= end && first == stop)
            return null;
        last = first;
        while (last < end && last - first + 1 < (ulong)most && IsDue(last + 1, due))
            last++;
        return first <= end;
    }

    private bool IsDue(ulong block, DueBlocks due)
    {
        var state = _states[block];
        var isDue = state.Since == 0 ? !_memory.IsFull : due.Has(state) || (_zones.LacksBlooms(block) && _memory.HasRoomForBlooms);
        return isDue && BuildOf(block) is null;
    }
}
