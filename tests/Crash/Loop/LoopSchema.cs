namespace Helios.Pipeline.Crash.Tests;

/// <summary>What the parent knows of the constraints that were added and dropped: they come one after the other, and a kill takes at most those at the end that nobody was promised.</summary>
internal sealed class LoopSchema
{
    private readonly List<LoopAlteration> _alterations = []; // since it was last looked at
    private HashSet<LoopConstraint> _seen = [];
    private int _promised;

    /// <summary>Takes in what a child has told before it ended; see <see cref="LoopOracle.Take"/>.</summary>
    public void Take(LoopTrace trace, bool closed)
    {
        foreach (var alteration in trace.Alterations)
        {
            _alterations.Add(alteration);
            if (alteration.Lsn != 0 && (closed || !trace.WithoutLog || alteration.Lsn <= trace.Flushed))
                _promised = _alterations.Count;
        }
    }

    /// <summary>Holds an open database against what was altered: it shows the first so many alterations, and their place among the commits is right.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Accept(LoopContent content)
    {
        var has = content.Constraints;
        if (!Enumerable.Range(_promised, _alterations.Count - _promised + 1).Any(count => After(count).SetEquals(has) && IsInOrder(count, content.Record)))
        {
            return $"the added constraints are [{Text(has)}] after {content.Record} commits; they were [{Text(_seen)}], then "
                + $"{string.Join(", ", _alterations.Select(static a => $"{(a.Adds ? "added" : "dropped")} {a.Constraint} behind {a.CommitsBefore} and before {a.FirstAfter}"))}, of which {_promised} must be there";
        }

        _seen = [.. has];
        _alterations.Clear();
        _promised = 0;
        return null;
    }

    private HashSet<LoopConstraint> After(int count)
    {
        var constraints = new HashSet<LoopConstraint>(_seen);
        foreach (var alteration in _alterations.Take(count))
        {
            if (alteration.Adds)
                constraints.Add(alteration.Constraint);
            else
                constraints.Remove(alteration.Constraint);
        }

        return constraints;
    }

    /// <summary>Of those that are there, no commit before them is gone; of those that are gone, no commit behind them is there.</summary>
    private bool IsInOrder(int count, long commits) =>
        _alterations.Take(count).All(alteration => commits >= alteration.CommitsBefore) && _alterations.Skip(count).All(alteration => commits <= alteration.FirstAfter);

    private static string Text(IEnumerable<LoopConstraint> constraints) => string.Join(", ", constraints.Select(static constraint => constraint.ToString()).Order(StringComparer.Ordinal));
}
