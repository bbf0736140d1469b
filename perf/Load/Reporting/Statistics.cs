namespace Helios.Pipeline.Load;

/// <summary>Median and range over rounds.</summary>
internal readonly record struct Spread(double Median, double Least, double Most)
{
    /// <summary>Of the values there are; null where there is none.</summary>
    public static Spread? Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
            return null;
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}

/// <summary>All figures of a session, asked by workload and candidate.</summary>
internal sealed class Results(IReadOnlyList<Figures> figures)
{
    public IReadOnlyList<Figures> All { get; } = figures;

    public IEnumerable<string> Workloads => All.Select(run => run.Workload).Distinct();

    public IEnumerable<Figures> Of(string workload, string candidate) =>
        All.Where(run => run.Workload == workload && run.Candidate == candidate);

    public Spread? Figure(string workload, string candidate, Func<Figures, double?> figure) =>
        Spread.Of(Of(workload, candidate).Select(figure).OfType<double>());

    /// <summary>Rows per second divided by those of the reference in the same round.</summary>
    public Spread? Ratio(string workload, string candidate, string reference) =>
        Spread.Of(from run in Of(workload, candidate)
                  from against in Of(workload, reference)
                  where run.Round == against.Round
                  select run.RowsPerSecond / against.RowsPerSecond);
}
