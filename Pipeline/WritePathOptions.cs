namespace Helios.Pipeline;

/// <summary>How a write path works. The defaults are those of the engine's own options: here everything is said.</summary>
internal sealed record WritePathOptions
{
    /// <summary>When the log is synced, to begin with.</summary>
    public required SyncRules Sync { get; init; }

    public required CommitOptions Commit { get; init; }

    /// <summary>What may be queued, in bytes; the engine's, so it outlives the path.</summary>
    public required MemoryBudget Memory { get; init; }

    public required long MaxQueuedRows { get; init; }

    /// <summary>Changed rows that are remembered for transactions that read them before.</summary>
    public int ConflictRows { get; init; } = ConflictWindow.DefaultRows;

    /// <summary>Whether there is room on the disk; the engine's, so it outlives the path.</summary>
    public required FreeSpace Space { get; init; }

    public required PipelineMetrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }
}
