using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class SourceLedgerTests
{
    [Fact]
    public async Task Of_more_sources_than_are_remembered_the_one_that_moved_longest_ago_is_forgotten()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe);
        await using (engine)
        {
            for (var source = 1; source <= SourceLedger.MaxSources; source++)
                await MoveAsync(engine, table, source, expected: -1, offset: 10);
            await MoveAsync(engine, table, 1, expected: 10, offset: 20); // the first one is now the newest
            await MoveAsync(engine, table, SourceLedger.MaxSources + 1, expected: -1, offset: 10);
        }

        var (again, reopened) = await fixture.OpenAsync();
        await using (again)
        {
            var known = SourceLookup.Stored(again, reopened).ToDictionary(s => (int)s.Key.Fingerprint);
            Assert.Equal(SourceLedger.MaxSources, known.Count);
            Assert.Equal(20, known[1].Offset);
            Assert.False(known.ContainsKey(2));
            Assert.True(known.ContainsKey(SourceLedger.MaxSources + 1));
        }
    }

    [Fact]
    public async Task A_source_that_somebody_else_has_moved_is_a_conflict_and_nothing_is_written()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await MoveAsync(engine, table, 1, expected: -1, offset: 10);
            var error = await Assert.ThrowsAsync<HeliosException>(() => MoveAsync(engine, table, 1, expected: 5, offset: 20));
            Assert.Equal("source_moved", error.Code);
            Assert.Equal(10, SourceLookup.Stored(engine, table).Single().Offset);
        }
    }

    private static async Task MoveAsync(HeliosEngine engine, Table table, int source, long expected, long offset)
    {
        using var session = engine.OpenSession();
        session.Envelope.Changes.MoveSource(new SourceProgress(table.Plan.Definition.Id, new SourceKey((UInt128)source, 1)) { Offset = offset, Record = 1 }, expected);
        await session.CommitAsync();
    }
}
