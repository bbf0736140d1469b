using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Whoever reads while the engine is closed is told that.</summary>
public sealed class QueryCloseTests
{
    [Theory]
    [InlineData("name >= 'name 1'")]
    [InlineData("id = 5")]
    [InlineData("id > 3")]
    [InlineData("length(name) > 3")]
    public async Task A_query_that_begins_while_the_engine_closes_says_closed(string condition)
    {
        await using var fixture = new EngineFixture();
        var clock = new Interrupted();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe, clock);
        await table.InsertAsync(Enumerable.Range(0, 100).Select(i => EngineFixture.Row(table, i)));
        var query = table.Where(condition);
        var isClosed = false;
        clock.Next = () =>
        {
            engine.DisposeAsync().AsTask().Wait();
            isClosed = true;
        };

        var refused = await Assert.ThrowsAsync<HeliosException>(() => query.ToListAsync());

        Assert.Equal(HeliosErrorKind.Closed, refused.Kind);
        Assert.True(isClosed);
    }

    [Theory]
    [InlineData("name >= 'name 1'")]
    [InlineData("id IN (1, 2, 3, 4, 5, 6)")]
    [InlineData("id >= 3")]
    [InlineData("length(name) > 3")]
    public async Task A_query_over_which_the_engine_closes_ends_with_closed(string condition)
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe);
        for (var i = 0; i < 10; i++)
            await table.InsertAsync(Enumerable.Range(i * 500, 500).Select(id => EngineFixture.Row(table, id)));
        await using var rows = table.Where(condition).GetAsyncEnumerator();
        Assert.True(await rows.MoveNextAsync());
        using var snapshot = engine.OpenSnapshot();
        await engine.DisposeAsync();

        var (seen, error) = (0, (HeliosException?)null);
        try
        {
            while (await rows.MoveNextAsync())
                seen++;
        }
        catch (HeliosException closed)
        {
            error = closed;
        }

        // What is in memory already may be given.
        Assert.True(error?.Kind == HeliosErrorKind.Closed || (seen < 6 && condition.Contains("IN", StringComparison.Ordinal)), $"{seen} rows, {error}");
        Assert.Equal(HeliosErrorKind.Closed, Assert.Throws<HeliosException>(() => table.Where(condition).At(snapshot).Explain()).Kind);
        Assert.Equal(HeliosErrorKind.Closed, Assert.Throws<HeliosException>(() => engine.OpenSnapshot()).Kind);
    }

    [Fact]
    public async Task Filters_that_are_made_while_the_engine_closes_say_closed()
    {
        await using var fixture = new EngineFixture();
        var clock = new Interrupted();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe, clock);
        using (table.SuspendFilters())
            await table.InsertAsync(Enumerable.Range(0, 100).Select(i => EngineFixture.Row(table, i)));
        clock.NextTimestamp = () => engine.DisposeAsync().AsTask().Wait();

        var refused = await Assert.ThrowsAsync<HeliosException>(() => engine.ConsolidateFiltersAsync());

        Assert.Equal(HeliosErrorKind.Closed, refused.Kind);
    }

    /// <summary>Something happens when the clock is looked at by the flow that asked for it.</summary>
    private sealed class Interrupted : TimeProvider
    {
        private readonly AsyncLocal<Action?> _next = new();
        private readonly AsyncLocal<Action?> _nextTimestamp = new();

        public Action? Next
        {
            set => _next.Value = value;
        }

        public Action? NextTimestamp
        {
            set => _nextTimestamp.Value = value;
        }

        public override DateTimeOffset GetUtcNow()
        {
            if (_next.Value is { } action)
            {
                _next.Value = null;
                action();
            }

            return base.GetUtcNow();
        }

        public override long GetTimestamp()
        {
            if (_nextTimestamp.Value is { } action)
            {
                _nextTimestamp.Value = null;
                action();
            }

            return base.GetTimestamp();
        }
    }
}
