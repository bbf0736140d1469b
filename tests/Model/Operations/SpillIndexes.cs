using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Every entry of every unique index that may leave memory goes to the store: the tables are so small that none would by itself. A sequence with this step has a budget for its indexes.</summary>
internal sealed record SpillIndexes : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.IsFaulted)
            return; // what is in memory stays there
        foreach (var plan in run.Engine.Parts.Plans.All)
        {
            for (var i = 0; i < plan.UniqueCount; i++)
            {
                var entries = run.Engine.Spills!.Collect(plan, i, int.MaxValue);
                if (entries.Count == 0)
                    continue;
                await run.Engine.WritePath.SpillAsync(entries);
                if (entries.Evicted > 0)
                    run.Note("entries spilled");
                run.Defect.AfterSpill(run.Engine, plan, i);
            }
        }
    }
}
