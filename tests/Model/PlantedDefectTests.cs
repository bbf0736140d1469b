using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Model.Tests;

/// <summary>A harness that cannot fail proves nothing: each of these defects must be found, and shrunk to few steps.</summary>
public sealed class PlantedDefectTests(ITestOutputHelper output)
{
    /// <summary>A small part of what CI runs; the seeds are fixed, so that these tests say the same each time.</summary>
    private const int Sequences = 400;

    /// <summary>Making the table, the step that meets the defect, one to three that it needs, and one that shows it.</summary>
    private const int Steps = 6;

    public static TheoryData<string> Defects => [.. s_defects.Keys];

    private static readonly Dictionary<string, PlantedDefect> s_defects = new()
    {
        ["the sync of the log does nothing"] = new CallDoesNothing(FileCall.Sync),
        ["the sync of the log's directory does nothing"] = new CallDoesNothing(FileCall.SyncDirectory),
        ["a delete leaves the entry of the index"] = new DeleteLeavesIndexEntry(),
        ["the count is one too high after RejectRow"] = new CountIsOffAfterRejectRow(),
        ["spilled entries are lost"] = new SpilledEntriesAreLost(),
        ["a delete leaves the spilled entry"] = new DeleteLeavesSpilledEntry(),
        ["the position of a source is not stored"] = new SourcePositionIsNotStored(),
    };

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task A_planted_defect_is_found_and_shrunk_to_few_steps(string defect)
    {
        var counterexample = await new SequenceSampler(seed: 1, Sequences, s_defects[defect]).FindAsync();
        Assert.True(counterexample is not null, $"{defect}: not noticed in {Sequences} sequences");
        output.WriteLine(counterexample.ToString());
        Assert.InRange(counterexample.Operations.Count, 1, Steps);
    }
}
