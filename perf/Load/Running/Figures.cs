namespace Helios.Pipeline.Load;

/// <summary>What one run of one candidate measured. One line of JSON between the processes. Null: does not apply, or is not known.</summary>
internal sealed record Figures
{
    public required string Candidate { get; init; }

    public required string Workload { get; init; }

    public int Producers { get; init; }

    public int Round { get; init; }

    /// <summary>Rows acknowledged.</summary>
    public long Rows { get; init; }

    /// <summary>Rows found after closing and opening again.</summary>
    public long Counted { get; init; }

    /// <summary>From the first row offered to the last answer.</summary>
    public double Seconds { get; init; }

    /// <summary>The same, and flushing and closing.</summary>
    public double SettledSeconds { get; init; }

    /// <summary>User and system time of the whole process until the last answer.</summary>
    public double CpuMicrosPerRow { get; init; }

    /// <summary>The same, and flushing and closing.</summary>
    public double SettledCpuMicrosPerRow { get; init; }

    /// <summary>Bytes of managed memory allocated until the last answer.</summary>
    public double AllocatedPerRow { get; init; }

    /// <summary>Bytes passed to write calls, flushing and closing included.</summary>
    public double WrittenPerRow { get; init; }

    /// <summary>The highest resident memory less that before opening.</summary>
    public double PeakRssMiB { get; init; }

    /// <summary>Threads that gave up the processor to wait.</summary>
    public double VoluntarySwitchesPerCommit { get; init; }

    public double? P50Micros { get; init; }

    public double? P99Micros { get; init; }

    public double? MaxMicros { get; init; }

    /// <summary>Keys that the store holds for rows, divided by rows.</summary>
    public double? KeysPerRow { get; init; }

    /// <summary>Native write calls divided by the commit stage's runs.</summary>
    public double? NativeCallsPerRun { get; init; }

    /// <summary>Times a stage slept and was woken, all stages together.</summary>
    public double? WakesPerCommit { get; init; }

    /// <summary>Commits that one sync of the log made durable.</summary>
    public double? CommitsPerSync { get; init; }

    /// <summary>Bytes of frames; the zeros that segments are filled with beforehand count as written, not here.</summary>
    public double? LogBytesPerRow { get; init; }

    /// <summary>Processor time by thread until the last answer, µs a row; threads that ended do not count.</summary>
    public SortedDictionary<string, double> CpuByThread { get; init; } = [];

    /// <summary>Time by stage that its runs took, waits included, µs a row; "caller" is the time inside calls that write rows.</summary>
    public SortedDictionary<string, double> TimeByStage { get; init; } = [];

    public long? PeakQueuedBytes { get; init; }

    public long? QueueBudgetBytes { get; init; }

    public long? GateWaits { get; init; }

    public double RowsPerSecond => Rows / Seconds;

    public double SettledRowsPerSecond => Rows / SettledSeconds;
}
