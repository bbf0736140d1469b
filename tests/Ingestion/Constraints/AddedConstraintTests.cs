using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Constraints;

/// <summary>Constraints that are added to tables with rows.</summary>
public sealed class AddedConstraintTests
{
    private static readonly TableSchema s_people = new(
        [new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text), new Column("age", ColumnType.Int4), new Column("boss", ColumnType.Int8)], ["id"]);

    [Fact]
    public async Task A_condition_holds_for_new_rows_at_once_and_is_valid_when_the_old_ones_meet_it()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var people = await PeopleAsync(helios, 3_000);
        var pending = await helios.AddConstraintAsync("people", new CheckConstraint("adult", "age >= 18"));
        await RefusedAsync("check_violation", "adult", async () => await people.InsertAsync(Person(people, 5_000, age: 17)));
        var outcome = await pending.Completion;
        Assert.True(outcome.IsValid);
        Assert.Empty(outcome.Failing);
        Assert.Equal(3_000, pending.RowsRead);
        Assert.Empty(helios.PendingConstraints);
        Assert.Equal("adult", Assert.Single(people.Schema.Checks).Name);
        await RefusedAsync("check_violation", "adult", async () => await people.UpsertAsync(Person(people, 1, age: 17)));
        await people.InsertAsync(Person(people, 5_000, age: 18));
    }

    [Fact]
    public async Task A_constraint_that_rows_do_not_meet_is_dropped_and_says_which()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var people = await PeopleAsync(helios, 1_500);
        await people.InsertAsync([Person(people, 2_001, age: 3), Person(people, 2_002, age: 4), Person(people, 2_003, name: "name 7")]);

        var outcome = await (await helios.AddConstraintAsync("people", new CheckConstraint("adult", "age >= 18"))).Completion;
        Assert.Equal((false, 2L), (outcome.IsValid, outcome.FailingRows));
        Assert.Equal([2_001L, 2_002L], outcome.Failing.Select(f => (long)f.Row!["id"]!));
        Assert.Contains("adult", outcome.Failing[0].Reason, StringComparison.Ordinal);

        outcome = await (await helios.AddConstraintAsync("people", new UniqueConstraint("names", "name"))).Completion;
        Assert.Equal((false, 2_003L), (outcome.IsValid, (long)Assert.Single(outcome.Failing).Row!["id"]!));
        Assert.Contains("has the same value of (name)", outcome.Failing[0].Reason, StringComparison.Ordinal);

        outcome = await (await helios.AddConstraintAsync("people", new ForeignKey("bosses", ["boss"], "people"))).Completion;
        Assert.True(outcome.IsValid); // NULL refers to nothing
        await people.UpsertAsync(Person(people, 2_001, boss: 1));
        await helios.DropConstraintAsync("people", "bosses");
        await people.UpsertAsync(Person(people, 2_002, boss: 77_777));
        outcome = await (await helios.AddConstraintAsync("people", new ForeignKey("bosses", ["boss"], "people"))).Completion;
        Assert.Equal((false, 2_002L), (outcome.IsValid, (long)Assert.Single(outcome.Failing).Row!["id"]!));

        Assert.Empty(people.Schema.Checks);
        Assert.Empty(people.Schema.Unique);
        Assert.Empty(people.Schema.ForeignKeys);
        await people.InsertAsync(Person(people, 2_004, age: 1, name: "name 7", boss: 88_888));
    }

    [Fact]
    public async Task A_unique_constraint_knows_the_old_rows_when_it_is_valid_and_can_be_searched_then()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var people = await PeopleAsync(helios, 2_500);
        await using (var before = await helios.BeginTransactionAsync())
        {
            await before.FindAsync(people, 1L);
            Assert.True((await (await helios.AddConstraintAsync("people", new UniqueConstraint("names", "name"))).Completion).IsValid);
            Assert.Equal(HeliosErrorKind.Conflict, (await Assert.ThrowsAsync<HeliosException>(async () => await before.FindByAsync(people, "names", "name 9"))).Kind);
        }

        await RefusedAsync("duplicate_key", "names", async () => await people.InsertAsync(Person(people, 9_000, name: "name 2400")));
        Assert.Equal(2_400L, (await people.FindByAsync("names", "name 2400"))!["id"]);
        await people.UpsertAsync(Person(people, 2_400, name: "other"));
        await people.InsertAsync(Person(people, 9_000, name: "name 2400"));
        await people.DeleteAsync(9_000L);
        Assert.Null(await people.FindByAsync("names", "name 2400"));
    }

    [Fact]
    public async Task A_foreign_key_binds_the_old_rows_when_it_is_valid()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var people = await PeopleAsync(helios, 2_000);
        await people.UpsertAsync(Person(people, 1_500, boss: 3));
        Assert.True((await (await helios.AddConstraintAsync("people", new ForeignKey("bosses", ["boss"], "people") { OnDelete = ReferentialAction.SetNull })).Completion).IsValid);
        await RefusedAsync("foreign_key_violation", "bosses", async () => await people.InsertAsync(Person(people, 3_000, boss: 9_999)));
        await people.DeleteAsync(3L);
        Assert.Null((await people.FindAsync(1_500L))!["boss"]);
    }

    [Fact]
    public async Task A_constraint_of_another_tables_foreign_key_is_not_dropped()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        await PeopleAsync(helios, 10);
        Assert.True((await (await helios.AddConstraintAsync("people", new UniqueConstraint("names", "name"))).Completion).IsValid);
        await helios.TableAsync("pets", new TableSchema([new Column("owner", ColumnType.Text)], foreignKeys: [new ForeignKey("owners", ["owner"], "people", ["name"])]));
        var before = helios.Visible;
        await RefusedAsync("constraint_in_use", "owners", () => helios.DropConstraintAsync("people", "names"));
        await RefusedAsync("unknown_constraint", "nothing", () => helios.DropConstraintAsync("people", "nothing"));
        await RefusedAsync("invalid_expression", "c", () => helios.AddConstraintAsync("people", new CheckConstraint("c", "nothing > 1")));
        await Assert.ThrowsAsync<ArgumentException>(() => helios.AddConstraintAsync("people", new CheckConstraint("names", "age > 1")));
        Assert.Equal("unknown_table", (await Assert.ThrowsAsync<HeliosException>(() => helios.DropConstraintAsync("no", "names"))).Code);
        Assert.Equal(before, helios.Visible);
        await helios.DropConstraintAsync("pets", "owners");
        await helios.DropConstraintAsync("people", "names");
    }

    [Fact]
    public async Task What_was_added_and_dropped_is_so_after_the_next_open_too()
    {
        await using var fixture = new EngineFixture();
        await using (var helios = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Batched)))
        {
            var people = await PeopleAsync(helios, 1_200);
            await (await helios.AddConstraintAsync("people", new UniqueConstraint("names", "name"))).Completion;
            await (await helios.AddConstraintAsync("people", new UniqueConstraint("ages", "id", "age"))).Completion;
            await people.UpsertAsync(Person(people, 5, name: "five"));
            await helios.DropConstraintAsync("people", "ages");
            await people.DeleteAsync(6L);
            await SameAsync(DatabaseFiles.Copy(fixture.Path, Path.Combine(fixture.Path, "killed"))); // all of it is in the log alone
        }

        await SameAsync(fixture.Path);
        Assert.True((await DatabaseVerifier.VerifyAsync(fixture.Path)).IsSound);

        static async Task SameAsync(string path)
        {
            await using var helios = await HeliosEngine.OpenAsync(path);
            var people = helios.FindTable("people")!;
            Assert.Equal("names", Assert.Single(people.Schema.Unique).Name);
            Assert.Empty(helios.PendingConstraints);
            Assert.Equal(1_200L, (await people.FindByAsync("names", "name 1200"))!["id"]);
            await RefusedAsync("duplicate_key", "names", async () => await people.InsertAsync(Person(people, 9_000, name: "five")));
            await people.InsertAsync(Person(people, 9_000, name: "name 6"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rows_that_could_not_be_looked_at_to_the_end_are_looked_at_when_the_engine_goes_on(bool opensAgain)
    {
        await using var fixture = new EngineFixture();
        var helios = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options());
        await using (helios)
        {
            var people = await PeopleAsync(helios, 1_200);
            // Altering the table is one write to the log; making the constraint valid is the next.
            fixture.Files.Fail(FileCall.Write, errno: 28, nth: 2, forEver: true, path: ".wal");
            var pending = await helios.AddConstraintAsync("people", new UniqueConstraint("names", "name"));
            Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => pending.Completion)).Code);
            Assert.Equal("names", Assert.Single(helios.PendingConstraints).Name);
            fixture.Files.Heal();
            if (!opensAgain)
                await CheckAsync(helios, resume: true);
        }

        if (opensAgain)
        {
            await using var again = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options());
            await CheckAsync(again, resume: false);
        }

        Assert.True((await DatabaseVerifier.VerifyAsync(fixture.Path)).IsSound);

        static async Task CheckAsync(HeliosEngine helios, bool resume)
        {
            if (resume)
                await helios.ResumeAsync();
            foreach (var pending in helios.PendingConstraints)
                Assert.True((await pending.Completion).IsValid);
            var people = helios.FindTable("people")!;
            Assert.Equal(700L, (await people.FindByAsync("names", "name 700"))!["id"]);
            await RefusedAsync("duplicate_key", "names", async () => await people.InsertAsync(Person(people, 9_000, name: "name 700")));
        }
    }

    [Fact]
    public async Task A_constraint_that_a_full_disk_refused_is_not_there_and_can_be_added_again()
    {
        await using var fixture = new EngineFixture();
        await using (var helios = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options()))
        {
            var people = await PeopleAsync(helios, 1_200);
            fixture.Files.Fail(FileCall.Write, errno: 28, forEver: true, path: ".wal");
            Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => helios.AddConstraintAsync("people", new UniqueConstraint("names", "name")))).Code);
            fixture.Files.Heal();
            await helios.ResumeAsync();
            Assert.Empty(people.Schema.Unique);
            Assert.Empty(helios.PendingConstraints);
            await people.InsertAsync(Person(people, 5_000, name: "name 7"));
            Assert.False((await (await helios.AddConstraintAsync("people", new UniqueConstraint("names", "name"))).Completion).IsValid);
            await people.DeleteAsync(5_000L);
            Assert.True((await (await helios.AddConstraintAsync("people", new UniqueConstraint("names", "name"))).Completion).IsValid);
        }

        await using var again = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options());
        Assert.Equal(7L, (await again.FindTable("people")!.FindByAsync("names", "name 7"))!["id"]);
        Assert.True(again.Inspect().Recovery.WasClean);
    }

    [Fact]
    public async Task An_index_snapshot_from_before_a_change_is_not_used_and_one_from_after_it_has_the_new_index()
    {
        await using var fixture = new EngineFixture();
        await using var helios = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Batched));
        var people = await PeopleAsync(helios, 1_200);
        Assert.NotNull(await helios.SnapshotIndexesAsync());
        await (await helios.AddConstraintAsync("people", new UniqueConstraint("names", "name"))).Completion;
        await people.UpsertAsync(Person(people, 5, name: "five"));
        await helios.CheckpointAsync(); // the change is in the store, the snapshot behind it
        await SameAsync(DatabaseFiles.Copy(fixture.Path, Path.Combine(fixture.Path, "before")), isUsed: false);

        Assert.NotNull(await helios.SnapshotIndexesAsync());
        await SameAsync(DatabaseFiles.Copy(fixture.Path, Path.Combine(fixture.Path, "after")), isUsed: true);

        static async Task SameAsync(string path, bool isUsed)
        {
            await using var opened = await HeliosEngine.OpenAsync(path);
            Assert.Equal(isUsed, opened.Recovered.Report.Indexes.Snapshot is not null);
            var rows = opened.FindTable("people")!;
            await SameAsRowsAsync(rows);
            await RefusedAsync("duplicate_key", "names", async () => await rows.InsertAsync(Person(rows, 9_000, name: "five")));
        }
    }

    [Fact]
    public async Task A_database_without_a_log_keeps_added_constraints()
    {
        await using var fixture = new EngineFixture();
        var options = fixture.Options(SafetyLevel.Unsafe) with { WithoutLog = true };
        await using (var helios = await HeliosEngine.OpenAsync(fixture.Path, options))
        {
            await PeopleAsync(helios, 1_200);
            Assert.True((await (await helios.AddConstraintAsync("people", new UniqueConstraint("names", "name"))).Completion).IsValid);
            Assert.True((await (await helios.AddConstraintAsync("people", new CheckConstraint("adult", "age >= 18"))).Completion).IsValid);
        }

        await using var again = await HeliosEngine.OpenAsync(fixture.Path, options);
        var people = again.FindTable("people")!;
        await SameAsRowsAsync(people);
        await RefusedAsync("duplicate_key", "names", async () => await people.InsertAsync(Person(people, 9_000, name: "name 1200")));
        await RefusedAsync("check_violation", "adult", async () => await people.InsertAsync(Person(people, 9_000, age: 1)));
    }

    [Fact]
    public async Task Whatever_is_written_meanwhile_the_index_is_the_rows_when_it_is_valid()
    {
        var seed = TestSeed.Next();
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var people = await PeopleAsync(helios, 20_000);
        for (var round = 0; round < 3; round++)
        {
            using var enough = new CancellationTokenSource();
            var writers = Enumerable.Range(0, 3).Select(writer => WriteAsync(people, new Random(seed + (round * 3) + writer), writer, enough.Token)).ToArray();
            var outcome = await (await helios.AddConstraintAsync("people", new UniqueConstraint("names", "name"))).Completion;
            await enough.CancelAsync();
            await Task.WhenAll(writers);
            Assert.True(outcome.IsValid, $"HELIOS_SEED={seed}: {outcome.FailingRows} rows");
            await SameAsRowsAsync(people);
            await helios.DropConstraintAsync("people", "names");
        }

        static async Task WriteAsync(Table people, Random random, int writer, CancellationToken enough)
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                var id = (random.Next(8_000) * 3L) + writer; // of each row one writer only, so that no two names meet
                switch (random.Next(3))
                {
                    case 0:
                        await people.UpsertAsync(Person(people, id, name: $"name {id}"), CancellationToken.None);
                        break;
                    case 1:
                        await people.UpsertAsync(Person(people, id, name: $"other {id} {i % 3}", age: i), CancellationToken.None);
                        break;
                    default:
                        await people.DeleteAsync(id);
                        break;
                }
            }
        }
    }

    /// <summary>Every row is found by the added constraint, and its index has no more keys.</summary>
    internal static async Task SameAsRowsAsync(Table people, string constraint = "names")
    {
        var rows = 0L;
        await foreach (var row in people.ScanAsync())
        {
            Assert.Equal(row["id"], (await people.FindByAsync(constraint, row["name"]!))!["id"]);
            rows++;
        }

        Assert.Equal(rows, people.Plan.Trees[people.Plan.PlaceOf(people.Plan.Definition.Indexes.Single(i => i.Name == constraint).Id)].Count);
    }

    private static async Task<Table> PeopleAsync(HeliosEngine helios, int rows)
    {
        var people = await helios.TableAsync("people", s_people);
        await people.InsertAsync(Enumerable.Range(1, rows).Select(id => Person(people, id)));
        return people;
    }

    private static Row Person(Table people, long id, int age = 30, string? name = null, long? boss = null)
    {
        var row = people.NewRow();
        (row["id"], row["name"], row["age"], row["boss"]) = (id, name ?? $"name {id}", age, boss);
        return row;
    }

    private static async Task RefusedAsync(string code, string constraint, Func<Task> write)
    {
        var error = await Assert.ThrowsAsync<HeliosException>(write);
        Assert.Equal((code, constraint), (error.Code, error.Constraint));
    }
}
