using System.Collections.Concurrent;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Writers, readers and everything that changes filters at once. What each query gave is compared afterwards with what the commits up to its moment had left.</summary>
public sealed class FilterRaceTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Writers = 2;
    private const int Readers = 2;
    private const int Commits = 120; // of each writer
    private const int RowsOfWriter = 600;

    private readonly int _seed = TestSeed.Next();
    private readonly EngineFixture _fixture = new();
    private readonly ConcurrentBag<(Lsn Lsn, IReadOnlyList<(long Id, object?[]? Row)> Changes)> _written = [];
    private readonly ConcurrentBag<(Lsn Lsn, OracleCondition Condition, List<(long Id, long Stamp)> Found)> _read = [];
    private HeliosEngine _engine = null!;
    private Table _table = null!;
    private long _stamp;
    private long _skipped;
    private int _writing = Writers;

    public async Task InitializeAsync()
    {
        _engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with { Filters = new BlockFilterOptions { BlockRows = 100, BulkRows = 60, ConsolidationInterval = TimeSpan.FromDays(1) } });
        _table = await _engine.TableAsync("things", OracleRows.Schema);
        _table.CreateBloomFilter("stamp");
    }

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task Whatever_runs_at_once_each_query_gives_what_the_commits_up_to_its_moment_have_left()
    {
        var all = Enumerable.Range(0, Writers).Select(i => Task.Run(() => WriteAsync(i, new Random(_seed + i))))
            .Concat(Enumerable.Range(0, Readers).Select(i => Task.Run(() => ReadAsync(new Random(_seed + 100 + i)))))
            .Append(Task.Run(MakeFiltersAsync))
            .Append(Task.Run(() => DisturbAsync(new Random(_seed + 200))));
        await Task.WhenAll(all);

        var model = new Dictionary<long, object?[]>();
        var commits = new Queue<(Lsn Lsn, IReadOnlyList<(long Id, object?[]? Row)> Changes)>(_written.OrderBy(w => w.Lsn));
        foreach (var (lsn, condition, found) in _read.OrderBy(r => r.Lsn))
        {
            while (commits.TryPeek(out var commit) && commit.Lsn <= lsn)
            {
                foreach (var (id, row) in commits.Dequeue().Changes)
                {
                    if (row is null)
                        model.Remove(id);
                    else
                        model[id] = row;
                }
            }

            var expected = model.Values.Where(r => condition.Holds(r) == true).Select(r => ((long)r[0]!, (long)r[1]!)).Order().ToList();
            Assert.True(expected.SequenceEqual(found.Order()), $"HELIOS_SEED={_seed}: as of {lsn}: {condition.Text}: {expected.Count} rows are due, {expected.Except(found).Count()} are missing, {found.Except(expected).Count()} are wrong");
        }

        output.WriteLine($"HELIOS_SEED={_seed}: {_written.Count} commits, {_read.Count} queries, {_skipped} blocks passed");
        Assert.True(_skipped > 0, $"HELIOS_SEED={_seed}: no filter has said no: that proves nothing");
    }

    private async Task WriteAsync(int writer, Random random)
    {
        var (first, next) = ((long)writer * 1_000_000, (long)writer * 1_000_000);
        try
        {
            for (var i = 0; i < Commits; i++)
            {
                var changes = new Dictionary<long, object?[]?>();
                using var session = _engine.OpenSession();
                var added = next < first + RowsOfWriter ? random.Next(1, 80) : 1;
                for (var row = 0; row < added; row++)
                {
                    var values = OracleRows.Next(next, Interlocked.Increment(ref _stamp), random);
                    session.Upsert(_table, OracleRows.Make(OracleRows.Schema, values));
                    changes[next++] = values;
                }

                for (var row = random.Next(8); row > 0; row--)
                {
                    var id = random.NextInt64(first, next);
                    var values = random.Next(3) == 0 ? null : OracleRows.Next(id, Interlocked.Increment(ref _stamp), random);
                    if (values is null)
                        session.Delete(_table, id);
                    else
                        session.Upsert(_table, OracleRows.Make(OracleRows.Schema, values));
                    changes[id] = values;
                }

                var receipt = await session.CommitAsync(random.Next(2) == 0 ? Durability.Visible : Durability.Logged);
                _written.Add((receipt.Lsn, [.. changes.Select(c => (c.Key, c.Value))]));
            }
        }
        finally
        {
            Interlocked.Decrement(ref _writing);
        }
    }

    private async Task ReadAsync(Random random)
    {
        while (Volatile.Read(ref _writing) > 0)
        {
            using var snapshot = _engine.OpenSnapshot();
            var all = Rows(snapshot);
            Sweep(snapshot, all);
            for (var i = random.Next(1, 4); i > 0; i--) // it grows older meanwhile
            {
                var stamp = Math.Max(1, Volatile.Read(ref _stamp) - random.Next(200));
                var condition = random.Next(2) == 0 ? new OracleCondition($"stamp = {stamp}", row => (long)row[1]! == stamp) : new OracleConditions(random, RowsOfWriter, []).Next();
                var query = _table.Where(condition.Text).At(snapshot).Definition with { ReadAhead = random.Next(2) == 0 ? ReadAhead.None : new ReadAhead(2) { PartRows = 64, KeepsOrder = false } };
                var found = new List<(long, long)>();
                using (var rows = new QueryCursor(query, CancellationToken.None))
                {
                    while (rows.MoveNext())
                        found.Add((new RowView(rows.Row)[0].GetInt64(), new RowView(rows.Row)[1].GetInt64()));
                    Interlocked.Add(ref _skipped, rows.Counts.BlocksSkipped);
                }

                _read.Add((snapshot.Lsn, condition, found));
                await Task.Yield();
            }

            Sweep(snapshot, all);
        }
    }

    private List<(RowId Row, long Stamp)> Rows(ReadSnapshot snapshot)
    {
        var all = new List<(RowId, long)>();
        using var rows = new QueryCursor(_table.Query().At(snapshot).Definition, CancellationToken.None);
        while (rows.MoveNext())
            all.Add((rows.RowId, new RowView(rows.Row)[1].GetInt64()));
        return all;
    }

    /// <summary>Of rows that a moment sees: no filter says no of the row's block where the row itself is asked for.</summary>
    private void Sweep(ReadSnapshot snapshot, List<(RowId Row, long Stamp)> all)
    {
        var filters = _engine.Parts.Filters.Of(_table.Plan.Definition.Id)!;
        foreach (var (row, stamp) in all)
        {
            var judge = BlockJudge.Of(ExpressionBinder.CompileCondition($"stamp = {stamp}", OracleRows.Schema));
            filters.TryNext(judge, snapshot.Lsn, row, new QueryCounts(), out var first, out var last);
            Assert.True(first == row && last.Value >= row.Value, $"HELIOS_SEED={_seed}: as of {snapshot.Lsn}: stamp = {stamp}: row {row} is missing");
        }
    }

    private async Task MakeFiltersAsync()
    {
        while (Volatile.Read(ref _writing) > 0)
        {
            await _engine.ConsolidateFiltersAsync();
            await Task.Yield();
        }
    }

    private async Task DisturbAsync(Random random)
    {
        var filters = _engine.Parts.Filters.Of(_table.Plan.Definition.Id)!;
        while (Volatile.Read(ref _writing) > 0)
        {
            switch (random.Next(7))
            {
                case 0:
                    using (_table.SuspendFilters())
                        await Task.Yield();
                    break;
                case 1:
                    await _engine.CheckpointAsync();
                    await _engine.CollectVersionsAsync();
                    break;
                case 2:
                    filters.ForgetBlooms();
                    filters.Trim();
                    break;
                case 3:
                    await _engine.VacuumAsync("things");
                    break;
                default:
                    var column = OracleRows.Schema.Columns[random.Next(OracleRows.Schema.Columns.Length)].Name;
                    _table.CreateBloomFilter(column);
                    await Task.Yield();
                    if (column != "stamp")
                        _table.DropBloomFilter(column);
                    break;
            }
        }
    }
}
