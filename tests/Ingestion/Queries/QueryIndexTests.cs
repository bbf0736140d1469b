using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Queries by indexes that share keys among rows, by lists too long for single ranges, and by indexes that are younger than the reader.</summary>
public sealed class QueryIndexTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();
    private HeliosEngine _engine = null!;

    public async Task InitializeAsync() => _engine = await HeliosEngine.OpenAsync(_fixture.Path, Options());

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task Rows_that_share_a_key_of_a_foreign_key_are_found_once_each_whatever_changes()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        await FamiliesAsync(_engine);
        var children = await ChildrenAsync(_engine);
        var (ids, snapshots) = (0L, new List<ReadSnapshot>());
        for (var step = 0; step < 30; step++)
        {
            await children.InsertAsync(Enumerable.Range(0, 20).Select(i => Child(children, ids + i, random)));
            ids += 20;
            for (var i = 0; i < 10; i++)
                await children.UpsertAsync(Child(children, random.NextInt64(ids), random));
            await children.DeleteAsync(random.NextInt64(ids));
            snapshots.Add(_engine.OpenSnapshot());
            foreach (var snapshot in snapshots.Skip(step - 2))
                await CheckAsync(children, snapshot, random, $"HELIOS_SEED={seed}, step {step}");
            if (step % 5 == 0)
                await _engine.ConsolidateFiltersAsync();
        }

        snapshots.ForEach(static s => s.Dispose());
        var killed = DatabaseFiles.Copy(_fixture.Path, Path.Combine(_fixture.Path, "killed"));
        await using var again = await HeliosEngine.OpenAsync(killed, Options());
        using var now = again.OpenSnapshot();
        await CheckAsync(again.FindTable("children")!, now, random, $"HELIOS_SEED={seed}, after a kill");
        await again.FindTable("children")!.UpsertAsync(Child(again.FindTable("children")!, 1, random));
        using var later = again.OpenSnapshot();
        await CheckAsync(again.FindTable("children")!, later, random, $"HELIOS_SEED={seed}, and a change");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lists_with_more_values_than_ranges_are_walked_from_end_to_end(bool isDescending)
    {
        var table = await _engine.TableAsync("pairs", new TableSchema([new Column("a", ColumnType.Int4), new Column("b", ColumnType.Int4)], ["a", "b"]));
        await table.InsertAsync(Enumerable.Range(0, 6_000).Select(i =>
        {
            var row = table.NewRow();
            (row["a"], row["b"]) = (i % 3, i / 3);
            return row;
        }));
        var list = string.Join(", ", Enumerable.Range(200, 1_100).Select(i => i * 2 - 400 + 3));
        foreach (var part in new[] { "a = 1", "a IN (0, 2)", "a < 2" })
        {
            var query = table.Where($"{part} AND b IN ({list})");
            var unsorted = (await query.ToListAsync()).Select(r => ((int)r["a"]!, (int)r["b"]!)).ToList();
            var expected = Enumerable.Range(0, 6_000).Select(i => (A: i % 3, B: i / 3)).Where(r => r.B >= 3 && (r.B - 3) % 2 == 0 && (r.B - 3) / 2 < 1_100 && (part == "a = 1" ? r.A == 1 : part == "a < 2" ? r.A < 2 : r.A != 1)).Order().ToList();
            Assert.Equal(expected, unsorted.Order());
            var ordered = isDescending ? query.OrderByDescending("a").ThenByDescending("b") : query.OrderBy("a").ThenBy("b");
            if (isDescending)
                expected.Reverse();
            Assert.False(ordered.Explain().SortsInMemory);
            Assert.Equal(expected, (await ordered.ToListAsync()).Select(r => ((int)r["a"]!, (int)r["b"]!)));
            var (a, b) = expected[expected.Count / 3];
            Assert.Equal(expected.Skip((expected.Count / 3) + 1), (await ordered.After(a, b).ToListAsync()).Select(r => ((int)r["a"]!, (int)r["b"]!)));
        }
    }

    [Fact]
    public async Task A_snapshot_older_than_a_table_or_a_constraint_is_answered_without_their_indexes()
    {
        var table = await _engine.TableAsync("people", new TableSchema([new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text)], ["id"]));
        await table.InsertAsync(Enumerable.Range(0, 500).Select(i => EngineFixture.Row(table, i)));
        using var before = _engine.OpenSnapshot();
        await table.DeleteAsync(5L);
        Assert.True((await (await _engine.AddConstraintAsync("people", new UniqueConstraint("names", "name"))).Completion).IsValid);
        var pets = await _engine.TableAsync("pets", EngineFixture.Schema);
        await pets.InsertAsync(Enumerable.Range(0, 500).Select(i => EngineFixture.Row(pets, i)));

        Assert.Equal(QueryAccess.Lookup, table.Where("name = 'name 7'").Explain().Access);
        var old = table.Where("name = 'name 5'").At(before);
        Assert.Equal(QueryAccess.TableScan, old.Explain().Access);
        Assert.Contains("names", Assert.Single(old.Explain().Notes), StringComparison.Ordinal);
        Assert.Equal(5L, (await old.FirstOrDefaultAsync())!["id"]);
        Assert.Null(await table.Where("name = 'name 5'").FirstOrDefaultAsync());
        Assert.Equal("name 5", (await table.Where("name >= 'name 5'").OrderBy("name").Take(1).At(before).ToListAsync())[0]["name"]);
        Assert.Empty(await pets.Where("id >= 0").OrderByDescending("id").Take(5).At(before).ToListAsync());
        Assert.Empty(await pets.Where("name > 'a'").At(before).ToListAsync());
        Assert.Null(await pets.Where("id = 3").At(before).FirstOrDefaultAsync());
        Assert.Equal(0, await pets.Query().At(before).CountAsync());
    }

    private HeliosOptions Options() => _fixture.Options(SafetyLevel.Unsafe) with { Filters = new BlockFilterOptions { BlockRows = 100, ConsolidationInterval = TimeSpan.FromDays(1) } };

    private static async Task FamiliesAsync(HeliosEngine engine)
    {
        var families = await engine.TableAsync("families", new TableSchema([new Column("id", ColumnType.Text)], ["id"]));
        await families.InsertAsync(Enumerable.Range(0, 6).Select(i =>
        {
            var row = families.NewRow();
            row["id"] = Family(i);
            return row;
        }));
    }

    private static string Family(int i) => i == 0 ? "" : new string('a', i);

    private static Task<Table> ChildrenAsync(HeliosEngine engine) => engine.TableAsync("children", new TableSchema(
        [new Column("id", ColumnType.Int8), new Column("family", ColumnType.Text) { IsNullable = true }, new Column("age", ColumnType.Int4)], ["id"],
        foreignKeys: [new ForeignKey("family", ["family"], "families")]));

    private static Row Child(Table table, long id, Random random)
    {
        var row = table.NewRow();
        row["id"] = id;
        row["family"] = random.Next(7) is var i and < 6 ? Family(i) : null;
        row["age"] = random.Next(100);
        return row;
    }

    private static async Task CheckAsync(Table table, ReadSnapshot snapshot, Random random, string where)
    {
        var all = (await table.Query().At(snapshot).ToListAsync()).Select(r => (Id: (long)r["id"]!, Family: (string?)r["family"])).ToList();
        var (one, other) = (Family(random.Next(6)), Family(random.Next(6)));
        foreach (var (condition, holds) in new (string, Func<string?, bool>)[]
        {
            ($"family = '{one}'", f => f == one),
            ($"family IN ('{one}', '{other}', 'b')", f => f == one || f == other),
            ($"family > '{one}'", f => string.CompareOrdinal(f, one) > 0 && f is not null),
            ($"family <= '{one}'", f => f is not null && string.CompareOrdinal(f, one) <= 0),
            ($"family LIKE '{one}%'", f => f?.StartsWith(one, StringComparison.Ordinal) == true),
            ("family IS NOT NULL", f => f is not null),
        })
        {
            var query = table.Where(condition).At(snapshot);
            var expected = all.Where(r => holds(r.Family)).ToList();
            var found = (await query.ToListAsync()).Select(r => (long)r["id"]!).ToList();
            Assert.True(expected.Select(r => r.Id).Order().SequenceEqual(found.Order()), $"{where}: {condition}: {query.Explain()}");
            foreach (var isDescending in new[] { false, true })
            {
                var ordered = (isDescending ? query.OrderByDescending("family") : query.OrderBy("family")).Take(5_000);
                var families = (await ordered.ToListAsync()).Select(r => (string?)r["family"]).ToList();
                var sorted = expected.Select(r => r.Family).Order(StringComparer.Ordinal).ToList();
                if (isDescending)
                    sorted.Reverse();
                Assert.True(sorted.SequenceEqual(families), $"{where}: {condition}: {ordered.Explain()}");
                var behind = ordered.After(one);
                Assert.True(sorted.Where(f => string.CompareOrdinal(f, one) is not 0 and var order && order > 0 != isDescending).SequenceEqual((await behind.ToListAsync()).Select(r => (string?)r["family"])), $"{where}: {condition}, behind '{one}': {behind.Explain()}");
            }
        }
    }
}
