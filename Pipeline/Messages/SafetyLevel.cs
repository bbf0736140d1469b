namespace Helios.Pipeline;

/// <summary>When the log is synced. A killed process loses nothing acknowledged at any of these while there is a log; the levels differ in what a power loss may take.</summary>
public enum SafetyLevel
{
    /// <summary>The default: before the answer. A power loss takes nothing acknowledged.</summary>
    Full,

    /// <summary>At the latest 1,000 commits or 100 ms after the oldest unsynced one. A power loss takes at most those.</summary>
    Batched,

    /// <summary>At the latest 1 s after the oldest unsynced commit. A power loss takes at most that second.</summary>
    Async,

    /// <summary>At checkpoints and at close only. A power loss may take everything since the last checkpoint.</summary>
    Unsafe,
}
