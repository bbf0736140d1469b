using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Constraints;

/// <summary>Rows that refer to rows: refused, deleted, changed or let go with them, in the same commit.</summary>
public sealed class ForeignKeyTests
{
    private static readonly TableSchema s_parents = new(
        [new Column("id", ColumnType.Int8), new Column("code", ColumnType.Text), new Column("region", ColumnType.Text)],
        ["id"], [new UniqueConstraint("code", "code")]);

    [Theory]
    [InlineData(OnReject.RejectCommit)]
    [InlineData(OnReject.RejectRow)]
    public async Task A_row_that_refers_to_no_row_is_refused_by_the_name_of_its_foreign_key(OnReject onReject)
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var (parents, children) = await TablesAsync(helios, new ForeignKey("parent", ["parent"], "parents"));
        var parent = await parents.InsertAsync(Parent(parents, 1));
        if (onReject == OnReject.RejectCommit)
        {
            var error = await Assert.ThrowsAsync<HeliosException>(async () => await children.InsertAsync([Child(children, 1, 1), Child(children, 2, 9)], onReject));
            Assert.Equal((HeliosErrorKind.Invalid, "foreign_key_violation", "children", "parent", "parent", 1), (error.Kind, error.Code, error.Table, error.Constraint, error.Column, error.Row));
            Assert.Equal((0, parent.Lsn), (await children.CountAsync(), helios.Visible));
        }
        else
        {
            var refused = Assert.Single((await children.InsertAsync([Child(children, 1, 1), Child(children, 2, 9)], onReject)).Rejected);
            Assert.Equal((1, "foreign_key_violation", "children", "parent"), (refused.Row, refused.Code, refused.Table, refused.Constraint));
            Assert.Equal(1, await children.CountAsync());
        }

