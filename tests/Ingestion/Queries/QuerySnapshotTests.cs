using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Snapshots that are disposed of while queries run with them.</summary>
public sealed class QuerySnapshotTests : IAsyncLifetime
{
    private const int Rows = 500;

    private static readonly TableSchema s_schema = new([new Column("id", ColumnType.Int8), new Column("part", ColumnType.Int4), new Column("age", ColumnType.Int8)], ["id"]);

    private readonly Interrupted _clock = new();
    private HeliosEngine _engine = null!;
    private Table _table = null!;
    private int _age; // of all rows

    public async Task InitializeAsync()
    {
        _engine = await HeliosEngine.OpenInMemoryAsync(new HeliosOptions { TimeProvider = _clock });
        _table = await _engine.TableAsync("things", s_schema);
        await GrowAsync();
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Theory]
    [InlineData("scan")]
    [InlineData("divided")]
    [InlineData("divided, any order")]
    [InlineData("index")]
    [InlineData("downwards")]
    [InlineData("sorted")]
    [InlineData("sorted divided")]
    public async Task A_query_whose_snapshot_is_disposed_of_gives_no_further_row_and_pins_nothing(string way)
    {
        var snapshot = _engine.OpenSnapshot();
        await using var rows = Query(way, snapshot).GetAsyncEnumerator();
        Assert.True(await rows.MoveNextAsync());
        await GrowAsync();
        Assert.Equal(snapshot.Lsn, _engine.Recovered.Snapshots.Horizon());
        Assert.True(await rows.MoveNextAsync());
        Assert.Equal(1L, rows.Current["age"]);

        await Task.Run(snapshot.Dispose);

        Assert.Equal(_engine.Visible, _engine.Recovered.Snapshots.Horizon());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await rows.MoveNextAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Query(way, snapshot).ToListAsync());
        snapshot.Dispose(); // once more: it closes nobody else's
        using var next = _engine.OpenSnapshot();
        Assert.Equal(next.Lsn, _engine.Recovered.Snapshots.Horizon());
    }

    [Theory]
    [InlineData("scan")]
    [InlineData("divided, alone")]
    [InlineData("index")]
    [InlineData("downwards")]
    [InlineData("sorted")]
    [InlineData("sorted divided, alone")]
    public async Task A_snapshot_that_goes_while_rows_are_read_gives_none_of_them(string way)
    {
        var snapshot = _engine.OpenSnapshot();
        var query = Query(way, snapshot);
        var isDisposed = false;
        // The clock is looked at where an iterator of the store is opened, in the midst of reading.
        _clock.Next = () =>
        {
            snapshot.Dispose();
            isDisposed = true;
        };

        await using var rows = query.GetAsyncEnumerator();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await rows.MoveNextAsync());

        Assert.True(isDisposed);
        Assert.Equal(_engine.Visible, _engine.Recovered.Snapshots.Horizon());
    }

    [Fact]
    public async Task Whenever_another_thread_disposes_of_it_a_query_has_given_right_rows_only()
    {
        string[] ways = ["scan", "divided", "divided, any order", "index", "downwards", "sorted", "sorted divided"];
        var seed = TestSeed.Next();
        var random = new Random(seed);
        for (var round = 0; round < 28; round++)
        {
            var (way, age) = (ways[round % ways.Length], (long)_age);
            var snapshot = _engine.OpenSnapshot();
            var expected = (await Query(way, snapshot).ToListAsync()).Select(Id).ToList();
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var (disposed, collected) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            var wait = random.Next(3) switch { 0 => disposed.Task, 1 => collected.Task, _ => Task.CompletedTask }; // the last is a race
            var isRace = wait.IsCompleted;
            var (at, spins) = (random.Next(1, isRace ? 10 : expected.Count), random.Next(2_000));
            var where = $"HELIOS_SEED={seed}, round {round}, {way}";

            var reader = Task.Run(async () =>
            {
                var found = new List<Row>();
                try
                {
                    await foreach (var row in Query(way, snapshot))
                    {
                        found.Add(row);
                        if (found.Count != at)
                            continue;
                        reached.SetResult();
                        await wait;
                    }

                    return (Rows: found, IsWhole: true);
                }
                catch (ObjectDisposedException)
                {
                    return (Rows: found, IsWhole: false);
                }
            });
            await Task.WhenAny(reached.Task, reader);
            if (isRace)
                Thread.SpinWait(spins);
            snapshot.Dispose();
            disposed.SetResult();
            await GrowAsync();
            if (wait == collected.Task || round % 5 == 0)
            {
                await _engine.CheckpointAsync(); // what is not durable is not collected
                await _engine.CollectVersionsAsync();
                Assert.Equal(0, DeadLeft.In(_engine, _table).Versions);
            }

            collected.SetResult();
            var (rows, isWhole) = await reader;

            Assert.True(rows.TrueForAll(r => (long)r["age"]! == age), $"{where}: a row of another moment");
            var ids = rows.ConvertAll(Id);
            Assert.True(way == "divided, any order" ? ids.Distinct().Count() == ids.Count && ids.All(expected.Contains) : ids.SequenceEqual(expected.Take(ids.Count)), $"{where}: {ids.Count} rows");
            Assert.True(isRace ? !isWhole || ids.Count == expected.Count : !isWhole && ids.Count == at, $"{where}: it has ended after {ids.Count} rows of {expected.Count}, and the snapshot went at {at}");
            Assert.True(_engine.Visible == _engine.Recovered.Snapshots.Horizon(), $"{where}: the moment is still pinned");
        }

        Assert.True(_engine.Versions!.Versions > 10 * Rows, $"{_engine.Versions.Versions} versions were removed");
    }

    private static long Id(Row row) => (long)row["id"]!;

    private Query Query(string way, ReadSnapshot snapshot)
    {
        var query = way switch
        {
            "index" => _table.Where("id >= 10"),
            "downwards" => _table.Where("id >= 10").OrderByDescending("id"),
            ['s', 'o', ..] => _table.Where("age > 0").OrderByDescending("part").ThenBy("id").Take(400),
            _ => _table.Where("age > 0"),
        };
        var ahead = way.Contains("divided", StringComparison.Ordinal) ? new ReadAhead(2) { PartRows = 60, KeepsOrder = !way.EndsWith("order", StringComparison.Ordinal), Queue = way.EndsWith("alone", StringComparison.Ordinal) ? static _ => { } : ReadAhead.None.Queue } : ReadAhead.None;
        return new Query(query.At(snapshot).Definition with { ReadAhead = ahead });
    }

    /// <summary>All rows are a year older.</summary>
    private async Task GrowAsync()
    {
        _age++;
        using var session = _engine.OpenSession();
        for (var id = 0; id < Rows; id++)
        {
            var row = _table.NewRow();
            (row["id"], row["part"], row["age"]) = ((long)id, id % 7, (long)_age);
            session.Upsert(_table, row);
        }

        await session.CommitAsync();
    }

    /// <summary>Something happens when the clock is looked at by the flow that asked for it. It stands still: nothing in the background pins anything.</summary>
    private sealed class Interrupted : FakeTimeProvider
    {
        private readonly AsyncLocal<Action?> _next = new();

        public Action? Next
        {
            set => _next.Value = value;
        }

        public override long GetTimestamp()
        {
            if (_next.Value is { } action)
            {
                _next.Value = null;
                action();
            }

            return base.GetTimestamp();
        }
    }
}
