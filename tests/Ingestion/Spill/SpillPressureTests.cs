using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Spill;

/// <summary>An index that is far beyond its memory lets nobody in until it is smaller.</summary>
public sealed class SpillPressureTests
{
    [Fact]
    public async Task A_commit_waits_while_an_index_is_far_beyond_its_budget_and_goes_on_when_it_is_not()
    {
        await using var fixture = new SpillFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            ValueTask<CommitReceipt> waiting;
            using (engine.OpenView())
            {
                await OverfillAsync(table);
                var head = engine.Parts.Order.Head;
                waiting = table.InsertAsync(EngineFixture.Row(table, -1, "waits"));
                await engine.WritePath.SpillAsync(engine.Spills!.Collect(table.Plan, 0, 1)); // nothing may go, and whatever was let in before is ordered now
                Assert.Equal((head, false), (engine.Parts.Order.Head, waiting.IsCompleted));
                Assert.NotNull(await table.FindAsync(1L)); // reading goes on
            }

            await engine.Spills!.RunNowAsync(default);
            Assert.Equal(1, (await waiting).Rows);
            Assert.Null(engine.Parts.SpillWanted.Full);
            await SpillFixture.AssertSpilledAsync(engine, table);
        }
    }

    [Fact]
    public async Task A_commit_that_has_waited_for_ten_seconds_is_refused_as_busy_and_a_later_one_is_taken()
    {
        await using var fixture = new SpillFixture();
        var time = new TimeOnDemand();
        var (engine, table) = await fixture.OpenAsync(SpillFixture.Options() with { TimeProvider = time });
        await using (engine)
        {
            using (engine.OpenView())
            {
                await OverfillAsync(table);
                var waiting = table.InsertAsync(EngineFixture.Row(table, -1, "waits")).AsTask();
                var deleting = table.DeleteAsync(1L).AsTask(); // it, too, brings a key back to memory
                time.Fire();
                foreach (var refused in new[] { waiting, deleting })
                {
                    var busy = await Assert.ThrowsAsync<HeliosException>(() => refused);
                    Assert.Equal((HeliosErrorKind.Busy, "index_behind", true, "things"), (busy.Kind, busy.Code, busy.IsTransient, busy.Table));
                }
            }

            await engine.Spills!.RunNowAsync(default);
            Assert.Equal(1, (await table.InsertAsync(EngineFixture.Row(table, -1, "comes"))).Rows);
            Assert.Equal(1, (await table.DeleteAsync(1L)).Rows);
        }
    }

    [Fact]
    public async Task Closing_refuses_those_who_wait()
    {
        await using var fixture = new SpillFixture();
        var (engine, table) = await fixture.OpenAsync();
        Task<CommitReceipt> waiting;
        await using (engine)
        {
            using var view = engine.OpenView();
            await OverfillAsync(table);
            waiting = table.InsertAsync(EngineFixture.Row(table, -1, "waits")).AsTask();
        }

        Assert.Equal(HeliosErrorKind.Closed, (await Assert.ThrowsAsync<HeliosException>(() => waiting)).Kind);
    }

    [Fact]
    public async Task Without_a_budget_nobody_waits()
    {
        await using var fixture = new SpillFixture();
        var (engine, table) = await fixture.OpenAsync(SpillFixture.Options() with { MaxIndexBytes = null });
        await using (engine)
        {
            using var view = engine.OpenView();
            for (var from = 0; from < 3; from++)
                await table.InsertAsync(Rows(table, from));
            Assert.Null(engine.Parts.SpillWanted.Full);
            Assert.All(table.Plan.Trees, static tree => Assert.False(tree.IsBeyondLimit || tree.IsOverBudget));
        }
    }

    /// <summary>Nothing of it may go, since a reader does not see it: until the engine says that it is too much.</summary>
    private static async Task OverfillAsync(Table table)
    {
        for (var from = 0; table.Engine.Parts.SpillWanted.Full is null; from++)
            await table.InsertAsync(Rows(table, from));
        Assert.Contains(table.Plan.Trees, static tree => tree.IsBeyondLimit);
        Assert.All(table.Plan.Trees, static tree => Assert.InRange(tree.LiveBytes, 0, 4 << 20)); // the bound, and one commit
    }

    private static IEnumerable<Row> Rows(Table table, int from) =>
        Enumerable.Range(from * 1_000, 1_000).Select(id => EngineFixture.Row(table, id, $"{id} {new string('n', 1_000)}"));

    /// <summary>The patience of waiting commits ends when the test says so.</summary>
    private sealed class TimeOnDemand : TimeProvider
    {
        private readonly List<(TimerCallback Callback, object? State)> _waiting = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != SpillSignal.Patience)
                return base.CreateTimer(callback, state, dueTime, period);
            lock (_waiting)
                _waiting.Add((callback, state));
            return base.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void Fire()
        {
            lock (_waiting)
                _waiting.ForEach(static timer => timer.Callback(timer.State));
        }
    }
}
