using System.Collections.Immutable;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class PipelineExplainerTests
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_stage_is_as_saturated_as_it_works_and_what_it_waits_for_is_told_apart()
    {
        var after = Sample(commits: 500, stages: [Stage("constrain", 500, busy: 400, waited: 300), Stage("log", 250, busy: 900, waited: 0), Stage("commit", 250, busy: 200), Stage("track", 250, busy: 700, waited: 650)]);

        var seen = PipelineExplainer.Explain(Sample(), after, s_window, [8, 64, 1, 0], processors: 2);

        Assert.Equal(["validate", "constrain", "log", "commit", "track"], seen.Stages.Select(s => s.Name));
        var (constrain, log, track) = (seen.Stages[1], seen.Stages[2], seen.Stages[4]);
        Assert.Equal((0.1, 0.3, "log"), (constrain.Saturation, constrain.Blocked, constrain.BlockedBy));
        Assert.Equal(TimeSpan.FromMilliseconds(0.2), constrain.ServiceTime);
        Assert.Equal(TimeSpan.FromMilliseconds(16), constrain.QueueWait); // 8 wait, 500 a second come through
        Assert.Equal((0.9, null), (log.Saturation, log.BlockedBy));
        Assert.Equal((0.65, "log"), (Math.Round(track.Blocked, 6), track.BlockedBy)); // an answer needs the sync
        Assert.Equal("log", seen.Bottleneck);
    }

    [Fact]
    public void Syncs_that_take_most_of_logs_time_are_named()
    {
        var after = Sample(commits: 800, syncs: 200, syncing: 850, stages: [Stage("constrain", 800, 50), Stage("log", 200, 900), Stage("commit", 200, 100), Stage("track", 200, 10)]);

        var seen = PipelineExplainer.Explain(Sample(), after, s_window, [0, 0, 0, 0], processors: 2);

        Assert.Equal("Log is the limit: it works 90% of the time. Nearly all of it are syncs, 4.25 ms each, 4 commits in one: more commits in flight share them, a level that syncs less often (batched, async) makes fewer, a faster disk makes them short.", seen.Verdict);
        Assert.Equal(TimeSpan.FromMilliseconds(4.25), seen.SyncTime);
    }

    [Theory]
    [InlineData("constrain", "Constrain is the limit", "more rows a commit")]
    [InlineData("log", "Log is the limit", "Appending")]
    [InlineData("commit", "Commit is the limit", "RocksDB")]
    [InlineData("track", "Track is the limit", "Summaries of blocks")]
    public void The_stage_that_works_most_is_the_limit(string name, string limit, string advice)
    {
        string[] names = ["constrain", "log", "commit", "track"];
        var after = Sample(commits: 100, stages: [.. names.Select(n => Stage(n, 100, n == name ? 800 : 650))]);

        var seen = PipelineExplainer.Explain(Sample(), after, s_window, [0, 0, 0, 0], processors: 2);

        Assert.Equal(name, seen.Bottleneck);
        Assert.StartsWith(limit, seen.Verdict, StringComparison.Ordinal);
        Assert.Contains(advice, seen.Verdict, StringComparison.Ordinal);
        Assert.Contains(limit, seen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Validation_is_the_limit_where_it_takes_all_processors()
    {
        var after = Sample(commits: 10, stages: [Stage("constrain", 10, 500)]) with { Validated = 10, Validating = TimeSpan.FromSeconds(1.9) };

        Assert.StartsWith("Validate is the limit: it works 95% of the time.", PipelineExplainer.Explain(Sample(), after, s_window, [0], processors: 2).Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_stage_is_busy_the_callers_are_the_limit()
    {
        var after = Sample(commits: 100, stages: [Stage("constrain", 100, 100), Stage("log", 100, 340)]);

        var idle = PipelineExplainer.Explain(Sample(), after, s_window, [0, 0], processors: 2);
        var full = PipelineExplainer.Explain(Sample(), after with { GateWaits = 5, GateWaited = TimeSpan.FromSeconds(2) }, s_window, [0, 0], processors: 2);

        Assert.Null(idle.Bottleneck);
        Assert.StartsWith("The callers are the limit: no stage works more than 34% of the time (log).", idle.Verdict, StringComparison.Ordinal);
        Assert.DoesNotContain("MaxQueuedBytes", idle.Verdict, StringComparison.Ordinal);
        Assert.Contains("MaxQueuedBytes", full.Verdict, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(2), full.CallersWaited);
    }

    [Fact]
    public void Where_no_stage_is_busy_and_no_processor_is_left_the_processors_are_the_limit()
    {
        var after = Sample(commits: 100, stages: [Stage("constrain", 100, 430)]) with { Processing = TimeSpan.FromSeconds(11.9) };

        var seen = PipelineExplainer.Explain(Sample(), after, s_window, [0], processors: 2);

        Assert.Equal(0.95, seen.Processors, 6);
        Assert.StartsWith("The processors are the limit: the process takes 95% of them, and no stage works more than 43% of the time (constrain).", seen.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_was_committed_nothing_is_blamed() =>
        Assert.Equal("Nothing was committed meanwhile: there is nothing to explain.", PipelineExplainer.Explain(Sample(), Sample(), s_window, [], processors: 2).Verdict);

    private static PipelineSample Sample(int commits = 0, int syncs = 0, int syncing = 0, ImmutableArray<StageSample>? stages = null) => new()
    {
        Visible = 1_000 + (ulong)commits,
        GateWaits = 0,
        GateWaited = TimeSpan.Zero,
        Syncs = syncs,
        Syncing = TimeSpan.FromMilliseconds(syncing),
        Validated = 0,
        Validating = TimeSpan.Zero,
        Processing = TimeSpan.FromSeconds(10),
        Stages = stages ?? [],
    };

    private static StageSample Stage(string name, long messages, int busy, int waited = 0) =>
        new(name, messages, messages, TimeSpan.FromMilliseconds(busy), TimeSpan.FromMilliseconds(waited), 64);
}
