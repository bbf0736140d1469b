using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Update, upsert and delete by primary key.</summary>
public sealed class KeyedWriteTests
{
    private const int Producers = 8, Rounds = 20;

    [Fact]
    public async Task An_update_changes_the_row_of_its_key_and_keeps_the_row_id()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            var inserted = await table.InsertAsync([EngineFixture.Row(table, 1, "one"), EngineFixture.Row(table, 2, "two")]);
            var updated = await table.UpdateAsync(EngineFixture.Row(table, 1, "uno"));
            Assert.Equal((1, inserted.Lsn.Next), (updated.Rows, updated.Lsn));
            Assert.Equal("uno", (await table.FindAsync(1L))!["name"]);
            Assert.Equal("uno", (await table.FindByAsync("name", "uno"))!["name"]);
            Assert.Null(await table.FindByAsync("name", "one"));
            Assert.Equal(["uno", "two"], await NamesAsync(table)); // by row id
            Assert.Equal(2, await table.CountAsync());
            await table.InsertAsync(EngineFixture.Row(table, 3, "one")); // the name that was given up is free
        }
    }

    [Fact]
    public async Task An_update_or_a_delete_without_a_row_says_so_and_writes_nothing()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            var inserted = await table.InsertAsync(EngineFixture.Row(table, 1));
            Assert.Equal((0, inserted.Lsn), Told(await table.UpdateAsync(EngineFixture.Row(table, 2))));
            Assert.Equal((0, inserted.Lsn), Told(await table.DeleteAsync(2L)));
            Assert.Equal((0, inserted.Lsn), Told(await table.DeleteAsync([null!])));
            Assert.Equal((inserted.Lsn, 1), (engine.Visible, await table.CountAsync()));
        }
    }

    [Fact]
    public async Task An_upsert_inserts_and_then_updates()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            Assert.Equal(1, (await table.UpsertAsync(EngineFixture.Row(table, 1, "one"))).Rows);
            Assert.Equal(1, (await table.UpsertAsync(EngineFixture.Row(table, 1, "uno"))).Rows);
            Assert.Equal(["uno"], await NamesAsync(table));
            Assert.Equal(1, await table.CountAsync());
            Assert.Equal(1, (await table.DeleteAsync(1L)).Rows);
            Assert.Equal(1, (await table.UpsertAsync(EngineFixture.Row(table, 1, "ein"))).Rows);
            Assert.Equal(["ein"], await NamesAsync(table));
        }
    }

    [Fact]
    public async Task An_update_to_a_key_that_another_row_has_is_refused_whole()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync([EngineFixture.Row(table, 1, "one"), EngineFixture.Row(table, 2, "two")]);
            foreach (var write in new[] { table.UpdateAsync, (Func<Row, CancellationToken, ValueTask<CommitReceipt>>)table.UpsertAsync })
            {
                var error = await Assert.ThrowsAsync<HeliosException>(async () => await write(EngineFixture.Row(table, 1, "two"), default));
                Assert.Equal((HeliosErrorKind.Invalid, "duplicate_key", "name", "things"), (error.Kind, error.Code, error.Constraint, error.Table));
            }

            Assert.Equal(["one", "two"], await NamesAsync(table));
            Assert.Equal(1, (await table.UpdateAsync(EngineFixture.Row(table, 2, "zwei"))).Rows); // nothing is left reserved
            Assert.Equal(1, (await table.UpdateAsync(EngineFixture.Row(table, 1, "two"))).Rows);
        }
    }

    [Fact]
    public async Task A_row_that_breaks_a_rule_is_refused_before_there_is_a_commit()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            var row = table.NewRow();
            row["name"] = "nobody";
            foreach (var write in new[] { table.UpdateAsync, (Func<Row, CancellationToken, ValueTask<CommitReceipt>>)table.UpsertAsync })
                Assert.Equal(("not_null", "id"), (await Assert.ThrowsAsync<HeliosException>(async () => await write(row, default))) is var error ? (error.Code, error.Column) : default);
            var plain = await engine.TableAsync("plain", new TableSchema([new Column("a", ColumnType.Int8)]));
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await plain.UpdateAsync(plain.NewRow()));
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await plain.UpsertAsync(plain.NewRow()));
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await plain.DeleteAsync(1L));
            await Assert.ThrowsAsync<ArgumentException>(async () => await table.DeleteAsync("one"));
        }
    }

    [Fact]
    public async Task A_reader_at_an_older_lsn_sees_the_row_as_it_was()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1, "one"));
            using var before = engine.OpenView();
            await table.UpdateAsync(EngineFixture.Row(table, 1, "uno"));
            await table.UpdateAsync(EngineFixture.Row(table, 1, "ein"));
            using var after = engine.OpenView();
            Assert.Equal(("one", "ein"), (Name(before), Name(after)));
        }

        string Name(ReadView view)
        {
            using var key = new ByteBuffer();
            using var row = new ByteBuffer();
            Assert.True(KeyProbe.TryEncode(table.Plan, 0, [1L], key) && view.TryFind(table.Plan, 0, key.Written, row, out _));
            return (string)Row.Read(table.Schema, row.Written)["name"]!;
        }
    }

    [Fact]
    public async Task Updates_are_there_after_an_open_and_verify_is_satisfied()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(Enumerable.Range(0, 20).Select(id => EngineFixture.Row(table, id)));
            for (var id = 0; id < 20; id += 2)
                await table.UpdateAsync(EngineFixture.Row(table, id, id % 4 == 0 ? $"new {id}" : null));
            await engine.CheckpointAsync();
            await table.UpdateAsync(EngineFixture.Row(table, 1, "last"));
        }

        Assert.All((await DatabaseVerifier.VerifyAsync(fixture.Path)).Checks, static check => Assert.True(check.Passed, check.Message));
        (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            Assert.Equal(Enumerable.Range(0, 20).Select(static id => id == 1 ? "last" : id % 4 == 0 ? $"new {id}" : $"name {id}"), await NamesAsync(table));
            Assert.Equal("last", (await table.FindAsync(1L))!["name"]);
            Assert.Null(await table.FindByAsync("name", "name 1"));
        }
    }

    [Fact]
    public async Task A_feed_shows_an_update_with_both_contents()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1, "one"));
            var updated = await table.UpdateAsync(EngineFixture.Row(table, 1, "uno"));
            await foreach (var change in engine.Feed(updated.Lsn))
            {
                Assert.Equal((ChangeKind.Update, new RowId(1), "one", "uno"), (change.Kind, change.Row, change.Before!["name"], change.Values!["name"]));
                break;
            }
        }
    }

    [Theory]
    [InlineData(SafetyLevel.Full)]
    [InlineData(SafetyLevel.Unsafe)]
    public async Task Callers_that_upsert_one_key_at_once_leave_one_row_and_each_gets_through(SafetyLevel level)
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(level);
        await using (engine)
        {
            var lsns = await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(async () =>
            {
                var mine = new List<Lsn>();
                for (var round = 0; round < Rounds; round++)
                    mine.Add((await table.UpsertAsync(EngineFixture.Row(table, 1, $"{producer} {round}"))).Lsn);
                return mine;
            })));
            Assert.Equal(Producers * Rounds, lsns.SelectMany(static mine => mine).Distinct().Count());
            var names = await NamesAsync(table);
            Assert.Single(names);
            Assert.Equal((1L, engine.Visible), (await table.CountAsync(), lsns.Max(static mine => mine.Max())));
        }
    }

    [Fact]
    public async Task A_row_of_any_allowed_length_can_be_updated_and_a_feed_leaves_out_what_is_too_long()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            var blobs = await engine.TableAsync("blobs", new TableSchema([new Column("id", ColumnType.Int8), new Column("text", ColumnType.Text)], ["id"]));
            var row = blobs.NewRow();
            (row["id"], row["text"]) = (1L, new string('a', 15 << 20));
            await blobs.InsertAsync(row);
            row["text"] = new string('b', 15 << 20);
            var updated = await blobs.UpdateAsync(row);
            Assert.StartsWith("bbb", (string)(await blobs.FindAsync(1L))!["text"]!, StringComparison.Ordinal);
            await foreach (var change in engine.Feed(updated.Lsn))
            {
                Assert.Equal((ChangeKind.Update, null), (change.Kind, change.Before));
                break;
            }
        }
    }

    [Fact]
    public async Task A_typed_table_updates_upserts_and_deletes()
    {
        await using var fixture = new EngineFixture();
        var (engine, _) = await fixture.OpenAsync();
        await using (engine)
        {
            var people = await engine.TableAsync<Person>("people");
            Assert.Equal(1, (await people.UpsertAsync(new Person(1, "Ada"))).Rows);
            Assert.Equal(1, (await people.UpdateAsync(new Person(1, "Grace"))).Rows);
            Assert.Equal(0, (await people.UpdateAsync(new Person(2, "Joan"))).Rows);
            Assert.Equal(new Person(1, "Grace"), await people.FindAsync(1L));
            Assert.Equal(1, (await people.DeleteAsync(1L)).Rows);
            Assert.Equal((null, 0L), (await people.FindAsync(1L), await people.CountAsync()));
        }
    }

    private static (int Rows, Lsn Lsn) Told(CommitReceipt receipt) => (receipt.Rows, receipt.Lsn);

    private static async Task<List<string>> NamesAsync(Table table)
    {
        var names = new List<string>();
        await foreach (var row in table.ScanAsync())
            names.Add((string)row["name"]!);
        return names;
    }

    private sealed record Person([property: Key] long Id, [property: Unique] string Name);
}
