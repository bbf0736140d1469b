namespace Helios.Pipeline;

/// <summary>What a commit's answer waits for.</summary>
public enum Durability
{
    /// <summary>Validated and queued. What the constraint stage refuses later is counted, not answered.</summary>
    Queued,

    /// <summary>In the log, as safely as the engine's <see cref="SafetyLevel"/> promises.</summary>
    Logged,

    /// <summary>The default: in the log and readable, so that a caller reads its own writes, and finds the row that it was refused for.</summary>
    Visible,
}