        Assert.Equal(1, (await children.InsertAsync(Child(children, 3, null))).Rows); // NULL refers to nothing
    }

    // W28: a foreign key may refer to a unique key.
    [Fact]
    public async Task A_foreign_key_to_a_unique_key_looks_there_and_not_at_the_primary_key()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var parents = await helios.TableAsync("parents", s_parents);
        var children = await helios.TableAsync("children", new TableSchema(
            [new Column("id", ColumnType.Int8), new Column("code", ColumnType.Text)], ["id"], foreignKeys: [new ForeignKey("code", ["code"], "parents", ["code"]) { OnUpdate = ReferentialAction.Cascade }]));
        await parents.InsertAsync(Parent(parents, 1, "one"));
        Assert.Equal("foreign_key_violation", (await children.TryInsertAsync(Child(children, 1, "two", "code"))).Error!.Code);
        await children.InsertAsync(Child(children, 1, "one", "code"));
        Assert.Equal(2, (await parents.UpdateAsync(Parent(parents, 1, "uno"))).Rows); // the parent, and the child that takes the key over
        Assert.Equal("uno", (await children.FindAsync(1L))!["code"]);
        Assert.Equal("foreign_key_violation", (await children.TryInsertAsync(Child(children, 2, "one", "code"))).Error!.Code);
    }

    [Theory]
    [InlineData(ReferentialAction.NoAction)]
    [InlineData(ReferentialAction.Restrict)]
    public async Task A_row_that_others_refer_to_stays_where_the_foreign_key_says_so(ReferentialAction action)
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var (parents, children) = await TablesAsync(helios, new ForeignKey("parent", ["parent"], "parents") { OnDelete = action });
        await parents.InsertAsync([Parent(parents, 1), Parent(parents, 2)]);
        var last = await children.InsertAsync(Child(children, 1, 1));
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await parents.DeleteAsync(1L));
        Assert.Equal(("foreign_key_violation", "children", "parent"), (error.Code, error.Table, error.Constraint));
        Assert.Equal(last.Lsn, helios.Visible);
        Assert.Equal(1, (await parents.DeleteAsync(2L)).Rows);
        await children.DeleteAsync(1L);
        Assert.Equal(1, (await parents.DeleteAsync(1L)).Rows); // nobody refers to it any more
    }

    [Fact]
    public async Task A_row_and_those_that_refer_to_it_may_go_in_one_commit_in_any_order()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var (parents, children) = await TablesAsync(helios, new ForeignKey("parent", ["parent"], "parents"));
        await parents.InsertAsync(Parent(parents, 1));
        await children.InsertAsync([Child(children, 1, 1), Child(children, 2, 1)]);
        using var session = helios.OpenSession();
        session.Delete(parents, 1L);
        session.Delete(children, 1L);
        session.Delete(children, 2L);
        Assert.Equal(3, (await session.CommitAsync()).Rows);
        session.Insert(children, Child(children, 1, 5));
        session.Insert(parents, Parent(parents, 5));
        Assert.Equal(2, (await session.CommitAsync()).Rows); // the commit is judged by what it leaves
    }

    // W28: actions are part of the commit, go on from table to table, and keep the indexes.
    [Fact]
    public async Task A_cascade_goes_on_through_tables_and_cycles_and_keeps_their_keys_right()
    {
        await using var fixture = new EngineFixture();
        var helios = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options());
        await using (helios)
        {
            var nodes = await helios.TableAsync("nodes", Nodes);
            await nodes.InsertAsync([Node(nodes, 1, 3), Node(nodes, 2, 1), Node(nodes, 3, 2), Node(nodes, 4, 2), Node(nodes, 5, null)]);
            var deleted = await nodes.DeleteAsync(2L); // 3 and 4 refer to 2, 1 to 3, 2 to 1
            Assert.Equal((4, 1), (deleted.Rows, await nodes.CountAsync()));
            await nodes.InsertAsync([Node(nodes, 1, 1), Node(nodes, 2, 1)]); // every key is free again, also for a row that refers to itself
            Assert.Equal("foreign_key_violation", (await nodes.TryInsertAsync(Node(nodes, 7, 3))).Error!.Code);
        }

        helios = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options());
        await using (helios)
        {
            var nodes = await helios.TableAsync("nodes", Nodes);
            Assert.Equal("foreign_key_violation", (await nodes.TryInsertAsync(Node(nodes, 7, 3))).Error!.Code);
            Assert.Equal((2, 1), ((await nodes.DeleteAsync(1L)).Rows, await nodes.CountAsync()));
        }
    }

    [Fact]
    public async Task A_key_that_is_taken_over_round_a_cycle_is_taken_over_once()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var roots = await helios.TableAsync("roots", new TableSchema([new Column("id", ColumnType.Int8)], ["id"]));
        ForeignKey[] keys = [new("by_root", ["id"], "roots"), new("by_code", ["id"], "nodes", ["code"]), new("by_id", ["code"], "nodes")];
        var nodes = await helios.TableAsync("nodes", new TableSchema([new Column("id", ColumnType.Int8), new Column("code", ColumnType.Int8)], ["id"], [new UniqueConstraint("code", "code")],
            foreignKeys: [.. keys.Select(static key => key with { OnUpdate = ReferentialAction.Cascade })]));
        var root = roots.NewRow();
        root["id"] = 1L;
        await roots.InsertAsync(root);
        await nodes.InsertAsync(Child(nodes, 1, 1L, "code"));
        var changed = await roots.UpdateWhereAsync(static _ => true, static row =>
        {
            row["id"] = 2L;
            return row;
        });
        Assert.Equal((2, 2L), (changed.Rows, (await nodes.FindAsync(2L))!["code"]));
    }

    [Fact]
    public async Task Set_null_lets_go_and_a_column_that_takes_no_null_refuses_the_whole_commit()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var (parents, children) = await TablesAsync(helios, new ForeignKey("parent", ["parent"], "parents") { OnDelete = ReferentialAction.SetNull });
        await parents.InsertAsync(Parent(parents, 1));
        await children.InsertAsync([Child(children, 1, 1), Child(children, 2, 1)]);
        Assert.Equal(3, (await parents.DeleteAsync(1L)).Rows);
        Assert.Null((await children.FindAsync(1L))!["parent"]);
        Assert.Equal(2, await children.CountAsync());
        var feed = helios.Feed(Lsn.Zero).GetAsyncEnumerator();
        var kinds = new List<ChangeKind>();
        while (kinds.Count < 6 && await feed.MoveNextAsync())
            kinds.Add(feed.Current.Kind);
        await feed.DisposeAsync();
        Assert.Equal([ChangeKind.Insert, ChangeKind.Insert, ChangeKind.Insert, ChangeKind.Delete, ChangeKind.Update, ChangeKind.Update], kinds);
    }

    [Fact]
    public async Task A_child_that_comes_while_its_parent_goes_is_not_left_behind()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var (parents, children) = await TablesAsync(helios, new ForeignKey("parent", ["parent"], "parents") { OnDelete = ReferentialAction.Cascade });
        for (var round = 0; round < 100; round++)
        {
            await parents.InsertAsync(Parent(parents, round));
            var inserts = Enumerable.Range(0, 3).Select(i => children.TryInsertAsync(Child(children, round * 10 + i, round)).AsTask()).ToArray();
            var deleted = parents.DeleteAsync((long)round).AsTask();
            await Task.WhenAll([.. inserts, deleted]);
            Assert.All(inserts, insert => Assert.True(insert.Result.Error is null or { Code: "foreign_key_violation" }, insert.Result.Error?.ToString()));
        }

        Assert.Equal((0, 0), (await parents.CountAsync(), await children.CountAsync()));
    }

    [Fact]
    public async Task A_refused_parent_keeps_its_children_where_single_rows_are_refused()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var parents = await helios.TableAsync("parents", s_parents);
        var loose = await helios.TableAsync("loose", Referring(new ForeignKey("loose", ["parent"], "parents") { OnDelete = ReferentialAction.Cascade }));
        var strict = await helios.TableAsync("strict", Referring(new ForeignKey("strict", ["parent"], "parents")));
        await parents.InsertAsync([Parent(parents, 1), Parent(parents, 2)]);
        await loose.InsertAsync([Child(loose, 1, 1), Child(loose, 2, 2)]);
        await strict.InsertAsync(Child(strict, 1, 1));
        using var session = helios.OpenSession();
        session.Delete(parents, 1L);
        session.Delete(parents, 2L);
        var receipt = await session.CommitAsync(onReject: OnReject.RejectRow);
        Assert.Equal((2, 0, "strict"), (receipt.Rows, Assert.Single(receipt.Rejected).Row, receipt.Rejected[0].Constraint));
        Assert.NotNull(await loose.FindAsync(1L));
        Assert.Null(await loose.FindAsync(2L));
    }

    private static TableSchema Nodes => new(
        [new Column("id", ColumnType.Int8), new Column("parent", ColumnType.Int8)], ["id"], foreignKeys: [new ForeignKey("up", ["parent"], "nodes") { OnDelete = ReferentialAction.Cascade }]);

    private static TableSchema Referring(ForeignKey key) => new([new Column("id", ColumnType.Int8), new Column("parent", ColumnType.Int8)], ["id"], foreignKeys: [key]);

    private static async Task<(Table Parents, Table Children)> TablesAsync(HeliosEngine helios, ForeignKey key) =>
        (await helios.TableAsync("parents", s_parents), await helios.TableAsync("children", Referring(key)));

    private static Row Parent(Table table, long id, string? code = null)
    {
        var row = table.NewRow();
        (row["id"], row["code"]) = (id, code ?? $"code {id}");
        return row;
    }

    private static Row Child(Table table, long id, object? parent, string column = "parent")
    {
        var row = table.NewRow();
        (row["id"], row[column]) = (id, parent is int number ? (long)number : parent);
        return row;
    }

    private static Row Node(Table table, long id, long? parent) => Child(table, id, parent);
}
