using System.Text;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests.BadInput;

/// <summary>Rows that fit their columns and break a rule with other rows, or at the end of much work. A row that refers to no row at all: <see cref="Constraints.ForeignKeyTests"/>.</summary>
public sealed class BrokenConstraintTests
{
    private const int ManyRows = 100_000;

    private static readonly Column s_name = new("name", ColumnType.Text);

    [Fact]
    public async Task The_second_row_of_a_commit_with_a_key_of_the_first_is_refused()
    {
        await using var table = await UniqueNamesAsync();
        await table.RefusesAsync(new Refusal("duplicate_key", "id", BadInputTable.Key), table.Row(1L, "one"), table.Row(2L, "two"), table.Row(1L, "three"));
        await table.RefusesAsync(new Refusal("duplicate_key", "name", "names"), table.Row(3L, "three"), table.Row(4L, "four"), table.Row(5L, "three"));
    }

    [Fact]
    public async Task A_row_with_a_key_of_an_earlier_commit_is_refused_also_after_an_open()
    {
        await using var table = await UniqueNamesAsync();
        await table.TakesAsync(table.Row(1L, "one")); // opens again
        await table.RefusesAsync(new Refusal("duplicate_key", "id", BadInputTable.Key), table.Row(2L, "two"), table.Row(1L, "three"));
        await table.RefusesAsync(new Refusal("duplicate_key", "name", "names"), table.Row(3L, "three"), table.Row(4L, "one"));
    }

    [Fact]
    public async Task Of_rows_with_one_key_from_files_and_sessions_at_once_exactly_one_is_stored()
    {
        const int Keys = 500;
        await using var table = await UniqueNamesAsync();
        var files = Enumerable.Range(0, 2).Select(file => FileAsync($"file {file}")).ToArray();
        var rows = Enumerable.Range(0, 4).Select(async writer =>
        {
            var stored = 0;
            for (var key = 0; key < Keys; key += 10)
            {
                var receipt = await table.Table.InsertAsync(Enumerable.Range(key, 10).Select(id => table.Row((long)id, $"{writer} {id}")), OnReject.RejectRow);
                Assert.All(receipt.Rejected, refused => Assert.Equal(("duplicate_key", BadInputTable.Name, BadInputTable.Key, "id"), (refused.Code, refused.Table, refused.Constraint, refused.Column)));
                Assert.Equal(10, receipt.Rows + receipt.Rejected.Count);
                stored += receipt.Rows;
            }

            return (long)stored;
        }).ToArray();
        var counts = await Task.WhenAll([.. files, .. rows]);
        Assert.Equal((Keys, Keys), (counts.Sum(), await table.Table.CountAsync()));
        Assert.Equal(Keys, (await table.RowsAsync()).Select(row => row.Split(' ')[0]).Distinct().Count());
        await table.GoesOnAsync(table.Row(-1L, "next"));

        async Task<long> FileAsync(string name)
        {
            var text = string.Join('\n', Enumerable.Range(0, Keys).Select(id => $$"""{"id":{{id}},"name":"{{name}} {{id}}"}"""));
            using var file = new MemoryStream(Encoding.UTF8.GetBytes(text));
            var report = await table.Engine.IngestAsync(file, name, BadInputTable.Name, new IngestOptions { CommitRows = 10 });
            Assert.All(report.RejectGroups, group => Assert.Equal(("duplicate_key", "id"), (group.Code, group.Column)));
            Assert.Equal(Keys, report.Rows + report.Rejected);
            return report.Rows;
        }
    }

