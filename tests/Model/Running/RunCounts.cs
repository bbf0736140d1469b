using System.Collections.Concurrent;

namespace Helios.Pipeline.Model.Tests;

/// <summary>How often what was met: a harness that never loses a commit tests no loss.</summary>
internal sealed class RunCounts
{
    private readonly ConcurrentDictionary<string, int> _counts = new();

    public int this[string what] => _counts.GetValueOrDefault(what);

    public void Note(string what) => _counts.AddOrUpdate(what, 1, static (_, count) => count + 1);

    public override string ToString() => string.Join(", ", _counts.OrderByDescending(static c => c.Value).Select(static c => $"{c.Key} {c.Value}"));
}
