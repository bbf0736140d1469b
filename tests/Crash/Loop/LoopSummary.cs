using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What happened in some crash loops. Thread-safe.</summary>
internal sealed class LoopSummary
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(LoopPhase Phase, SafetyLevel Level, bool Encrypted), int> _kills = [];
    private readonly Dictionary<string, long> _others = [];

    public int Kills
    {
        get
        {
            lock (_gate)
                return _kills.Values.Sum();
        }
    }

    public int KillsIn(LoopPhase phase)
    {
        lock (_gate)
            return _kills.Where(kill => kill.Key.Phase == phase).Sum(kill => kill.Value);
    }

    public void Killed(LoopPhase phase, SafetyLevel level, bool encrypted)
    {
        lock (_gate)
            _kills[(phase, level, encrypted)] = _kills.GetValueOrDefault((phase, level, encrypted)) + 1;
    }

    public void Count(string what, long number)
    {
        lock (_gate)
            _others[what] = _others.GetValueOrDefault(what) + number;
    }

    public override string ToString()
    {
        lock (_gate)
        {
            return $"{_kills.Values.Sum()} kills: {By(kill => kill.Phase)}; {By(kill => kill.Level)}; {By(kill => kill.Encrypted ? "encrypted" : "plain")}. "
                + string.Join(", ", _others.OrderBy(other => other.Key, StringComparer.Ordinal).Select(other => $"{other.Value} {other.Key}"));
        }
    }

    private string By<T>(Func<(LoopPhase Phase, SafetyLevel Level, bool Encrypted), T> what) =>
        string.Join(", ", _kills.GroupBy(kill => what(kill.Key)).OrderBy(group => group.Key).Select(group => $"{group.Sum(kill => kill.Value)} {group.Key}"));
}
