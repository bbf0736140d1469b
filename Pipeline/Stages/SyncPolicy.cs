using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Says when the log is to be synced: what a <see cref="SafetyLevel"/> means. Owned by Log.</summary>
/// <param name="rules">Level and bounds to begin with.</param>
/// <param name="time">The clock.</param>
/// <param name="wake">Made to fire when the oldest unsynced commit becomes due; Log then gets a tick.</param>
internal sealed class SyncPolicy(SyncRules rules, TimeProvider time, ITimer wake)
{
    /// <summary>A timer may fire a little early by another clock: it is not set to less than this.</summary>
    private static readonly TimeSpan s_shortestWake = TimeSpan.FromMilliseconds(1);

    private SyncRules _rules = rules;
    private long _oldestUnsynced;
    private int _unsynced;

    public SafetyLevel Level => _rules.Level;

    public bool IsDue => _unsynced > 0 && Level switch
    {
        SafetyLevel.Full => true,
        SafetyLevel.Batched => _unsynced >= _rules.BatchedCommits || IsOld,
        SafetyLevel.Async => IsOld,
        _ => false,
    };

    /// <summary>Changes the level; everything appended has been synced before.</summary>
    public void Use(SafetyLevel level) => _rules = _rules with { Level = level };

    public void Appended(int commits)
    {
        if (_unsynced == 0)
        {
            _oldestUnsynced = time.GetTimestamp();
            if (_rules.Delay is { } delay)
                wake.Change(delay, Timeout.InfiniteTimeSpan);
        }

        _unsynced += commits;
    }

    public void Synced() => _unsynced = 0;

    /// <summary>The timer has fired; where nothing is due yet, it is set again.</summary>
    public void Woken()
    {
        if (_unsynced == 0 || IsDue || _rules.Delay is not { } delay)
            return;
        var left = delay - time.GetElapsedTime(_oldestUnsynced);
        wake.Change(left > s_shortestWake ? left : s_shortestWake, Timeout.InfiniteTimeSpan);
    }

    private bool IsOld => _rules.Delay is { } delay && time.GetElapsedTime(_oldestUnsynced) >= delay;
}

/// <summary>A level and the bounds of those that sync later than they answer.</summary>
internal sealed record SyncRules(SafetyLevel Level)
{
    /// <summary>Batched: a power loss takes at most this many commits …</summary>
    public int BatchedCommits { get; init; } = 1_000;

    /// <summary>… and at most this much time.</summary>
    public TimeSpan BatchedDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan AsyncDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a commit may stay unsynced; null where time does not matter.</summary>
    public TimeSpan? Delay => Level switch
    {
        SafetyLevel.Batched => BatchedDelay,
        SafetyLevel.Async => AsyncDelay,
        _ => null,
    };
}
