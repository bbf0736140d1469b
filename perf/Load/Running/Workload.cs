namespace Helios.Pipeline.Load;

/// <summary>What is done to a candidate.</summary>
/// <param name="Name">As on the command line: w1, w3, overload.</param>
/// <param name="Producers">Callers at once; each awaits its answers.</param>
/// <param name="Rows">Rows written in the measured part; 0 where time ends it.</param>
/// <param name="CommitRows">Rows of one commit.</param>
/// <param name="Seconds">Time after which no more commits are offered; 0 where rows end it.</param>
internal sealed record Workload(string Name, int Producers, long Rows, int CommitRows, double Seconds = 0)
{
    public const string Bulk = "w1";
    public const string Single = "w3";
    public const string Overload = "overload";

    /// <summary>Rows of one warming pass; there are <see cref="WarmPasses"/>, so that 40,000 are written before the measured part.</summary>
    private const int WarmRows = 5_000;

    /// <summary>The runtime counts calls only after a pause, then measures branches for some calls, then compiles for good: each step takes a pass and a pause, and what runs once a commit or once an opening needs more of them.</summary>
    public const int WarmPasses = 8;

    private const int WarmCommitRows = 50;

    /// <summary>Different rows made beforehand for a workload that time ends; they repeat, their ids do not.</summary>
    private const int TimedRows = 100_000;

    /// <summary>Rows to make beforehand.</summary>
    public int StoredRows => Rows == 0 ? TimedRows : checked((int)Rows);

    /// <summary>The same, short: for warming up. In small commits: what runs once per commit must run often enough to be compiled.</summary>
    public Workload Warm => this with { Rows = Math.Min(WarmRows, StoredRows), CommitRows = Math.Min(CommitRows, WarmCommitRows), Seconds = 0 };

    /// <summary>Names the workload and its producers in tables and files.</summary>
    public string Label => Name == Single ? $"{Name}-{Producers}" : Name;
}
