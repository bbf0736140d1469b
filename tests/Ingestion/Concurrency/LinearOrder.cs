namespace Helios.Pipeline.Ingestion.Tests.Concurrency;

/// <summary>
/// Looks for an order of calls in which one after the other, each with the table for itself, gives the answers that were given. Where a call was answered before
/// another began, it stands before it: that is what sequential consistency does not ask, and a caller notices who has told another one.
/// </summary>
/// <remarks>The search of Wing and Gong, with Lowe's memory of where it has been.</remarks>
internal sealed class LinearOrder(IReadOnlyList<TableCall> calls)
{
    private readonly HashSet<(ulong Done, TableState State)> _seen = [];

    /// <summary>Is there such an order? At most 64 calls, of a table that had none of their rows.</summary>
    public static bool Exists(IReadOnlyList<TableCall> calls) => new LinearOrder(calls).Exists(done: 0, default);

    private bool Exists(ulong done, TableState state)
    {
        var firstAnswer = int.MaxValue;
        for (var i = 0; i < calls.Count; i++)
        {
            if ((done & (1UL << i)) == 0)
                firstAnswer = Math.Min(firstAnswer, calls[i].Answered);
        }

        if (firstAnswer == int.MaxValue)
            return true;
        if (!_seen.Add((done, state)))
            return false;
        for (var i = 0; i < calls.Count; i++)
        {
            if ((done & (1UL << i)) != 0 || calls[i].Begun > firstAnswer)
                continue;
            var (answer, after) = state.Apply(calls[i].Action);
            if (answer == calls[i].Answer && Exists(done | (1UL << i), after))
                return true;
        }

        return false;
    }
}
