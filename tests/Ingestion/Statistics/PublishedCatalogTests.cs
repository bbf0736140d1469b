using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>
/// The catalog that readers look at is immutable and is replaced by Track alone, commit by commit: there is no miss that is filled, so no slow reader can put an older definition back. Plans, which
/// writers look at, are replaced by Constrain, and name the one that took their place.
/// </summary>
public sealed class PublishedCatalogTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task No_reader_ever_sees_a_table_go_back_to_an_older_definition_and_whoever_has_altered_it_sees_that_at_once()
    {
        var (engine, table) = await _fixture.OpenAsync(SafetyLevel.Unsafe);
        await using var open = engine;
        using var stop = new CancellationTokenSource();
        var begun = new CountdownEvent(3);
        Task<int>[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(() => Read(engine, begun, stop.Token), TaskCreationOptions.LongRunning))];
        begun.Wait();

        for (var i = 0; i < 40; i++)
        {
            await (await engine.AddConstraintAsync("things", new CheckConstraint($"check {i}", "id >= 0"))).Completion;
            Assert.Contains(engine.FindTable("things")!.Schema.Checks, c => c.Name == $"check {i}");
            Assert.Contains(table.Schema.Checks, c => c.Name == $"check {i}"); // one that was opened before, too
            if (i % 3 == 0)
            {
                await engine.DropConstraintAsync("things", $"check {i}");
                Assert.DoesNotContain(engine.FindTable("things")!.Schema.Checks, c => c.Name == $"check {i}");
                Assert.DoesNotContain(engine.Tables.Single().Schema.Checks, c => c.Name == $"check {i}");
            }
        }

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(readers), looks => Assert.True(looks > 0));
    }

    [Fact]
    public async Task A_catalog_that_was_taken_stays_as_it_was()
    {
        var (engine, _) = await _fixture.OpenAsync(SafetyLevel.Unsafe);
        await using var open = engine;
        var before = engine.Parts.Published.Catalog;
        await engine.DropConstraintAsync("things", "name");
        await engine.TableAsync("others", EngineFixture.Schema);

        Assert.Single(before.Find("things")!.Schema.Unique);
        Assert.Null(before.Find("others"));
        Assert.Empty(engine.Parts.Published.Catalog.Find("things")!.Schema.Unique);
    }

    private static int Read(HeliosEngine engine, CountdownEvent begun, CancellationToken stop)
    {
        var (looks, revision, planned) = (0, 0L, 0L);
        while (!stop.IsCancellationRequested)
        {
            var published = (long)engine.Parts.Published.Catalog.Find("things")!.Revision;
            var plan = (long)engine.FindTable("things")!.Plan.Definition.Revision;
            Assert.True(published >= revision && plan >= planned, $"went back from {revision} to {published}, or from {planned} to {plan}");
            (revision, planned) = (published, plan);
            if (looks++ == 0)
                begun.Signal();
        }

        return looks;
    }
}
