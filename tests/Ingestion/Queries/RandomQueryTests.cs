using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Whatever way a query takes, and whatever filters there are, it gives the rows of a full scan for which its condition is TRUE.</summary>
public sealed class RandomQueryTests : IAsyncLifetime
{
    private static readonly string[] s_columns = ["num", "i4", "f8", "f4", "day", "pad", "code", "flag"];

    private readonly EngineFixture _fixture = new();
    private readonly Stack<IDisposable> _suspensions = new();
    private FilterBuild? _build; // begun in one step, and ended in a later one
    private Lsn _builtAsOf;
    private long _passed; // blocks that only bloom filters excluded

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Theory]
    [InlineData(1, 64L << 20)]
    [InlineData(2, 64L << 20)]
    [InlineData(3, 64L << 20)]
    [InlineData(4, 40L << 10)] // too little memory: some blocks have no filter
    [InlineData(5, 0L)]
    public async Task Queries_give_what_a_full_scan_and_the_condition_give_while_rows_and_filters_change(int seed, long filterBytes)
    {
        var random = new Random(seed);
        await using var engine = await OpenAsync(filterBytes);
        var table = await engine.TableAsync("things", RandomQueries.Schema);
        table.CreateBloomFilter("num");
        var (ids, snapshots) = (240L, new Queue<ReadSnapshot>());
        for (var i = 0; i < ids; i += 80)
            await table.InsertAsync(Enumerable.Range(i, 80).Select(id => RandomQueries.Row(table, id, random)));
        for (var step = 0; step < 16; step++)
        {
            ids = await ChangeAsync(engine, table, random, ids);
            if (random.Next(4) == 0)
                snapshots.Enqueue(engine.OpenSnapshot());
            using (var now = engine.OpenSnapshot())
                Check(table, now, random, ids, $"seed {seed}, step {step}");
            if (snapshots.TryPeek(out var older))
                Check(table, older, random, ids, $"seed {seed}, step {step}, an older snapshot");
            if (snapshots.Count > 4)
                snapshots.Dequeue().Dispose();
        }

        foreach (var held in snapshots.Cast<IDisposable>().Concat(_suspensions))
            held.Dispose();
        Assert.True(_passed > 0 || filterBytes < 1 << 20, $"seed {seed}: no bloom filter has said no: that proves nothing of them");
    }

    [Fact]
    public async Task A_filter_that_forgets_rows_is_found_out()
    {
        var random = new Random(1);
        await using var engine = await OpenAsync(64L << 20);
        var table = await engine.TableAsync("things", RandomQueries.Schema);
        for (var i = 0; i < 5; i++)
            await table.InsertAsync(Enumerable.Range(i * 200, 200).Select(id => RandomQueries.Row(table, id, random)));
        using var now = engine.OpenSnapshot();
        for (var i = 0; i < 5; i++)
            Check(table, now, random, 1_000, $"before, {i}");

        var filters = engine.Parts.Filters.Of(table.Plan.Definition.Id)!;
        filters.EndBuild(filters.BeginBuild(2, 3, out _), now.Lsn); // of these blocks nothing was read
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() =>
        {
            for (var i = 0; i < 200; i++)
                Check(table, now, random, 1_000, $"after, {i}");
        });
    }

    private Task<HeliosEngine> OpenAsync(long filterBytes) => HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with
    {
        Filters = new BlockFilterOptions { BlockRows = 100, MaxBytes = filterBytes, BulkRows = 90, ConsolidationInterval = TimeSpan.FromHours(1) },
    });

    private async Task<long> ChangeAsync(HeliosEngine engine, Table table, Random random, long ids)
    {
        if (random.Next(3) == 0 && _suspensions.TryPop(out var over))
            over.Dispose();
        switch (random.Next(15))
        {
            case <= 3:
                var more = random.Next(1, 120);
                await table.InsertAsync(Enumerable.Range(0, more).Select(i => RandomQueries.Row(table, ids + i, random)));
                return ids + more;
            case 4 when ids > 0:
                for (var i = 0; i < 10; i++)
                    await table.UpdateAsync(RandomQueries.Row(table, random.NextInt64(ids), random));
                return ids;
            case 5 when ids > 0:
                for (var i = 0; i < 10; i++)
                    await table.DeleteAsync(random.NextInt64(ids));
                return ids;
            case 6:
                await engine.ConsolidateFiltersAsync();
                return ids;
            case 7:
                _suspensions.Push(table.SuspendFilters());
                return ids;
            case 8 or 9 or 10:
                table.CreateBloomFilter(s_columns[random.Next(s_columns.Length)]);
                return ids;
            case 11:
                table.DropBloomFilter(s_columns[random.Next(s_columns.Length)]);
                return ids;
            case 12 when ids > 100: // filters of some blocks get more values than they were made for
                for (var i = 0; i < 300; i++)
                    await table.UpdateAsync(RandomQueries.Row(table, random.NextInt64(60), random));
                return ids;
            case 13 when ids > 0:
                Rebuild(engine, table, random);
                return ids;
            default:
                if (_suspensions.TryPop(out var ended))
                    ended.Dispose();
                return ids;
        }
    }

    /// <summary>Reads some blocks for filters that take their place some steps later, or ends that: commits, suspensions and other bloom filters come in between.</summary>
    private void Rebuild(HeliosEngine engine, Table table, Random random)
    {
        if (engine.Parts.Filters.Of(table.Plan.Definition.Id) is not { } filters)
            return;
        if (_build is not null)
        {
            filters.EndBuild(_build, random.Next(4) == 0 ? null : _builtAsOf);
            _build = null;
            return;
        }

        using var view = engine.OpenView();
        _build = filters.BeginBuild(0, (ulong)random.Next(4), out var after);
        Assert.True(after <= view.Lsn); // nothing commits in this test meanwhile
        using var rows = view.Scan(table.Plan, filters.RowsOf(_build.First).First, filters.RowsOf(_build.Last).Last, longScan: true);
        using var batch = RowBatch.Rent();
        bool more;
        do
        {
            batch.Clear();
            more = rows.Fill(batch);
            filters.Add(_build, batch);
        }
        while (more);
        _builtAsOf = view.Lsn;
    }

    private void Check(Table table, ReadSnapshot snapshot, Random random, long ids, string where)
    {
        for (var i = 0; i < 5; i++)
        {
            var condition = i switch
            {
                0 => RandomQueries.Single(random, random.NextInt64(ids + 1)),
                1 => Existing(table, snapshot, random, ids),
                _ => RandomQueries.Condition(random, Math.Max(ids, 1)),
            };
            var query = table.Where(condition).At(snapshot);
            var expected = Expected(table, condition, snapshot);
            Assert.True(expected.SetEquals(Ids(query).ToHashSet()), $"{where}: {condition}: {query.Explain()}");
            Assert.Equal(expected.Count, Ids(query).Count);
            Assert.Equal(expected.Count, Parallel(query));
            CheckOrder(table, query, expected, random, $"{where}: {condition}");
        }
    }

    /// <summary>A value that a row has: a filter that forgot it says so.</summary>
    private static string Existing(Table table, ReadSnapshot snapshot, Random random, long ids)
    {
        using var rows = new QueryCursor(table.Where($"id >= {random.NextInt64(ids + 1)}").OrderBy("id").Take(1).At(snapshot).Definition, CancellationToken.None);
        if (!rows.MoveNext() || Row.Read(table.Schema, rows.Row)["num"] is not { } value)
            return "num IS NULL AND i4 = 3";
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"num {(random.Next(2) == 0 ? $"= {value}" : $"IN (1234567, {value})")}");
    }

    private static long Parallel(Query query) =>
        new Query(query.Definition with { ReadAhead = new ReadAhead(3) { PartRows = 70, KeepsOrder = false } }).CountAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Row ids, by the condition's own evaluation over every row.</summary>
    private static HashSet<ulong> Expected(Table table, string condition, ReadSnapshot snapshot)
    {
        var compiled = ExpressionBinder.CompileCondition(condition, table.Schema);
        var offsets = new int[table.Schema.Columns.Length];
        var ids = new HashSet<ulong>();
        using var rows = new QueryCursor(table.Query().At(snapshot).Definition, CancellationToken.None);
        while (rows.MoveNext())
        {
            RowView.ReadOffsets(rows.Row, offsets);
            if (compiled.EvaluateCondition(rows.Row, offsets, default, out _) == true)
                ids.Add(rows.RowId.Value);
        }

        return ids;
    }

    private void CheckOrder(Table table, Query query, HashSet<ulong> expected, Random random, string where)
    {
        var column = new[] { "id", "part", "code", "f8", "num", "day", "pad", "flag" }[random.Next(8)];
        var isDescending = random.Next(2) == 0;
        var ordered = isDescending ? query.OrderByDescending(column).ThenByDescending("seq") : query.OrderBy(column).ThenBy("seq");
        var all = Keys(table, ordered.Take(50_000), column);
        Assert.Equal(expected.Count, all.Count);
        for (var i = 1; i < all.Count; i++)
            Assert.True(all[i - 1].Key.AsSpan().SequenceCompareTo(all[i].Key) is var order && (isDescending ? order > 0 : order < 0), $"{where}, by {column}: row {i}: {ordered.Take(50_000).Explain()}");

        // A part of it, and the part behind a row, are parts of the whole.
        var (skip, take) = (random.Next(5), random.Next(1, 8));
        Assert.Equal(all.Skip(skip).Take(take).Select(r => r.Id), Ids(ordered.Skip(skip).Take(take)));
        if (all.Count == 0)
            return;
        var at = random.Next(all.Count);
        var rest = ordered.After(all[at].Values).Take(take);
        Assert.True(all.Skip(at + 1).Take(take).Select(r => r.Id).SequenceEqual(Ids(rest)), $"{where}, by {column}, behind row {at}: {rest.Explain()}");
    }

    private List<ulong> Ids(Query query)
    {
        var ids = new List<ulong>();
        using var rows = new QueryCursor(query.Definition, CancellationToken.None);
        while (rows.MoveNext())
            ids.Add(rows.RowId.Value);
        _passed += rows.Counts.BlocksSkippedByBlooms;
        return ids;
    }

    private static List<(ulong Id, byte[] Key, object?[] Values)> Keys(Table table, Query query, string column)
    {
        var found = new List<(ulong, byte[], object?[])>();
        int[] ordinals = [table.Schema.OrdinalOf(column), table.Schema.OrdinalOf("seq")];
        using var rows = new QueryCursor(query.Definition, CancellationToken.None);
        while (rows.MoveNext())
        {
            using var key = new ByteBuffer();
            var view = new RowView(rows.Row);
            foreach (var ordinal in ordinals)
                KeyEncoder.TryAppendValue(table.Schema.Columns[ordinal], view[ordinal].Raw, key);
            var row = Row.Read(table.Schema, rows.Row);
            found.Add((rows.RowId.Value, key.Written.ToArray(), [row[ordinals[0]], row[ordinals[1]]]));
        }

        return found;
    }
}
