namespace Helios.Pipeline.Load;

/// <summary>What one process measured. One line of JSON between the processes.</summary>
internal sealed record ReadFigures
{
    public required string Candidate { get; init; }

    public int Round { get; init; }

    /// <summary>Of the load with everything that brings rows into their place, or of opening.</summary>
    public double Seconds { get; init; }

    /// <summary>Resident memory after all reads less that before opening.</summary>
    public double MemoryMiB { get; init; }

    /// <summary>Per second, by the name of the measure.</summary>
    public Dictionary<string, double> Rates { get; init; } = [];

    /// <summary>Bytes of all files after the load.</summary>
    public long Bytes { get; init; }
}

/// <summary>One thing that is measured.</summary>
/// <param name="Name">In figures.</param>
/// <param name="Title">In the report.</param>
/// <param name="Unit">What is counted a second.</param>
internal sealed record ReadMeasure(string Name, string Title, string Unit)
{
    public static readonly ReadMeasure Cold = new("point-cold", "Point read by key, cold: the first reads of a process", "reads/s");
    public static readonly ReadMeasure Warm = new("point-warm", "Point read by key, warm: the same keys again", "reads/s");
    public static readonly ReadMeasure Range = new("range", $"{Questions.RangeLength} rows by key", "ranges/s");
    public static readonly ReadMeasure Scan = new("scan", "Full scan, ts and value decoded", "rows/s");
    public static readonly ReadMeasure Clustered = new("clustered", "Predicate on ts: a thousandth of the rows, side by side", "queries/s");
    public static readonly ReadMeasure Scattered = new("scattered", "Predicate on value: a thousandth of the rows, anywhere", "queries/s");
    public static readonly ReadMeasure Count = new("count", "Count of all rows", "queries/s");

    public static IReadOnlyList<ReadMeasure> All { get; } = [Cold, Warm, Range, Scan, Clustered, Scattered, Count];
}