    [Fact]
    public async Task A_constraint_that_stored_rows_break_names_them_and_leaves_the_table_as_it_was()
    {
        await using var table = await BadInputTable.OpenAsync(s_name, new Column("boss", ColumnType.Int8));
        await table.GoesOnAsync(table.Row(1L, "one", null), table.Row(2L, "one", 7L), table.Row(3L, "three", null));
        var known = await table.RowsAsync();
        var names = await (await table.Engine.AddConstraintAsync(BadInputTable.Name, new UniqueConstraint("names", "name"))).Completion;
        var check = await (await table.Engine.AddConstraintAsync(BadInputTable.Name, new CheckConstraint("short", "length(name) <= 3"))).Completion;
        var bosses = await (await table.Engine.AddConstraintAsync(BadInputTable.Name, new ForeignKey("bosses", ["boss"], BadInputTable.Name))).Completion;
        foreach (var (outcome, id, reason) in new[] { (names, 2L, "has the same value of (name)"), (check, 3L, "short"), (bosses, 2L, "the row that it refers to by (boss) is not there") })
        {
            Assert.Equal((false, 1L), (outcome.IsValid, outcome.FailingRows));
            Assert.Equal(id, Assert.Single(outcome.Failing).Row!["id"]);
            Assert.Contains(reason, outcome.Failing[0].Reason, StringComparison.Ordinal);
        }

        Assert.Equal(known, await table.RowsAsync());
        await table.GoesOnAsync(table.Row(4L, "one", 99L));
        var refused = await table.LeavesNothingBehindAsync(() => table.Engine.AddConstraintAsync(BadInputTable.Name, new CheckConstraint("c", "nothing = 1")));
        Assert.Equal(("invalid_expression", BadInputTable.Name), (refused.Code, refused.Table));
        await table.TakesAsync(table.Row(5L, "five", null)); // opens again
    }

    [Fact]
    public async Task The_key_of_a_deleted_row_is_free_for_the_next_commit_and_for_the_same_one()
    {
        await using var table = await UniqueNamesAsync();
        await table.Table.InsertAsync([table.Row(1L, "one"), table.Row(2L, "two")]);
        await table.Table.DeleteAsync(1L);
        await table.GoesOnAsync(table.Row(1L, "two again"), table.Row(3L, "one"));
        using var session = table.Engine.OpenSession();
        session.Delete(table.Table, 2L);
        session.Insert(table.Table, table.Row(2L, "zwei"));
        session.Insert(table.Table, table.Row(4L, "two"));
        Assert.Equal(2, (await session.CommitAsync()).Rows); // one row is another one now, one has come
        await table.ReopenAsync();
        await table.RefusesAsync(new Refusal("duplicate_key", "name", "names"), table.Row(5L, "five"), table.Row(6L, "two"));
    }

