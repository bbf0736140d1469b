namespace Helios.Pipeline;

/// <summary>How often something was asked within a window of time, and what it took. Of two windows: the one that runs, and of the one before the part that the last window's length still covers. Its owner's lock covers it.</summary>
internal sealed class QueryPattern(TimeSpan window, TimeSpan now)
{
    private Sums _current;
    private Sums _before;
    private TimeSpan _began = now;

    public TimeSpan LastSeen { get; private set; } = now;

    /// <param name="selectivity">The share of rows that were meant, 0 to 1.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="now">Never before what was told earlier.</param>
    public void Add(double selectivity, TimeSpan took, TimeSpan now)
    {
        Roll(now);
        _current = new Sums(_current.Count + 1, _current.Selectivity + selectivity, _current.Milliseconds + took.TotalMilliseconds);
        LastSeen = now;
    }

    /// <summary>What there was within the window.</summary>
    public PatternFigures Figures(TimeSpan now)
    {
        Roll(now);
        var share = 1 - ((now - _began) / window);
        var count = _current.Count + (_before.Count * share);
        return count == 0 ? default : new PatternFigures(count,
            (_current.Selectivity + (_before.Selectivity * share)) / count,
            TimeSpan.FromMilliseconds((_current.Milliseconds + (_before.Milliseconds * share)) / count));
    }

    private void Roll(TimeSpan now)
    {
        if (now - _began < window)
            return;
        var isNext = now - _began < 2 * window;
        _before = isNext ? _current : default;
        _current = default;
        _began = isNext ? _began + window : now;
    }

    private readonly record struct Sums(double Count, double Selectivity, double Milliseconds);
}

/// <summary>What is known of a pattern.</summary>
/// <param name="Count">Queries within the window; not whole, because the window slides.</param>
/// <param name="Selectivity">Their mean share of rows that were meant.</param>
/// <param name="Took">Their mean time.</param>
internal readonly record struct PatternFigures(double Count, double Selectivity, TimeSpan Took);
