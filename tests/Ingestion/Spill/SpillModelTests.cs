using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests.Spill;

/// <summary>Producers at once beside dictionaries, with a budget that is always too small.</summary>
public sealed class SpillModelTests(ITestOutputHelper output)
{
    private const int Producers = 4;
    private const int KeysEach = 500;
    private const int OperationsEach = 400;

    [Fact]
    public async Task Producers_at_once_leave_what_their_dictionaries_have_while_entries_come_and_go()
    {
        var seed = Environment.GetEnvironmentVariable("HELIOS_SEED") is { } given ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"HELIOS_SEED={seed}");
        await using var fixture = new SpillFixture();
        var models = Enumerable.Range(0, Producers).Select(_ => new Dictionary<long, string>()).ToArray();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await Task.WhenAll(Enumerable.Range(0, Producers).Select(p => Task.Run(() => ProduceAsync(engine, table, p, new Random(seed + p), models[p]))));
            await CompareAsync(table, models);
            await SpillFixture.AssertSpilledAsync(engine, table);
            await CompareAsync(table, models);
        }

        await SpillFixture.AssertSoundAsync(fixture.Directory);
        (engine, table) = await fixture.OpenAsync();
        await using (engine)
            await CompareAsync(table, models);
    }

    [Fact]
    public async Task Of_all_who_take_a_freed_key_at_once_one_gets_it()
    {
        const int contested = 200;
        await using var fixture = new SpillFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await SpillFixture.FillAsync(table, 5_000);
            await SpillFixture.AssertSpilledAsync(engine, table, atLeast: 2_500);
            for (var id = 0; id < contested; id += 2) // every other key stays taken
                await table.DeleteAsync((long)id);
            var winners = new int[contested];
            await Task.WhenAll(Enumerable.Range(0, Producers).Select(p => Task.Run(async () =>
            {
                for (var id = 0; id < contested; id++)
                {
                    if ((await table.TryInsertAsync(EngineFixture.Row(table, id, $"{p} {id}"))).Error is null)
                        Interlocked.Increment(ref winners[id]);
                    if (id % 50 == p)
                        await engine.Spills!.RunNowAsync(default);
                }
            })));
            Assert.Equal(Enumerable.Range(0, contested).Select(static id => id % 2 == 0 ? 1 : 0), winners);
            Assert.Equal(5_000, await table.CountAsync());
        }
    }

    private static async Task ProduceAsync(HeliosEngine engine, Table table, int producer, Random random, Dictionary<long, string> model)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var from = 0; from < KeysEach; from += 100)
        {
            var rows = Enumerable.Range(from, 100).Select(k => (Id: Id(producer, k), Name: Name(producer, k))).ToArray();
            await table.InsertAsync(rows.Select(r => EngineFixture.Row(table, r.Id, r.Name)));
            foreach (var (id, name) in rows)
            {
                model[id] = name;
                names.Add(name);
            }
        }

        for (var i = 0; i < OperationsEach; i++)
        {
            var id = Id(producer, random.Next(KeysEach * 5 / 4));
            var name = Name(producer, random.Next(KeysEach * 3));
            var had = model.GetValueOrDefault(id);
            var isNameTaken = names.Contains(name) && had != name;
            switch (random.Next(8))
            {
                case 0 or 1:
                    var inserted = await table.TryInsertAsync(EngineFixture.Row(table, id, name));
                    Assert.Equal(had is not null || names.Contains(name), inserted.Error?.Code == "duplicate_key");
                    if (inserted.Error is null)
                        Take(id, name);
                    break;
                case 2 or 3:
                    await WriteAsync(table.UpsertAsync, exists: true);
                    break;
                case 4:
                    await WriteAsync(table.UpdateAsync, exists: had is not null);
                    break;
                case 5:
                    Assert.Equal(had is null ? 0 : 1, (await table.DeleteAsync(id)).Rows);
                    if (model.Remove(id))
                        names.Remove(had!);
                    break;
                case 6 when i % 16 == 0:
                    await engine.Spills!.RunNowAsync(default);
                    break;
                default:
                    Assert.Equal(had, (string?)(await table.FindAsync(id))?["name"]);
                    break;
            }

            async Task WriteAsync(Func<Row, CancellationToken, ValueTask<CommitReceipt>> write, bool exists)
            {
                if (exists && isNameTaken)
                {
                    Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(async () => await write(EngineFixture.Row(table, id, name), default))).Code);
                    return;
                }

                Assert.Equal(exists ? 1 : 0, (await write(EngineFixture.Row(table, id, name), default)).Rows);
                if (exists)
                    Take(id, name);
            }

            void Take(long row, string value)
            {
                if (model.TryGetValue(row, out var before))
                    names.Remove(before);
                model[row] = value;
                names.Add(value);
            }
        }
    }

    private static async Task CompareAsync(Table table, Dictionary<long, string>[] models)
    {
        Assert.Equal(models.Sum(static m => m.Count), await table.CountAsync());
        for (var p = 0; p < models.Length; p++)
        {
            for (var k = 0; k < KeysEach * 5 / 4; k++)
                Assert.Equal(models[p].GetValueOrDefault(Id(p, k)), (string?)(await table.FindAsync(Id(p, k)))?["name"]);
        }
    }

    private static long Id(int producer, int key) => ((long)key * Producers) + producer;

    private static string Name(int producer, int key) => $"{producer}-{key}";
}
