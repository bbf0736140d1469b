using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Rows that a session changes by their keys, together in one commit.</summary>
public sealed class ChangedRowsTests
{
    private static readonly TableSchema s_pairs = new(
        [new Column("id", ColumnType.Int8), new Column("a", ColumnType.Text), new Column("b", ColumnType.Text)],
        primaryKey: ["id"],
        unique: [new UniqueConstraint("a", "a"), new UniqueConstraint("b", "b")]);

    [Fact]
    public async Task Rows_exchange_their_keys_in_one_commit_also_after_a_kill()
    {
        await using var fixture = new EngineFixture();
        var killed = Directory.CreateTempSubdirectory("helios-test-").FullName;
        try
        {
            var (engine, table) = await fixture.OpenAsync();
            await using (engine)
            {
                await table.InsertAsync(Enumerable.Range(1, 7).Select(id => EngineFixture.Row(table, id, $"{id}")));
                using var session = engine.OpenSession();
                foreach (var (id, name) in new[] { (1, "2"), (2, "1"), (3, "4"), (4, "5"), (5, "3") })
                    session.Update(table, EngineFixture.Row(table, id, name)); // two exchange, three rotate
                session.Delete(table, 6L);
                session.Delete(table, 7L);
                session.Insert(table, EngineFixture.Row(table, 6, "7")); // two exchange primary keys
                session.Insert(table, EngineFixture.Row(table, 7, "6"));
                Assert.Equal(7, (await session.CommitAsync()).Rows);
                await AssertExchangedAsync(table);
                DatabaseFiles.Copy(fixture.Path, killed); // what the disk has while the engine runs is what a kill leaves
            }

            Assert.All((await DatabaseVerifier.VerifyAsync(killed)).Checks, static check => Assert.True(check.Passed, check.Message));
            await using var again = await HeliosEngine.OpenAsync(killed);
            await AssertExchangedAsync(again.FindTable("things")!);
        }
        finally
        {
            Directory.Delete(killed, recursive: true);
        }
    }

    [Fact]
    public async Task A_refused_change_leaves_out_that_row_and_those_that_counted_on_its_keys_and_no_other()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync("pairs", s_pairs);
        await table.InsertAsync([Pair(table, 1, "a1", "b1"), Pair(table, 2, "a2", "b2")]);
        using var session = helios.OpenSession();
        session.Update(table, Pair(table, 1, "a9", "b2")); // a9 would be free, b2 is not
        session.Insert(table, Pair(table, 4, "a9", "b4")); // may have what row 0 does not get
        session.Insert(table, Pair(table, 5, "a1", "b5")); // counts on what row 0 does not give up
        session.Upsert(table, Pair(table, 6, "a6", "b6"));
        var receipt = await session.CommitAsync(onReject: OnReject.RejectRow);

        Assert.Equal(2, receipt.Rows);
        Assert.Equal([(0, "pairs", "b"), (2, "pairs", "a")], receipt.Rejected.Select(static r => (r.Row, r.Table, r.Constraint)));
        Assert.All(receipt.Rejected, static r => Assert.Equal("duplicate_key", r.Code));
        Assert.Equal(["1 a1 b1", "2 a2 b2", "4 a9 b4", "6 a6 b6"], await ContentAsync(table));
    }

    [Fact]
    public async Task A_refused_row_has_the_number_of_the_call_whose_content_it_is()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync("pairs", s_pairs);
        await table.InsertAsync(Pair(table, 1, "a1", "b1"));
        using var session = helios.OpenSession();
        session.Upsert(table, Pair(table, 2, "a2", "b2"));
        session.Upsert(table, Pair(table, 3, "a3", "b3"));
        session.Upsert(table, Pair(table, 2, "a1", "b2")); // replaces row 0
        var before = helios.Visible;
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await session.CommitAsync());

        Assert.Equal(("duplicate_key", "pairs", "a", "a", 2), (error.Code, error.Table, error.Constraint, error.Column, error.Row));
        Assert.Equal((before, 1), (helios.Visible, await table.CountAsync()));
    }

    [Fact]
    public async Task A_commit_that_is_made_again_takes_nothing_of_the_next_one()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            using var reached = new ManualResetEventSlim();
            using var open = new ManualResetEventSlim();
            fixture.Files.Before = (call, path) =>
            {
                if (call != FileCall.Sync || !path.EndsWith(".wal", StringComparison.Ordinal))
                    return;
                reached.Set();
                open.Wait();
            };
            var insert = table.InsertAsync(EngineFixture.Row(table, 1, "old")).AsTask();
            reached.Wait();
            using var session = engine.OpenSession();
            session.Upsert(table, EngineFixture.Row(table, 1, "new")); // the row is in flight: nobody can read yet what it was
            var first = session.CommitAsync().AsTask();
            session.Insert(table, EngineFixture.Row(table, 2));
            open.Set();

            Assert.Equal(1, (await insert).Rows);
            Assert.Equal(1, (await first).Rows);
            Assert.Null(await table.FindAsync(2L));
            Assert.Equal("new", (await table.FindAsync(1L))!["name"]);
            Assert.Equal(1, (await session.CommitAsync()).Rows);
            Assert.NotNull(await table.FindAsync(2L));
        }
    }

    [Fact]
    public async Task A_row_with_a_value_of_another_type_is_named_with_its_place_in_the_commit()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync("pairs", s_pairs);
        var wrong = Pair(table, 2, "a2", "b2");
        wrong["b"] = 7;
        foreach (var add in new Action<Session, Table, Row>[] { static (s, t, r) => s.Insert(t, r), static (s, t, r) => s.Upsert(t, r) })
        {
            using var session = helios.OpenSession();
            add(session, table, Pair(table, 1, "a1", "b1"));
            var error = Assert.Throws<HeliosException>(() => add(session, table, wrong));
            Assert.Equal(("type_mismatch", "pairs", "b", 1), (error.Code, error.Table, error.Column, error.Row));
        }
    }

    [Fact]
    public async Task A_deleted_row_gives_up_its_own_keys_only()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync("pairs", s_pairs);
        await table.InsertAsync([Pair(table, 1, null, "b1"), Pair(table, 2, null, "b2")]);
        await table.UpdateAsync(Pair(table, 1, "a1", null));
        await table.UpdateAsync(Pair(table, 2, "a2", "b1")); // b1 was the first row's
        await table.DeleteAsync(1L);

        Assert.Equal(2L, (await table.FindByAsync("b", "b1"))!["id"]);
        Assert.Null(await table.FindByAsync("a", "a1"));
        Assert.Equal(2L, (await table.FindByAsync("a", "a2"))!["id"]);
        Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(Pair(table, 3, null, "b1")))).Code);
    }

    private static Row Pair(Table table, long id, string? a, string? b)
    {
        var row = table.NewRow();
        (row["id"], row["a"], row["b"]) = (id, a, b);
        return row;
    }

    private static async Task AssertExchangedAsync(Table table)
    {
        foreach (var (id, name) in new[] { (1L, "2"), (2L, "1"), (3L, "4"), (4L, "5"), (5L, "3"), (6L, "7"), (7L, "6") })
        {
            Assert.Equal(name, (await table.FindAsync(id))!["name"]);
            Assert.Equal(id, (await table.FindByAsync("name", name))!["id"]);
        }

        Assert.Equal(7, await table.CountAsync());
    }

    private static async Task<List<string>> ContentAsync(Table table)
    {
        var content = new List<string>();
        await foreach (var row in table.ScanAsync())
            content.Add($"{row["id"]} {row["a"]} {row["b"]}");
        return content;
    }
}
