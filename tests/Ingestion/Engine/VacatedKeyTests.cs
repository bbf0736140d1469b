using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A reader keeps what it sees, whatever happens to the key meanwhile.</summary>
public sealed class VacatedKeyTests
{
    [Fact]
    public async Task A_reader_at_an_older_lsn_still_finds_a_key_that_a_later_commit_vacated_and_another_took()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1, "old"));
            using var before = engine.OpenView();
            Assert.NotNull(await KeyedWrite.DeleteAsync(engine, table.Plan, Key(table, 1), default));
            using var between = engine.OpenView();
            await table.InsertAsync(EngineFixture.Row(table, 1, "new"));
            using var after = engine.OpenView();

            Assert.Equal("old", Name(before, table, 1));
            Assert.Null(Name(between, table, 1));
            Assert.Equal("new", Name(after, table, 1));
            Assert.Equal("old", Name(before, table, 1)); // from the cache this time, and still its own version
            Assert.Equal(1, await table.CountAsync());
        }
    }

    [Fact]
    public async Task A_key_vacated_by_a_commit_in_flight_is_found_until_that_commit_is_visible()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1, "old"));
            using var gate = new HeldSync(fixture.Files);
            var delete = KeyedWrite.DeleteAsync(engine, table.Plan, Key(table, 1), default).AsTask();
            gate.WaitUntilHeld();
            var insert = table.InsertAsync(EngineFixture.Row(table, 1, "new")).AsTask();
            using (var view = engine.OpenView())
                Assert.Equal("old", Name(view, table, 1));
            gate.Release();
            Assert.NotNull(await delete);
            await insert;
            using (var view = engine.OpenView())
                Assert.Equal("new", Name(view, table, 1));
        }
    }

    [Fact]
    public async Task A_key_vacated_by_a_commit_whose_sync_fails_stays_where_it_was()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1, "old"));
            using var gate = new HeldSync(fixture.Files);
            var delete = KeyedWrite.DeleteAsync(engine, table.Plan, Key(table, 1), default).AsTask();
            gate.WaitUntilHeld();
            fixture.Files.Fail(FileCall.Sync, errno: 5);
            gate.Release();
            await Assert.ThrowsAsync<HeliosException>(() => delete);
            await engine.WritePath.StopAsync();
            using var view = engine.OpenView();
            Assert.Equal("old", Name(view, table, 1));
            Assert.True(table.Plan.Trees[0].TryGetNewest(Key(table, 1), out var newest));
            Assert.False(newest.Vacated);
        }
    }

    [Fact]
    public async Task A_deleted_key_is_free_again_after_reopening_and_its_row_does_not_come_back()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1, "old"));
            await table.InsertAsync(EngineFixture.Row(table, 2));
            await KeyedWrite.DeleteAsync(engine, table.Plan, Key(table, 1), default);
        }

        var (again, reopened) = await fixture.OpenAsync();
        await using (again)
        {
            Assert.Equal(1, await reopened.CountAsync());
            Assert.Null(await reopened.FindAsync(1L));
            Assert.Equal(1, (await reopened.InsertAsync(EngineFixture.Row(reopened, 1, "old"))).Rows);
        }
    }

    private static string? Name(ReadView view, Table table, long id)
    {
        using var row = new ByteBuffer();
        return view.TryFind(table.Plan, 0, Key(table, id), row, out _) ? (string?)Row.Read(table.Schema, row.Written)["name"] : null;
    }

    private static byte[] Key(Table table, long id)
    {
        using var key = new ByteBuffer();
        Assert.True(KeyProbe.TryEncode(table.Plan, 0, [id], key));
        return key.Written.ToArray();
    }
}
