using System.Reflection;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>The number of rows beside a dictionary that holds them, and what was counted beside itself.</summary>
public sealed class RowCountTests
{
    private const int Steps = 120;
    private const int Keys = 400;

    /// <summary>All that is counted, and not a size or a moment.</summary>
    private static readonly PropertyInfo[] s_counts = [.. typeof(EngineCounters).GetProperties()
        .Where(p => (p.PropertyType == typeof(long) || p.PropertyType == typeof(int)) && !p.Name.EndsWith("Bytes", StringComparison.Ordinal)), typeof(EngineCounters).GetProperty("ScrubbedBytes")!];

    [Fact]
    public async Task The_number_of_rows_is_right_beside_changes_transactions_collection_failures_opens_and_kills_now_and_at_every_snapshot()
    {
        var seed = TestSeed.Next();
        try
        {
            await RunAsync(new Random(seed));
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"HELIOS_SEED={seed}: {error.Message}", error);
        }
    }

    private static async Task RunAsync(Random random)
    {
        using var fixture = new UnloggedFixture();
        var path = fixture.Path;
        var (rows, held) = (new HashSet<long>(), new List<(ReadSnapshot Snapshot, HashSet<long> Rows)>());
        var (engine, table) = await OpenAsync(fixture, path);
        var counters = engine.GetCounters();
        try
        {
            for (var step = 0; step < Steps; step++)
            {
                if (random.Next(25) == 0)
                {
                    Release(held);
                    if (random.Next(2) == 0)
                        path = fixture.Copy(path); // killed: what was acknowledged is there
                    await engine.DisposeAsync();
                    await Assert.ThrowsAsync<HeliosException>(() => table.CountAsync().AsTask());
                    (engine, table) = await OpenAsync(fixture, path);
                    counters = engine.GetCounters();
                    Assert.Equal((0L, 0L), (counters.Commits, counters.RowsInserted));
                }
                else
                {
                    await StepAsync(engine, table, fixture, rows, held, random);
                }

                await CheckAsync(engine, table, rows, held);
                counters = NotLess(counters, engine.GetCounters());
            }
        }
        finally
        {
            Release(held);
            await engine.DisposeAsync();
        }

        var report = await DatabaseVerifier.VerifyAsync(path);
        Assert.True(report.IsSound, string.Join("; ", report.Checks.Where(c => !c.Passed)));
    }

    private static async Task<(HeliosEngine Engine, Table Table)> OpenAsync(UnloggedFixture fixture, string path)
    {
        var engine = await HeliosEngine.OpenAsync(path, fixture.Logged with { SafetyLevel = SafetyLevel.Unsafe, Versions = new VersionOptions { CollectionInterval = TimeSpan.FromDays(1) } });
        return (engine, await engine.TableAsync("things", EngineFixture.Schema));
    }

    private static async Task StepAsync(HeliosEngine engine, Table table, UnloggedFixture fixture, HashSet<long> rows, List<(ReadSnapshot Snapshot, HashSet<long> Rows)> held, Random random)
    {
        long[] some = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => (long)random.Next(Keys)).Distinct()];
        switch (random.Next(13))
        {
            case 0:
                await table.InsertAsync(some.Select(id => EngineFixture.Row(table, id)), OnReject.RejectRow); // those that are there are left out
                rows.UnionWith(some);
                break;
            case 1 when some.Any(rows.Contains):
                await Assert.ThrowsAsync<HeliosException>(() => table.InsertAsync(some.Select(id => EngineFixture.Row(table, id))).AsTask());
                break;
            case 2:
                foreach (var id in some)
                    await table.UpsertAsync(EngineFixture.Row(table, id, $"name {id}, {random.Next()}"));
                rows.UnionWith(some);
                break;
            case 3:
                await table.DeleteAsync(some[0]);
                rows.Remove(some[0]);
                break;
            case 4:
                await table.DeleteWhereAsync(row => (long)row["id"]! % 7 == some[0] % 7, rowsPerCommit: random.Next(2) == 0 ? 3 : null);
                rows.RemoveWhere(id => id % 7 == some[0] % 7);
                break;
            case 5 or 6:
                await TransactAsync(engine, table, rows, some, random);
                break;
            case 7:
                await engine.CheckpointAsync();
                break;
            case 8:
                await engine.CollectVersionsAsync();
                break;
            case 9:
                await engine.VacuumAsync("things");
                break;
            case 10 when held.Count < 5:
                held.Add((engine.OpenSnapshot(), [.. rows]));
                break;
            case 11:
                fixture.Files.Fail(FileCall.Write, 28, forEver: true, path: ".wal"); // no space
                await Assert.ThrowsAsync<HeliosException>(() => table.UpsertAsync(EngineFixture.Row(table, Keys + 1)).AsTask());
                Assert.Equal(rows.Count, await table.CountAsync());
                fixture.Files.Heal();
                await engine.ResumeAsync();
                break;
            default:
                await engine.AnalyzeAsync();
                Assert.Equal(rows.Count, (await engine.GetStatisticsAsync("things"))!.Rows);
                break;
        }
    }

    private static async Task TransactAsync(HeliosEngine engine, Table table, HashSet<long> rows, long[] some, Random random)
    {
        await using var transaction = await engine.BeginTransactionAsync();
        var own = rows.ToHashSet();
        foreach (var id in some)
        {
            if (own.Remove(id))
                Assert.True(transaction.Delete(table, id));
            else if (own.Add(id))
                transaction.Insert(table, EngineFixture.Row(table, id));
        }

        Assert.Equal(own.Count, await transaction.CountAsync(table));
        Assert.Equal(rows.Count, await table.CountAsync());
        if (random.Next(3) == 0)
            return; // given up
        await transaction.CommitAsync();
        rows.Clear();
        rows.UnionWith(own);
    }

    private static async Task CheckAsync(HeliosEngine engine, Table table, HashSet<long> rows, List<(ReadSnapshot Snapshot, HashSet<long> Rows)> held)
    {
        Assert.Equal((rows.Count, rows.Count), (await table.CountAsync(), await table.Query().CountAsync()));
        Assert.Equal(rows.Count(id => id < Keys / 2), await table.Where($"id < {Keys / 2}").CountAsync());
        Assert.Equal(rows.Count, engine.GetCounters().Tables.Single().Rows);
        using (var now = engine.OpenSnapshot())
            Assert.Equal(rows.Count, await table.Query().At(now).CountAsync()); // read, not known
        foreach (var (snapshot, then) in held)
        {
            Assert.Equal(then.Count, await table.Query().At(snapshot).CountAsync());
            Assert.Equal(then.Count(id => id % 2 == 0), await table.Where("id % 2 = 0").At(snapshot).CountAsync());
        }
    }

    private static EngineCounters NotLess(EngineCounters before, EngineCounters after)
    {
        foreach (var count in s_counts)
            Assert.True(Convert.ToInt64(count.GetValue(after)) >= Convert.ToInt64(count.GetValue(before)), $"{count.Name} went from {count.GetValue(before)} to {count.GetValue(after)}");
        foreach (var (was, known) in before.Tables.Zip(after.Tables))
            Assert.True(known.Inserted >= was.Inserted && known.Updated >= was.Updated && known.Deleted >= was.Deleted, $"{was} became {known}");
        foreach (var (was, known) in before.Stages.Zip(after.Stages))
            Assert.True(known.Runs >= was.Runs && known.Failures >= was.Failures && known.Busy >= was.Busy, $"{was} became {known}");
        Assert.True(after.Visible >= before.Visible && after.Flushed >= before.Flushed);
        return after;
    }

    private static void Release(List<(ReadSnapshot Snapshot, HashSet<long> Rows)> held)
    {
        foreach (var (snapshot, _) in held)
            snapshot.Dispose();
        held.Clear();
    }

    /// <summary>Every commit is seen whole: of seven rows each, or of three that go and three that come.</summary>
    [Fact]
    public async Task A_count_beside_writers_never_shows_a_part_of_a_commit_and_no_count_goes_back()
    {
        const int together = 7;
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe);
        await using var open = engine;
        var end = false;
        var looking = Task.Run(async () =>
        {
            var (looks, counters, most) = (0, engine.GetCounters(), 0L);
            while (!Volatile.Read(ref end) || looks < 100)
            {
                var count = await table.Query().CountAsync();
                Assert.Equal(0, count % together);
                Assert.True(count >= most, $"{most} rows, then {count}");
                (most, counters, looks) = (count, NotLess(counters, engine.GetCounters()), looks + 1);
                using var snapshot = engine.OpenSnapshot();
                Assert.Equal(0, await table.Query().At(snapshot).CountAsync() % together);
            }
        });

        await Parallel.ForAsync(0, 4, async (writer, token) =>
        {
            for (var i = 0; i < 60; i++)
            {
                var first = ((writer * 1_000) + i) * together * 2;
                await table.InsertAsync(Enumerable.Range(first, together).Select(id => EngineFixture.Row(table, id)), cancellationToken: token);
                await engine.TransactAsync((transaction, _) =>
                {
                    for (var id = first; id < first + 3; id++)
                    {
                        transaction.Delete(table, (long)id);
                        transaction.Insert(table, EngineFixture.Row(table, id + together));
                    }

                    return ValueTask.CompletedTask;
                }, cancellationToken: token);
            }
        });
        Volatile.Write(ref end, true);
        await looking;

        Assert.Equal(4 * 60 * together, await table.CountAsync());
        Assert.Equal((4L * 60 * 10, 4L * 60 * 3), (engine.GetCounters().RowsInserted, engine.GetCounters().RowsDeleted));
    }
}
