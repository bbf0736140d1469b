using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class AnalyzeTests : IAsyncLifetime
{
    private static readonly TableSchema s_schema = new(
        [
            new Column("id", ColumnType.Int8), new Column("price", ColumnType.Numeric) { IsNullable = true }, new Column("city", ColumnType.Text) { IsNullable = true },
            new Column("day", ColumnType.Date), new Column("size", ColumnType.Int2), new Column("doc", ColumnType.Json) { IsNullable = true },
        ],
        primaryKey: ["id"]);

    private readonly EngineFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    private Task<HeliosEngine> OpenAsync(HeliosOptions? options = null, string? path = null) =>
        HeliosEngine.OpenAsync(path ?? _fixture.Path, options ?? _fixture.Options(SafetyLevel.Unsafe));

    private static Row Row(Table table, long id, Random random)
    {
        var row = table.NewRow();
        row["id"] = id;
        row["price"] = random.Next(4) == 0 ? null : random.Next(100_000) / 100m;
        row["city"] = random.Next(10) == 0 ? null : random.Next(3) == 0 ? "Oslo" : $"place {random.Next(40)}";
        row["day"] = new DateOnly(2020, 1, 1).AddDays(random.Next(1_000));
        row["size"] = (short)random.Next(-300, 300);
        row["doc"] = random.Next(2) == 0 ? null : "{\"a\":1}";
        return row;
    }

    private static async Task<List<Row>> FillAsync(Table table, int rows, Random random)
    {
        var all = Enumerable.Range(0, rows).Select(i => Row(table, i, random)).ToList();
        foreach (var part in all.Chunk(1_000))
            await table.InsertAsync(part);
        return all;
    }

    [Fact]
    public async Task What_is_found_is_what_the_rows_of_its_snapshot_have_within_the_stated_errors_while_writers_go_on()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("things", s_schema);
        var model = await FillAsync(table, 10_000, random);
        ReadSnapshot? begun = null;
        engine.Statistics.Analyzer.BetweenBatches = () =>
        {
            begun ??= engine.OpenSnapshot(); // nothing was written since its own
            Wait(WriteAsync(table, random));
        };

        var analysis = Assert.Single(await engine.AnalyzeAsync("things"));
        using var snapshot = begun!;

        Assert.True(engine.Visible > analysis.AsOf, $"seed {seed}");
        Assert.Equal(snapshot.Lsn, analysis.AsOf);
        var rows = await table.Query().At(snapshot).ToListAsync();
        Assert.Equal((10_000L, model.Count), (analysis.Rows, rows.Count));
        foreach (var column in analysis.Columns)
            Check(column, [.. rows.Select(r => r[column.Name])], seed);
        Assert.InRange(analysis.ChangesSince, 10, 100); // a batch has a thousand rows, and each is followed by one commit
    }

    private static async Task WriteAsync(Table table, Random random)
    {
        var id = 100_000 + random.Next(1_000_000);
        await table.UpsertAsync(Row(table, id, random));
        await table.DeleteAsync(random.Next(10_000));
    }

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private static void Check(ColumnAnalysis column, object?[] values, int seed)
    {
        var what = $"{column.Name}, seed {seed}";
        object[] there = [.. values.OfType<object>()];
        Assert.Equal((values.Length - there.Length) / (double)values.Length, column.NullFraction, 12);
        if (column.Type == ColumnType.Json)
        {
            Assert.Equal((null, null, 0), (column.DistinctCount, column.Min, column.MostCommon.Count));
            return;
        }

        var comparer = Comparer<object>.Create((a, b) => a is string text ? string.CompareOrdinal(text, (string)b) : Comparer<object>.Default.Compare(a, b));
        object[] sorted = [.. there.Order(comparer)];
        Assert.Equal(sorted[0], column.Min);
        Assert.Equal(sorted[^1], column.Max);
        var counts = there.CountBy(v => v).ToDictionary();
        var distinct = column.DistinctCount!.Value;
        Assert.True(counts.Count <= 2_000 ? distinct == counts.Count : Math.Abs(distinct - counts.Count) <= counts.Count * 5 * 0.01625, $"{what}: {distinct} distinct, are {counts.Count}"); // five standard errors
        Assert.All(column.MostCommon, v => Assert.InRange(v.Frequency, (counts[v.Value] / (double)values.Length) - 0.01, counts[v.Value] / (double)values.Length));
        if (column.Name == "city")
            Assert.Equal("Oslo", column.MostCommon[0].Value);
        if (column.Type == ColumnType.Text)
            return; // bounds are the beginnings of texts
        for (var i = 0; i < column.Histogram.Count; i++)
        {
            var bound = column.Histogram[i];
            var (below, notAbove) = (Below(sorted, bound, comparer, orEqual: false), Below(sorted, bound, comparer, orEqual: true));
            var wanted = i / (double)(column.Histogram.Count - 1);
            Assert.True(below - 0.05 <= wanted && wanted <= notAbove + 0.05, $"{what}: bound {i} is {bound}, rank {below:F3} to {notAbove:F3}, wanted {wanted:F3}");
        }
    }

    private static double Below(object[] sorted, object bound, IComparer<object> comparer, bool orEqual) =>
        sorted.Count(v => comparer.Compare(v, bound) is var order && (order < 0 || (orEqual && order == 0))) / (double)sorted.Length;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_found_is_there_after_an_open_also_where_the_database_is_encrypted(bool isEncrypted)
    {
        var options = _fixture.Options(SafetyLevel.Unsafe) with { Encryption = isEncrypted ? DatabaseFiles.Key(7) : null };
        TableAnalysis before;
        await using (var engine = await OpenAsync(options))
        {
            await FillAsync(await engine.TableAsync("things", s_schema), 500, new Random(1));
            await engine.TableAsync("others", EngineFixture.Schema);
            Assert.Null(await engine.GetStatisticsAsync("things"));
            before = Assert.Single(await engine.AnalyzeAsync("things"));
        }

        if (isEncrypted)
            Assert.DoesNotContain(DatabaseFiles.Read(_fixture.Path).Values, file => file.AsSpan().IndexOf("place 17"u8) >= 0);
        await using (var reopened = await OpenAsync(options))
        {
            AssertSame(before, await reopened.GetStatisticsAsync("things"));
            Assert.Null(await reopened.GetStatisticsAsync("others"));
            await reopened.FindTable("things")!.DeleteAsync(3L);
            Assert.Equal(1, (await reopened.GetStatisticsAsync("things"))!.ChangesSince);
        }

        await using var third = await OpenAsync(options);
        Assert.Equal(1, (await third.GetStatisticsAsync("things"))!.ChangesSince); // by the rows that are fewer
    }

    [Fact]
    public async Task A_kill_leaves_the_last_ones_that_a_flush_has_taken_along()
    {
        var copy = Directory.CreateTempSubdirectory("helios-test-").FullName;
        try
        {
            TableAnalysis first, second;
            await using (var engine = await OpenAsync())
            {
                var table = await engine.TableAsync("things", s_schema);
                await FillAsync(table, 500, new Random(1));
                first = Assert.Single(await engine.AnalyzeAsync());
                await table.InsertAsync(Row(table, 1_000, new Random(2)));
                await engine.CheckpointAsync();
                await table.InsertAsync(Row(table, 1_001, new Random(3)));
                second = Assert.Single(await engine.AnalyzeAsync());
                DatabaseFiles.Copy(_fixture.Path, copy);
            }

            await using var killed = await OpenAsync(path: copy);
            AssertSame(first, await killed.GetStatisticsAsync("things"));
            Assert.Equal(502, await killed.FindTable("things")!.CountAsync());
            Assert.Equal(502, second.Rows);
            AssertSame(second with { AsOf = killed.Visible }, Assert.Single(await killed.AnalyzeAsync()), exceptTime: true);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task An_analysis_that_is_given_up_leaves_what_was_known_and_the_engine_goes_on()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("things", s_schema);
        await FillAsync(table, 3_000, new Random(1));
        var before = Assert.Single(await engine.AnalyzeAsync("things"));
        using var stop = new CancellationTokenSource();
        var seen = new List<AnalyzeProgress>();
        engine.Statistics.Analyzer.BetweenBatches = stop.Cancel;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.AnalyzeAsync("things", new Told(seen.Add), stop.Token));

        Assert.Equal("things", Assert.Single(seen).Table); // stopped behind the first batch
        Assert.InRange(seen[0].RowsRead, 1, 2_999);
        Assert.Equal(3_000, seen[0].Rows);
        AssertSame(before, await engine.GetStatisticsAsync("things"));
        engine.Statistics.Analyzer.BetweenBatches = null;
        await engine.AnalyzeAsync("things");
        Assert.Equal(engine.Visible, engine.Recovered.Snapshots.Horizon()); // nothing pins what they saw
    }

    [Fact]
    public async Task Closing_ends_an_analysis_with_closed()
    {
        var engine = await OpenAsync();
        await FillAsync(await engine.TableAsync("things", s_schema), 3_000, new Random(1));
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Statistics.Analyzer.BetweenBatches = () =>
        {
            entered.TrySetResult();
            Wait(goOn.Task);
        };
        var analysis = engine.AnalyzeAsync();
        await entered.Task;
        var closing = engine.DisposeAsync().AsTask();
        goOn.SetResult();

        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => analysis)).Code);
        await closing;
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => engine.AnalyzeAsync())).Code);
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => engine.GetStatisticsAsync("things").AsTask())).Code);
    }

    [Fact]
    public async Task An_engine_that_has_failed_refuses_an_analysis_tells_what_is_known_and_analyses_again_when_it_has_resumed()
    {
        await using var engine = await OpenAsync(_fixture.Options());
        var table = await engine.TableAsync("things", s_schema);
        await FillAsync(table, 100, new Random(1));
        await engine.AnalyzeAsync();
        _fixture.Files.Fail(FileCall.Write, 28, forEver: true, path: ".wal"); // no space
        await Assert.ThrowsAsync<HeliosException>(() => table.InsertAsync(Row(table, 500, new Random(2))).AsTask());

        Assert.Equal(HeliosErrorKind.Unavailable, (await Assert.ThrowsAsync<HeliosException>(() => engine.AnalyzeAsync())).Kind);
        Assert.Equal(100, (await engine.GetStatisticsAsync("things"))!.Rows);
        _fixture.Files.Heal();
        await engine.ResumeAsync();
        await table.InsertAsync(Row(table, 501, new Random(3)));
        Assert.Equal(101, Assert.Single(await engine.AnalyzeAsync()).Rows);
    }

    [Fact]
    public async Task A_table_that_is_not_there_is_unknown_and_an_empty_one_has_no_rows()
    {
        await using var engine = await OpenAsync();
        Assert.Empty(await engine.AnalyzeAsync());
        await engine.TableAsync("things", s_schema);

        var empty = Assert.Single(await engine.AnalyzeAsync());
        Assert.Equal((0L, 0d, 6), (empty.Rows, empty.AverageRowBytes, empty.Columns.Count));
        Assert.All(empty.Columns, c => Assert.Null(c.Min));
        foreach (var name in new[] { "other", "helios.rejects" })
        {
            Assert.Equal("unknown_table", (await Assert.ThrowsAsync<HeliosException>(() => engine.AnalyzeAsync(name))).Code);
            Assert.Equal("unknown_table", (await Assert.ThrowsAsync<HeliosException>(() => engine.GetStatisticsAsync(name).AsTask())).Code);
        }
    }

    [Fact]
    public async Task Stored_statistics_that_are_damaged_are_said_to_be_change_no_answer_and_are_made_whole_by_the_next_analysis()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("things", s_schema);
        await FillAsync(table, 100, new Random(1));
        using (var batch = engine.Parts.Store.NewBatch())
        {
            StoredStatistics.Put(batch, table.Plan.Definition.Id, [1, 2, 3]);
            engine.Parts.Store.Write(batch);
        }

        Assert.Equal("corrupt", (await Assert.ThrowsAsync<HeliosException>(() => engine.GetStatisticsAsync("things").AsTask())).Code);
        var explained = table.Where("id < 50").Explain();
        Assert.Null(explained.Estimate);
        Assert.Contains(explained.Notes, note => note.Contains("damaged", StringComparison.Ordinal));
        Assert.Equal(50, await table.Where("id < 50").CountAsync());
        await engine.AnalyzeAsync("things");
        Assert.InRange(table.Where("id < 50").Explain().Estimate!.Rows, 45, 55);
    }

    [Fact]
    public async Task Explain_estimates_the_rows_where_the_table_was_analysed_and_the_plan_stays_as_it_was()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("things", s_schema);
        await FillAsync(table, 2_000, new Random(1));
        var query = table.Where("size >= 0 AND id < 1000");
        var before = query.Explain();
        Assert.Null(before.Estimate);
        await engine.AnalyzeAsync("things");
        await table.DeleteAsync(5L);

        var after = query.Explain();
        var estimate = after.Estimate!;
        Assert.Equal((1_999L, 1L), (estimate.TableRows, estimate.ChangesSince));
        Assert.InRange(estimate.Rows, 400, 600);
        Assert.Equal((before.Access, before.Index, before.Ranges, before.Condition), (after.Access, after.Index, after.Ranges, after.Condition));
        Assert.Contains($"  estimate   {estimate.Rows} of 1,999 rows, by statistics as of commit {estimate.AsOf} (1 changes ago)\n", after.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, table.Where("id = 17").Explain().Estimate!.Rows);
        Assert.Equal(1_999, table.Query().Explain().Estimate!.Rows);
        Assert.Equal(0, table.Where("id = 1 AND id = 2").Explain().Estimate!.Rows);
    }

    private static void AssertSame(TableAnalysis expected, TableAnalysis? actual, bool exceptTime = false)
    {
        Assert.NotNull(actual);
        Assert.Equal((expected.Table, expected.Rows, expected.TotalRowBytes, expected.AsOf), (actual.Table, actual.Rows, actual.TotalRowBytes, actual.AsOf));
        if (!exceptTime)
            Assert.Equal(expected.Time, actual.Time);
        Assert.Equal(expected.Columns.Select(Describe), actual.Columns.Select(Describe));
    }

    private static string Describe(ColumnAnalysis c) => FormattableString.Invariant(
        $"{c.Name} {c.Type} {c.DistinctCount} {c.NullFraction} {c.AverageBytes} {c.Min} {c.IsMinClipped} {c.Max} {c.IsMaxClipped} {string.Join(',', c.MostCommon)} {string.Join(',', c.Histogram)}");

    private sealed class Told(Action<AnalyzeProgress> tell) : IProgress<AnalyzeProgress>
    {
        public void Report(AnalyzeProgress value) => tell(value);
    }
}
