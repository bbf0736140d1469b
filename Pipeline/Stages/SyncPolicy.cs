namespace Helios.Pipeline;

/// <summary>Says when the log is to be synced: what a <see cref="SafetyLevel"/> means. Owned by Log.</summary>
internal sealed class SyncPolicy(SafetyLevel level, TimeProvider time)
{
    /// <summary>Batched: a power loss takes less than this many commits …</summary>
    public const int BatchedCommits = 1_000;

    /// <summary>… and less than this much time.</summary>
    public static readonly TimeSpan BatchedDelay = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan AsyncDelay = TimeSpan.FromSeconds(1);

    private long _oldestUnsynced;
    private int _unsynced;

    public SafetyLevel Level { get; } = level;

    /// <summary>How often Log must look even when nothing arrives; null where arriving groups are enough.</summary>
    public TimeSpan? TickEvery => Level switch
    {
        SafetyLevel.Batched => BatchedDelay,
        SafetyLevel.Async => AsyncDelay,
        _ => null,
    };

    public bool IsDue => _unsynced > 0 && Level switch
    {
        SafetyLevel.Full => true,
        SafetyLevel.Batched => _unsynced >= BatchedCommits || time.GetElapsedTime(_oldestUnsynced) >= BatchedDelay,
        SafetyLevel.Async => time.GetElapsedTime(_oldestUnsynced) >= AsyncDelay,
        _ => false,
    };

    public void Appended(int commits)
    {
        if (_unsynced == 0)
            _oldestUnsynced = time.GetTimestamp();
        _unsynced += commits;
    }

    public void Synced() => _unsynced = 0;
}
