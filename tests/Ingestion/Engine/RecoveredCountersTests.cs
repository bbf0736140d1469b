using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What an open after a kill counts, and where it goes on counting.</summary>
public sealed class RecoveredCountersTests
{
    [Fact]
    public async Task An_open_tells_how_many_commits_it_found_behind_the_store_and_how_the_last_one_ended()
    {
        const int Flushed = 7, Logged = 11, RowsEach = 3;
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        Lsn applied, head;
        string killed;
        await using (engine)
        {
            Assert.Equal(0, engine.Inspect().Recovery.Commits); // there was nothing to find
            applied = await FillAsync(table, 0, Flushed, RowsEach);
            await engine.CheckpointAsync();
            head = await FillAsync(table, Flushed, Logged, RowsEach);
            killed = DatabaseFiles.Copy(fixture.Path, fixture.Path + "-killed");
        }

        try
        {
            await using var other = await HeliosEngine.OpenInMemoryAsync(); // another engine of the process, with numbers of its own
            await using (var opened = await HeliosEngine.OpenAsync(killed, fixture.Options()))
            {
                var recovery = opened.Inspect().Recovery;
                Assert.Equal((false, head.Value, applied.Value, (long)Logged), (recovery.WasClean, recovery.Head, recovery.Applied, recovery.Commits));
                Assert.InRange(recovery.Frames, 1, Logged);
                Assert.Null(recovery.Cut);
                Assert.Equal((head, (Flushed + Logged) * RowsEach), (opened.Visible, await opened.FindTable("things")!.CountAsync()));
                Assert.True(other.Visible < head);
                await FillAsync(opened.FindTable("things")!, Flushed + Logged, 1, RowsEach);
            }

            await using var clean = await HeliosEngine.OpenAsync(killed, fixture.Options());
            Assert.Equal((true, 0L, 0L), (clean.Inspect().Recovery.WasClean, clean.Inspect().Recovery.Frames, clean.Inspect().Recovery.Commits));
        }
        finally
        {
            Directory.Delete(killed, recursive: true);
        }
    }

    // The rows with the highest ids are gone, and the log that is applied again tells of lower ones: an id that a row has had is given to no other.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Row_ids_go_on_behind_the_highest_that_was_given_though_its_row_is_gone(bool isFlushed)
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        string killed;
        ulong highest;
        await using (engine)
        {
            await FillAsync(table, 0, 10, 1);
            highest = (await RowIdsAsync(engine)).Max();
            await table.DeleteAsync(9L);
            await table.DeleteAsync(8L);
            if (isFlushed)
                await engine.CheckpointAsync();
            await table.UpdateAsync(EngineFixture.Row(table, 1, "changed")); // after the checkpoint the log names a lower row id only
            killed = DatabaseFiles.Copy(fixture.Path, fixture.Path + "-killed");
        }

        try
        {
            await using var opened = await HeliosEngine.OpenAsync(killed, fixture.Options());
            await opened.FindTable("things")!.InsertAsync(EngineFixture.Row(opened.FindTable("things")!, 100));
            Assert.Equal(highest + 1, (await RowIdsAsync(opened)).Max());
        }
        finally
        {
            Directory.Delete(killed, recursive: true);
        }
    }

    [Fact]
    public async Task The_time_of_commits_never_goes_back_though_the_clock_does_and_the_database_is_opened_again()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(time: new FakeTimeProvider(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero)));
        await using (engine)
            await FillAsync(table, 0, 3, 1);
        (engine, table) = await fixture.OpenAsync(time: new FakeTimeProvider(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        await using (engine)
        {
            await FillAsync(table, 3, 3, 1);
            var times = new List<DateTimeOffset>();
            await using var feed = engine.Feed(Lsn.Zero).GetAsyncEnumerator();
            while (times.Count < 6 && await feed.MoveNextAsync())
                times.Add(feed.Current.Time);
            Assert.Equal(times.Order(), times);
            Assert.Equal(2026, times[^1].Year);
        }
    }

    private static async Task<Lsn> FillAsync(Table table, int first, int commits, int rows)
    {
        var lsn = Lsn.Zero;
        for (var commit = first; commit < first + commits; commit++)
            lsn = (await table.InsertAsync(Enumerable.Range(commit * rows, rows).Select(id => EngineFixture.Row(table, id)))).Lsn;
        return lsn;
    }

    private static async Task<List<ulong>> RowIdsAsync(HeliosEngine engine)
    {
        var ids = new List<ulong>();
        var last = engine.Visible;
        await foreach (var change in engine.Feed(Lsn.Zero))
        {
            ids.Add(change.Row.Value);
            if (change.Lsn == last)
                return ids;
        }

        return ids;
    }
}
