using System.Collections.Concurrent;
using System.Diagnostics;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What a listener of the activity source sees. Other tests run meanwhile: each test looks at its own trace only.</summary>
public sealed class ActivityTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly Activity _test = new Activity("test").SetIdFormat(ActivityIdFormat.W3C);

    public ActivityTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Helios.Pipeline",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public async Task A_commit_is_seen_from_submit_to_answer()
    {
        _test.Start();
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            var stored = await table.InsertAsync(EngineFixture.Row(table, 1));
            var last = Last("helios.commit");
            Assert.Equal("stored", last.GetTagItem("outcome"));
            Assert.Equal("Visible", last.GetTagItem("durability"));
            Assert.Equal(1, last.GetTagItem("rows"));
            Assert.Equal((long)stored.Lsn.Value, last.GetTagItem("lsn"));
            Assert.Equal(_test.SpanId, last.ParentSpanId);
            Assert.Same(_test, Activity.Current);
        }
    }

    [Fact]
    public async Task A_refused_commit_ends_with_its_code_and_no_lsn()
    {
        _test.Start();
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1));
            await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(EngineFixture.Row(table, 1)));
            var last = Last("helios.commit");
            Assert.Equal("duplicate_key", last.GetTagItem("outcome"));
            Assert.Equal(ActivityStatusCode.Error, last.Status);
            Assert.Null(last.GetTagItem("lsn"));
        }
    }

    [Theory]
    [InlineData(Durability.Queued, "queued")]
    [InlineData(Durability.Logged, "stored")]
    public async Task The_activity_ends_with_the_answer_that_the_commit_waits_for(Durability durability, string outcome)
    {
        _test.Start();
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            using var session = engine.OpenSession();
            session.Insert(table, EngineFixture.Row(table, 1));
            await session.CommitAsync(durability);
            var last = Last("helios.commit");
            Assert.Equal(durability.ToString(), last.GetTagItem("durability"));
            Assert.Equal(outcome, last.GetTagItem("outcome"));
        }
    }

    [Fact]
    public async Task A_commit_that_is_not_let_in_ends_too()
    {
        _test.Start();
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        var session = engine.OpenSession();
        session.Insert(table, EngineFixture.Row(table, 1));
        await engine.DisposeAsync();
        await Assert.ThrowsAsync<HeliosException>(async () => await session.CommitAsync());
        Assert.Equal("closed", Last("helios.commit").GetTagItem("outcome"));
    }

    [Fact]
    public async Task Recovery_and_checkpoints_are_seen()
    {
        _test.Start();
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            Assert.Equal("recovered", Last("helios.recovery").GetTagItem("outcome"));
            await table.InsertAsync(EngineFixture.Row(table, 1));
            await engine.CheckpointAsync();
            var checkpoint = Last("helios.checkpoint");
            Assert.Equal("flushed", checkpoint.GetTagItem("outcome"));
            Assert.True((long)checkpoint.GetTagItem("flushed")! >= (long)checkpoint.GetTagItem("target")!);
        }

        File.WriteAllBytes(Path.Combine(fixture.Path, "store", "CURRENT"), "no manifest\n"u8.ToArray());
        var error = await Assert.ThrowsAsync<HeliosException>(() => fixture.OpenAsync());
        Assert.Equal(error.Code, Last("helios.recovery").GetTagItem("outcome"));
    }

    public void Dispose()
    {
        _test.Dispose();
        _listener.Dispose();
    }

    private Activity Last(string name) => _ended.Last(a => a.TraceId == _test.TraceId && a.OperationName == name);

}