    // Rows do not expire here; what expires is a transaction, and no key may stay taken by what it wrote.
    [Fact]
    public async Task What_an_expired_transaction_wrote_takes_no_key()
    {
        var time = new FakeTimeProvider();
        await using var helios = await HeliosEngine.OpenInMemoryAsync(new HeliosOptions { TimeProvider = time, MaxTransactionTime = TimeSpan.FromSeconds(2) });
        var orders = await helios.TableAsync(BadInputTable.Name, new TableSchema([new Column("id", ColumnType.Int8), s_name], ["id"], [new UniqueConstraint("names", "name")]));
        await using var transaction = await helios.BeginTransactionAsync();
        transaction.Insert(orders, NewRow(orders, 1, "one"));
        time.Advance(TimeSpan.FromSeconds(3));
        var before = helios.Visible;
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await transaction.CommitAsync());
        Assert.Equal((HeliosErrorKind.Conflict, "transaction_expired", before, 0), (error.Kind, error.Code, helios.Visible, await orders.CountAsync()));
        Assert.Equal((before.Next, 1), await InsertAsync(orders, NewRow(orders, 1, "one")));
    }

    [Fact]
    public async Task A_row_that_refers_to_one_that_goes_in_the_same_commit_is_refused_in_either_order()
    {
        await using var table = await BadInputTable.OpenAsync(new TableSchema(
            [new Column("id", ColumnType.Int8), new Column("parent", ColumnType.Int8)], ["id"], foreignKeys: [new ForeignKey("up", ["parent"], "parents")]), ParentsAsync);
        foreach (var deleteFirst in new[] { true, false })
        {
            var error = await table.LeavesNothingBehindAsync(async () =>
            {
                using var session = table.Engine.OpenSession();
                if (deleteFirst)
                    session.Delete(table.Engine.FindTable("parents")!, 1L);
                session.Insert(table.Table, table.Row(7L, 1L));
                if (!deleteFirst)
                    session.Delete(table.Engine.FindTable("parents")!, 1L);
                await session.CommitAsync();
            });
            BadInputTable.AssertSays(new Refusal("foreign_key_violation", "parent", "up"), 0, error); // either call is told, the row that comes and the one that goes
            Assert.Contains("row 1: foreign key up (parent)", error.Message, StringComparison.Ordinal);
        }

        await table.GoesOnAsync(table.Row(7L, 1L));
    }

    [Fact]
    public async Task A_row_may_refer_to_itself_and_to_rows_behind_it_but_to_none_that_does_not_come()
    {
        await using var table = await BadInputTable.OpenAsync(new TableSchema(
            [new Column("id", ColumnType.Int8), new Column("parent", ColumnType.Int8)], ["id"], foreignKeys: [new ForeignKey("up", ["parent"], BadInputTable.Name)]));
        await table.TakesAsync(table.Row(1L, 1L), table.Row(2L, 3L), table.Row(3L, 2L));
        await table.RefusesAsync(new Refusal("foreign_key_violation", "parent", "up"), table.Row(4L, 4L), table.Row(5L, 6L));
        Assert.Equal(1, (await table.Table.DeleteAsync(1L)).Rows); // nothing but itself holds it
    }

    // As many rows as one commit comfortably holds, instead of a million: each is checked and entered by the same code, in the same order.
    [Fact]
    public async Task A_check_that_the_last_of_100_000_rows_breaks_takes_back_all_of_them()
    {
        await using var table = await BadInputTable.OpenAsync(new TableSchema(
            [new Column("id", ColumnType.Int8), new Column("fare", ColumnType.Int8)], ["id"], checks: [new CheckConstraint("fair", "fare >= 0")]));
        var rows = Enumerable.Range(0, ManyRows).Select(id => table.Row((long)id, (long)id)).ToArray();
        rows[^1]["fare"] = -1L;
        var error = await table.LeavesNothingBehindAsync(async () => await table.Table.InsertAsync(rows));
        BadInputTable.AssertSays(new Refusal("check_violation", "fare", "fair"), ManyRows - 1, error);
        rows[^1]["fare"] = 1L;
        Assert.Equal(ManyRows, (await table.Table.InsertAsync(rows)).Rows); // no key was left behind
    }

    // The same for a rule that only the order of commits can judge, when all other keys have been entered.
    [Fact]
    public async Task A_key_that_the_last_of_100_000_rows_repeats_takes_back_all_of_them()
    {
        await using var table = await BadInputTable.OpenAsync();
        var rows = Enumerable.Range(0, ManyRows).Select(id => table.Row((long)id)).ToArray();
        rows[^1]["id"] = 0L;
        var error = await table.LeavesNothingBehindAsync(async () => await table.Table.InsertAsync(rows));
        BadInputTable.AssertSays(new Refusal("duplicate_key", "id", BadInputTable.Key), ManyRows - 1, error);
        Assert.Equal(ManyRows - 1, (await table.Table.InsertAsync(rows[..^1])).Rows);
    }

    private static Task<BadInputTable> UniqueNamesAsync() => BadInputTable.OpenAsync(new TableSchema(
        [new Column("id", ColumnType.Int8), s_name], ["id"], [new UniqueConstraint("names", "name")]));

    private static async Task ParentsAsync(HeliosEngine engine)
    {
        var parents = await engine.TableAsync("parents", new TableSchema([new Column("id", ColumnType.Int8)], ["id"]));
        var row = parents.NewRow();
        row["id"] = 1L;
        await parents.TryInsertAsync(row);
    }

    private static Row NewRow(Table table, long id, string name)
    {
        var row = table.NewRow();
        (row["id"], row["name"]) = (id, name);
        return row;
    }

    private static async Task<(Lsn Lsn, int Rows)> InsertAsync(Table table, Row row)
    {
        var receipt = await table.InsertAsync(row);
        return (receipt.Lsn, receipt.Rows);
    }
}
