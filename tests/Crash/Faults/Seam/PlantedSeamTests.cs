using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>The matrix notices the defects that it is there for, each by the rule that it breaks.</summary>
[Collection(CrashTestGroup.Name)]
public sealed class PlantedSeamTests(ITestOutputHelper output)
{
    /// <summary>So many syncs there are not: the defect alone is seen.</summary>
    private const int NoFault = 1_000;

    private static readonly FaultKind s_syncFails = FaultKind.All.Single(kind => kind.Name == "sync EIO");

    [Fact]
    public async Task A_swallowed_sync_error_is_noticed_by_the_answers_and_by_the_power_loss()
    {
        var violations = await FindAsync(new SwallowsSyncErrors(), losesPowerAtOnce: true);
        Assert.Contains(violations, violation => violation.StartsWith("I14", StringComparison.Ordinal));
        Assert.Contains(violations, IsLoss);
    }

    [Fact]
    public async Task A_sync_that_is_tried_again_is_noticed_by_the_answers_and_by_the_power_loss()
    {
        var violations = await FindAsync(new RetriesSync(), losesPowerAtOnce: true);
        Assert.Contains(violations, violation => violation.StartsWith("I14", StringComparison.Ordinal));
        Assert.Contains(violations, IsLoss);
    }

    [Fact]
    public async Task An_answer_before_the_sync_is_noticed() =>
        Assert.Contains(await FindAsync(new AnswersBeforeSync(), firstCall: NoFault), IsLoss);

    [Fact]
    public async Task Log_that_is_deleted_before_the_store_has_it_is_noticed() =>
        Assert.Contains(await FindAsync(new DeletesLogTooEarly(), firstCall: NoFault), IsLoss);

    /// <summary>Acknowledged commits are gone, or what is left of the log does not fit together.</summary>
    private static bool IsLoss(string violation) =>
        violation.StartsWith("I1:", StringComparison.Ordinal) || violation.Contains("HeliosException corrupt", StringComparison.Ordinal);

    private async Task<List<string>> FindAsync(PlantedSeam planted, int firstCall = 1, bool losesPowerAtOnce = false)
    {
        var cell = new FaultCell(s_syncFails, FaultMoment.Append, SafetyLevel.Full, ForEver: false);
        var violations = new List<string>();
        for (var nth = 0; nth < 8; nth++)
        {
            await using var run = new FaultRun(cell, firstCall + nth, seed: nth, planted) { LosesPowerAtOnce = losesPowerAtOnce };
            await run.RunAsync();
            violations.AddRange(run.Violations);
        }

        foreach (var violation in violations.Distinct())
            output.WriteLine(violation.Split('\n')[0]);
        return violations;
    }
}
