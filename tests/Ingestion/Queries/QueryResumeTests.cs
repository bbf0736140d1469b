using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Queries and snapshots over which the write path fails and resumes.</summary>
public sealed class QueryResumeTests : IAsyncLifetime
{
    private const int Rows = 1_500;

    private static readonly TableSchema s_schema = new(
        [new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text), new Column("part", ColumnType.Int4), new Column("seq", ColumnType.Int8)], ["id"], [new UniqueConstraint("names", "name")]);

    private readonly EngineFixture _fixture = new();
    private readonly FakeTimeProvider _time = new();
    private HeliosEngine _engine = null!;
    private Table _table = null!;

    public async Task InitializeAsync()
    {
        _engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with { TimeProvider = _time, LogRetention = 0, Filters = new BlockFilterOptions { BlockRows = 100, ConsolidationInterval = TimeSpan.FromDays(1) } });
        _table = await _engine.TableAsync("things", s_schema);
        await _table.InsertAsync(Enumerable.Range(0, Rows).Select(id => Make(id, $"name {id}", id % 7, id)));
        await _engine.ConsolidateFiltersAsync();
    }

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task Queries_over_which_the_path_fails_and_resumes_give_the_rows_that_they_began_with()
    {
        using var snapshot = _engine.OpenSnapshot();
        var queries = new List<(Query Query, List<string> Expected, List<string> Found, IAsyncEnumerator<Row> Rows)>();
        foreach (var (query, ahead) in Ways())
        {
            var expected = await TextAsync(query.At(snapshot));
            Assert.InRange(expected.Count, 4, Rows);
            queries.Add((query, expected, [], new Query(query.Definition with { ReadAhead = ahead }).GetAsyncEnumerator()));
        }

        foreach (var (_, expected, found, rows) in queries)
            await TakeAsync(rows, found, Math.Min(130, expected.Count / 2));
        await FailAsync();
        foreach (var (_, _, found, rows) in queries)
            await TakeAsync(rows, found, 1);
        await ResumeAsync();
        foreach (var (query, expected, found, rows) in queries)
        {
            while (await rows.MoveNextAsync())
                found.Add(Text(rows.Current));
            await rows.DisposeAsync();
            Assert.True(expected.SequenceEqual(found), $"{query.Explain()}: {found.Count} rows of {expected.Count}");
            Assert.True(expected.SequenceEqual(await TextAsync(query.At(snapshot))), $"{query.Explain()}, as of the snapshot");
        }

        Assert.Equal(1, await _table.Where("id = 7 AND name = 'name 7'").At(snapshot).CountAsync());
        Assert.Equal((0L, 1L), (await _table.Where("id = 7 AND name = 'name 7'").CountAsync(), await _table.Where("id = 7").CountAsync()));
        snapshot.Dispose();
        Assert.Equal(_engine.Visible, _engine.Recovered.Snapshots.Horizon());
    }

    [Fact]
    public async Task A_sort_in_memory_over_which_the_path_fails_and_resumes_sorts_the_rows_that_it_began_with()
    {
        var query = _table.Query().OrderByDescending("part").ThenBy("id").Take(1_000);
        var expected = await TextAsync(query);
        var isInterrupted = false;

        var found = await TextAsync(new Query(query.Definition with { ReadAhead = new ReadAhead(2) { PartRows = 100, Queue = Interrupt } }));

        Assert.True(isInterrupted);
        Assert.Equal(expected, found);

        // The first part is about to be read: none of the rows has been.
        void Interrupt(IThreadPoolWorkItem item)
        {
            if (!isInterrupted)
            {
                isInterrupted = true;
                Task.Run(async () =>
                {
                    await FailAsync();
                    await ResumeAsync();
                }).GetAwaiter().GetResult();
            }

            ReadAhead.None.Queue(item);
        }
    }

    [Fact]
    public async Task Queries_go_on_where_the_store_cannot_be_written_and_where_it_cannot_be_resumed()
    {
        var before = await TextAsync(_table.Query());
        await _engine.CheckpointAsync();
        await _table.InsertAsync(Make(Rows, "only in memory", 0, 0));
        using var snapshot = _engine.OpenSnapshot();
        await using var rows = _table.Where("seq >= 0").GetAsyncEnumerator();
        var found = new List<string>();
        await TakeAsync(rows, found, 200);
        var (store, away) = (Path.Combine(_fixture.Path, "store"), Path.Combine(_fixture.Path, "away"));
        Directory.Move(store, away); // RocksDB has its files open, and can make no new one
        await Assert.ThrowsAsync<HeliosException>(() => _engine.CheckpointAsync());
        await Assert.ThrowsAsync<HeliosException>(async () => await _table.InsertAsync(Make(Rows + 1, "refused", 0, 0)));
        Assert.Equal(EngineState.Faulted, _engine.State);
        await TakeAsync(rows, found, 200);
        Directory.Move(away, store);

        await Assert.ThrowsAsync<HeliosException>(() => _engine.ResumeAsync()); // RocksDB takes it for damage

        await TakeAsync(rows, found, Rows + 1 - 400);
        Assert.False(await rows.MoveNextAsync());
        Assert.Equal([.. before, $"{Rows}: only in memory"], found);
        Assert.Equal(found, await TextAsync(_table.Query().At(snapshot)));
        Assert.Equal(found, await TextAsync(_table.Query()));
    }

    [Fact]
    public async Task While_the_path_has_failed_queries_go_on_as_of_the_last_commit_that_was_visible()
    {
        var before = await TextAsync(_table.Query());
        await FailAsync();
        Assert.Equal(EngineState.Faulted, _engine.State);
        Assert.Equal(before, await TextAsync(_table.Query()));
        Assert.Equal(before.Count, await _table.Query().CountAsync());
        using var snapshot = _engine.OpenSnapshot();
        Assert.Equal(1, await _table.Where("name = 'name 7'").At(snapshot).CountAsync());

        await ResumeAsync();

        Assert.Equal(before, await TextAsync(_table.Query().At(snapshot)));
        Assert.Equal(1, await _table.Where("name = 'name 7'").At(snapshot).CountAsync());
    }

    [Fact]
    public async Task Any_queries_beside_commits_failures_and_resumptions_see_what_their_snapshot_saw()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var model = Enumerable.Range(0, Rows).ToDictionary(static i => (long)i, static i => $"name {i}");
        var held = new List<(ReadSnapshot Snapshot, Dictionary<long, string> Rows)>();
        for (var step = 0; step < 10; step++)
        {
            var fails = random.Next(2) == 0;
            var nth = random.Next(1, 4);
            held.Add((_engine.OpenSnapshot(), new Dictionary<long, string>(model)));
            if (fails)
                _fixture.Files.Fail(FileCall.Write, StorageErrors.NoSpace, nth, forEver: true, path: ".wal");
            var readers = Enumerable.Range(0, 2).Select(_ => random.Next()).ToList().ConvertAll(readerSeed => Task.Run(() => ReadAsync(held, new Random(readerSeed), $"HELIOS_SEED={seed}, step {step}")));
            for (var i = 0; i < 4; i++)
                await ChangeAsync(model, random, step);
            if (fails)
            {
                _fixture.Files.Heal();
                await _engine.ResumeAsync();
            }

            await Task.WhenAll(readers);
            Assert.True(model.Count == await _table.Query().CountAsync(), $"HELIOS_SEED={seed}, step {step}: the count");
            if (random.Next(3) == 0)
                await _engine.CollectVersionsAsync();
            if (random.Next(5) == 0)
                await _engine.CheckpointAsync();
            if (held.Count > 3)
            {
                held[0].Snapshot.Dispose();
                held.RemoveAt(0);
            }
        }

        held.Add((_engine.OpenSnapshot(), model));
        for (var i = 0; i < 4; i++)
            await ReadAsync(held, random, $"HELIOS_SEED={seed}, at the end");
        held.ForEach(static h => h.Snapshot.Dispose());
    }

    private IEnumerable<(Query Query, ReadAhead Ahead)> Ways()
    {
        var divided = new ReadAhead(2) { PartRows = 100 };
        yield return (_table.Query(), ReadAhead.None);
        yield return (_table.Where("seq >= 150"), ReadAhead.None); // some blocks are passed
        yield return (_table.Query(), divided);
        yield return (_table.Where("seq >= 150"), divided);
        yield return (_table.Where("id BETWEEN 100 AND 1400"), ReadAhead.None);
        yield return (_table.Where("name >= 'name 1'"), ReadAhead.None);
        yield return (_table.Where("name >= 'name 1'").OrderByDescending("name"), ReadAhead.None);
        yield return (_table.Where("id IN (5, 750, 1100, 1400)"), ReadAhead.None);
        yield return (_table.Where("length(name) > 7").OrderByDescending("part").ThenBy("id").Take(1_000), ReadAhead.None);
    }

    /// <summary>What is logged is there, what is refused is not: the model is told of the first only.</summary>
    private async Task ChangeAsync(Dictionary<long, string> model, Random random, int step)
    {
        using var session = _engine.OpenSession();
        var names = new Dictionary<long, string>();
        for (var i = 0; i < 60; i++)
            names[random.NextInt64(Rows + 500)] = $"name {random.Next(1_000)} of step {step}";
        foreach (var (id, name) in names)
            session.Upsert(_table, Make(id, $"{name}, {id}", random.Next(5), id));
        try
        {
            await session.CommitAsync();
        }
        catch (HeliosException error) when (error.Code == "disk_full")
        {
            return;
        }

        foreach (var (id, name) in names)
            model[id] = $"{name}, {id}";
    }

    private async Task ReadAsync(IReadOnlyList<(ReadSnapshot Snapshot, Dictionary<long, string> Rows)> held, Random random, string where)
    {
        for (var i = 0; i < 3; i++)
        {
            var (snapshot, model) = held[random.Next(held.Count)];
            var from = random.NextInt64(Rows);
            var (query, expected) = random.Next(5) switch
            {
                0 => (_table.Query(), model),
                1 => (_table.Where($"id >= {from}").OrderByDescending("id"), model.Where(r => r.Key >= from)),
                2 => (_table.Where($"name >= 'name {from}'"), model.Where(r => string.CompareOrdinal(r.Value, $"name {from}") >= 0)),
                3 => (_table.Where($"seq < {from}").Parallel(2, keepsOrder: false), model.Where(r => r.Key < from)),
                _ => (_table.Where($"id >= {from}").OrderBy("part").ThenBy("name").Take(50_000), model.Where(r => r.Key >= from)),
            };
            var found = await query.At(snapshot).ToListAsync();
            Assert.True(expected.Select(static r => $"{r.Key}: {r.Value}").Order(StringComparer.Ordinal).SequenceEqual(found.Select(Text).Order(StringComparer.Ordinal)), $"{where}: {query.At(snapshot).Explain()}");
        }
    }

    /// <summary>The log refuses a commit that changes all that is read.</summary>
    private async Task FailAsync()
    {
        _fixture.Files.Fail(FileCall.Write, StorageErrors.NoSpace, forEver: true, path: ".wal");
        Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => ChangeAllAsync("refused"))).Code);
    }

    /// <summary>And then all of it is changed, and what nobody sees any more is removed.</summary>
    private async Task ResumeAsync()
    {
        _fixture.Files.Heal();
        await _engine.ResumeAsync();
        await ChangeAllAsync("other");
        await _table.DeleteAsync(750L);
        await _engine.CheckpointAsync();
        await _engine.CollectVersionsAsync();
        _time.Advance(TimeSpan.FromSeconds(1)); // who stands in the store has to look again
    }

    private async Task ChangeAllAsync(string name)
    {
        using var session = _engine.OpenSession();
        for (var id = 0; id < Rows; id++)
            session.Upsert(_table, Make(id, $"{name} {id}", 99, -1));
        await session.CommitAsync();
    }

    private Row Make(long id, string name, int part, long seq)
    {
        var row = _table.NewRow();
        (row["id"], row["name"], row["part"], row["seq"]) = (id, name, part, seq);
        return row;
    }

    private static async Task TakeAsync(IAsyncEnumerator<Row> rows, List<string> found, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(await rows.MoveNextAsync());
            found.Add(Text(rows.Current));
        }
    }

    private static async Task<List<string>> TextAsync(Query query) => [.. (await query.ToListAsync()).Select(Text)];

    private static string Text(Row row) => $"{row["id"]}: {row["name"]}";
}
