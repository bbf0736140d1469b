using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Decides which columns of one table have bloom filters: those that were asked for, and those that queries show to be worth it. Any thread.</summary>
/// <remarks>Queries tell it of themselves once, at their end; it keeps at most <see cref="MostPatterns"/> patterns, those that were seen last.</remarks>
internal sealed class BloomPolicy(FilterOptions options)
{
    /// <summary>Columns and kinds that are remembered: some 150 bytes each.</summary>
    public const int MostPatterns = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<BloomProbe, QueryPattern> _patterns = [];
    private readonly Dictionary<int, TimeSpan> _chosen = []; // by the patterns: the column, and when it was of use last
    private readonly HashSet<int> _asked = []; // by the user

    /// <summary>The columns that have filters, ascending.</summary>
    public ImmutableArray<int> Columns
    {
        get
        {
            lock (_gate)
                return [.. _chosen.Keys.Union(_asked).Order()];
        }
    }

    /// <summary>How many patterns it knows.</summary>
    public int Patterns
    {
        get
        {
            lock (_gate)
                return _patterns.Count;
        }
    }

    /// <summary>The column that queries chose and that none has asked about for the longest time; null where they chose none.</summary>
    public (int Column, TimeSpan LastUse)? LeastUsed
    {
        get
        {
            lock (_gate)
                return _chosen.Count == 0 ? null : _chosen.MinBy(c => c.Value) is var least ? (least.Key, least.Value) : null;
        }
    }

    /// <summary>A scan has ended that looked for values of some columns.</summary>
    /// <param name="probes">Which, and how.</param>
    /// <param name="selectivity">The share of the rows that were meant, 0 to 1.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="now">Never before an earlier one, but for a moment.</param>
    public void Record(IEnumerable<BloomProbe> probes, double selectivity, TimeSpan took, TimeSpan now)
    {
        lock (_gate)
        {
            foreach (var probe in probes)
            {
                if (_chosen.ContainsKey(probe.Column))
                    _chosen[probe.Column] = now;
                if (!_patterns.TryGetValue(probe, out var pattern))
                {
                    if (_patterns.Count == MostPatterns)
                        _patterns.Remove(_patterns.MinBy(p => p.Value.LastSeen).Key);
                    _patterns.Add(probe, pattern = new QueryPattern(options.BloomWindow, now));
                }

                pattern.Add(selectivity, took, now);
            }
        }
    }

    /// <summary>Gives up what has been of no use for long, and chooses what is worth it now.</summary>
    public (int Made, int Dropped) Decide(TimeSpan now)
    {
        lock (_gate)
        {
            var idle = _chosen.Where(c => now - c.Value >= options.BloomMaxIdle).Select(c => c.Key).ToList();
            idle.ForEach(Forget);
            foreach (var (probe, pattern) in _patterns.ToList())
            {
                if (now - pattern.LastSeen >= 2 * options.BloomWindow)
                    _patterns.Remove(probe);
            }

            var made = 0;
            if (!options.ChoosesBlooms)
                return (made, idle.Count);
            var worth = _patterns.Select(p => (p.Key.Column, Figures: p.Value.Figures(now))).Where(p => IsWorthIt(p.Figures));
            foreach (var (column, _) in worth.OrderByDescending(p => p.Figures.Count * p.Figures.Took))
            {
                if (_chosen.Count >= options.BloomMaxColumns)
                    break;
                if (!_asked.Contains(column) && _chosen.TryAdd(column, now))
                    made++;
            }

            return (made, idle.Count);
        }
    }

    /// <summary>Gives a column up that queries chose. It has to be asked about as often as any other before it is chosen again.</summary>
    public void GiveUp(int column)
    {
        lock (_gate)
            Forget(column);
    }

    /// <summary>The user wants filters of a column, until <see cref="Release"/>.</summary>
    public void Ask(int column)
    {
        lock (_gate)
        {
            _asked.Add(column);
            _chosen.Remove(column);
        }
    }

    /// <summary>The user does not want filters of a column; nor what queries have shown of it so far.</summary>
    public void Release(int column)
    {
        lock (_gate)
        {
            _asked.Remove(column);
            Forget(column);
        }
    }

    private bool IsWorthIt(in PatternFigures figures) =>
        figures.Count >= options.BloomMinQueries && figures.Selectivity <= options.BloomMaxSelectivity && figures.Took >= options.BloomMinTime;

    private void Forget(int column)
    {
        _chosen.Remove(column);
        _patterns.Remove(new BloomProbe(column, IsList: false));
        _patterns.Remove(new BloomProbe(column, IsList: true));
    }
}
