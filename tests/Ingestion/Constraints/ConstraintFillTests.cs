using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests.Constraints;

/// <summary>What happens between two looks at the rows from before a constraint was added.</summary>
public sealed class ConstraintFillTests
{
    private static readonly TableSchema s_people = new([new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text), new Column("age", ColumnType.Int4)], ["id"]);

    [Fact]
    public async Task A_key_that_was_given_up_while_an_older_reader_still_sees_it_goes_to_the_row_that_shared_it()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var people = await PeopleAsync(helios, (1, "x", 30), (2, "x", 30), (3, "y", 30));
        await using var older = await helios.BeginTransactionAsync();
        await older.FindAsync(people, 3L);
        var result = await FillAsync(helios, people, known => SchemaChange.Add(known, new UniqueConstraint("c", "name")), async () =>
        {
            await people.DeleteAsync(1L);
            await people.InsertAsync(Person(people, 4, "z", 30));
            await people.DeleteAsync(4L);
        });
        Assert.True(result.IsValid);
        Assert.Equal(2L, (await people.FindByAsync("c", "x"))!["id"]);
        Assert.Null(await people.FindByAsync("c", "z"));
        await people.UpsertAsync(Person(people, 2, "w", 30)); // the entry is the row's: it can be given up again
        await people.InsertAsync(Person(people, 5, "x", 30));
        Assert.Equal(EngineState.Running, helios.State);
    }

    [Fact]
    public async Task Where_all_rows_that_did_not_meet_it_are_mended_those_behind_them_are_still_looked_at()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var people = await PeopleAsync(helios, [.. Enumerable.Range(1, 5_000).Select(static id => ((long)id, $"name {id}", id % 100 == 0 ? 5 : 30))]);
        var looks = 0;
        var result = await FillAsync(helios, people, static known => SchemaChange.Add(known, new CheckConstraint("c", "age >= 18")), async () =>
        {
            if (looks++ < 2)
                await people.UpdateWhereAsync(static row => (int)row["age"]! < 18 && (long)row["id"]! <= 3_000, Grown);
        });
        Assert.False(result.IsValid);
        Assert.Equal(Enumerable.Range(31, (int)result.Count).Select(static n => new RowId((ulong)n * 100)), result.Failing.Select(static f => f.Row));

        await people.UpdateWhereAsync(static row => (int)row["age"]! < 18, Grown);
        Assert.True((await FillAsync(helios, people, static known => SchemaChange.Add(known, new CheckConstraint("c", "age >= 18")))).IsValid);
    }

    [Fact]
    public async Task A_constraint_that_is_dropped_and_added_again_meanwhile_is_not_made_valid_by_the_first_look()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var people = await PeopleAsync(helios, (1, "x", 30));
        PendingConstraint? second = null;
        var first = await RunAsync(helios, people, static known => SchemaChange.Add(known, new CheckConstraint("c", "age >= 18")), async () =>
        {
            await helios.DropConstraintAsync("people", "c");
            await people.InsertAsync(Person(people, 2, "y", 5));
            second = await helios.AddConstraintAsync("people", new CheckConstraint("c", "age >= 18"));
        });
        Assert.Null(first);
        Assert.False((await second!.Completion).IsValid);
    }

    [Fact]
    public async Task Writers_go_on_while_a_constraint_is_pending_and_it_cannot_be_searched_or_referred_to()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var people = await PeopleAsync(helios, [.. Enumerable.Range(1, 3_000).Select(static id => ((long)id, $"name {id}", 30))]);
        await AddAsync(helios, people, static known => SchemaChange.Add(known, new UniqueConstraint("c", "name")));
        await people.UpsertAsync(Person(people, 2_000, "moved", 30));
        await people.UpsertAsync(Person(people, 2_001, "name 2000", 30));
        await people.DeleteAsync(2_002L);
        await people.UpsertAsync(Person(people, 2_003, "name 2003", 31));
        await people.InsertAsync(Person(people, 6_000, "name 2002", 30));
        Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(async () => await people.InsertAsync(Person(people, 6_001, "moved", 30)))).Code);
        await helios.TransactAsync((transaction, _) =>
        {
            transaction.Insert(people, Person(people, 6_002, "in a transaction", 30));
            return default;
        });
        await PendingAsync(async () => await people.FindByAsync("c", "name 1"));
        await PendingAsync(() => helios.TableAsync("pets", new TableSchema([new Column("owner", ColumnType.Text)], foreignKeys: [new ForeignKey("owners", ["owner"], "people", ["name"])])));

        Assert.True((await new ConstraintFill(helios.Recovered, people.Plan.Definition.Id, "c", NullLogger.Instance).RunAsync(default))!.IsValid);
        await AddedConstraintTests.SameAsRowsAsync(people, "c");
        Assert.Null(await people.FindByAsync("c", "name 2001"));

        static async Task PendingAsync(Func<Task> work) => Assert.Equal("constraint_pending", (await Assert.ThrowsAsync<HeliosException>(work)).Code);
    }

    [Fact]
    public async Task A_transaction_that_meets_the_change_of_its_table_begins_again()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var people = await PeopleAsync(helios, (1, "x", 30), (2, "y", 30));
        await using var before = await helios.BeginTransactionAsync();
        await before.FindAsync(people, 1L);
        await AddAsync(helios, people, static known => SchemaChange.Add(known, new UniqueConstraint("c", "name")));
        await ConflictAsync(async () => await before.FindAsync(people, 2L));
        await using var during = await helios.BeginTransactionAsync();
        during.Insert(people, Person(people, 3, "z", 30));
        Assert.Equal("constraint_pending", (await Assert.ThrowsAsync<HeliosException>(async () => await during.FindByAsync(people, "c", "x"))).Code);
        Assert.True((await new ConstraintFill(helios.Recovered, people.Plan.Definition.Id, "c", NullLogger.Instance).RunAsync(default))!.IsValid);
        await ConflictAsync(async () => await during.CommitAsync());
        Assert.Equal(2, await people.CountAsync());

        static async Task ConflictAsync(Func<Task> work) => Assert.Equal("conflict", (await Assert.ThrowsAsync<HeliosException>(work)).Code);
    }

    [Fact]
    public async Task A_transaction_that_has_seen_keys_of_a_constraint_that_is_dropped_meets_a_conflict()
    {
        await using var fixture = new EngineFixture();
        await using var helios = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options() with { MaxIndexBytes = 1 << 20 });
        var people = await PeopleAsync(helios, (1, "x", 30));
        Assert.True((await (await helios.AddConstraintAsync("people", new UniqueConstraint("names", "name"))).Completion).IsValid);
        await using var transaction = await helios.BeginTransactionAsync();
        transaction.Insert(people, Person(people, 2, "y", 30));
        await helios.DropConstraintAsync("people", "names");
        Assert.Equal("conflict", (await Assert.ThrowsAsync<HeliosException>(async () => await transaction.CommitAsync())).Code);
        Assert.Equal(EngineState.Running, helios.State);
        Assert.Equal(1, await people.CountAsync());
    }

    private static Row Grown(Row row)
    {
        row["age"] = 40;
        return row;
    }

    private static async Task<FillResult> FillAsync(HeliosEngine helios, Table table, Func<TableDefinition, TableDefinition> add, Func<Task>? between = null) =>
        await RunAsync(helios, table, add, between) ?? throw new InvalidOperationException("The constraint has gone.");

    private static async Task<FillResult?> RunAsync(HeliosEngine helios, Table table, Func<TableDefinition, TableDefinition> add, Func<Task>? between)
    {
        await AddAsync(helios, table, add);
        return await new ConstraintFill(helios.Recovered, table.Plan.Definition.Id, "c", NullLogger.Instance) { MaxFailing = 10, BeforeSecondLook = between }.RunAsync(default);
    }

    /// <summary>The constraint is there, and nobody looks at the rows from before yet.</summary>
    private static Task AddAsync(HeliosEngine helios, Table table, Func<TableDefinition, TableDefinition> add) =>
        SchemaCommit.AlterAsync(helios.WritePath, helios.Parts.Plans, table.Plan.Definition.Id, add, default);

    private static async Task<Table> PeopleAsync(HeliosEngine helios, params (long Id, string Name, int Age)[] rows)
    {
        var people = await helios.TableAsync("people", s_people);
        await people.InsertAsync(rows.Select(row => Person(people, row.Id, row.Name, row.Age)));
        return people;
    }

    private static Row Person(Table people, long id, string name, int age)
    {
        var row = people.NewRow();
        (row["id"], row["name"], row["age"]) = (id, name, age);
        return row;
    }
}
