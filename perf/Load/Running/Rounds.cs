namespace Helios.Pipeline.Load;

/// <summary>Candidates in turns: each round runs every one once, beginning with another each time, so that no one always has the quiet moment.</summary>
internal static class Rounds
{
    public static async Task<List<Figures>> RunAsync(LoadOptions options, Action<Figures> progress)
    {
        var figures = new List<Figures>();
        var plan = options.Plan().ToArray();
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var workload in plan)
            {
                var entries = options.Entries(workload);
                for (var i = 0; i < entries.Count; i++)
                {
                    var entry = entries[(i + round - 1) % entries.Count];
                    var measured = await ChildProcess.RunAsync(entry, Bounded(entry, workload), options.Directory).ConfigureAwait(false) with { Round = round };
                    figures.Add(measured);
                    progress(measured);
                }
            }
        }

        return figures;
    }

    // One thread syncing alone does not get faster with more rows, only slower to measure.
    private static Workload Bounded(Entry entry, Workload workload) =>
        entry.Make() is RawSync ? workload with { Rows = Math.Min(workload.Rows, RawSync.MaxRecords) } : workload;
}
