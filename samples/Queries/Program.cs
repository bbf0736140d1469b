using Helios.Pipeline.Ingestion;

await using HeliosEngine helios = await HeliosEngine.OpenInMemoryAsync();
Table<Reading> readings = await helios.TableAsync<Reading>();
DateTime start = new(2026, 1, 1);
for (int hour = 0; hour < 100; hour++)
    await readings.InsertAsync(Enumerable.Range(0, 1_000).Select(i => new Reading((hour * 1_000) + i, $"sensor-{i % 40}", start.AddHours(hour).AddSeconds(i), i % 97 == 0 ? null : i / 10.0)));

// A condition in C#: what the engine cannot carry out is refused, never filtered in silence.
Query<Reading> warm = readings.Where(r => r.At >= start.AddHours(20) && r.At < start.AddHours(21) && r.Value > 99.5);
await foreach (Reading reading in warm)
    Console.WriteLine(reading);

// No index has the times, but blocks whose times lie elsewhere are not read.
Console.WriteLine(await warm.ExplainAsync());

// By the key, from its end, page by page: each page begins behind the last row of the one before.
Query<Reading> page = readings.OrderByDescending(r => r.Id).Take(3);
IReadOnlyList<Reading> first = await page.ToListAsync();
Console.WriteLine($"{first[^1].Id}, then {(await page.After(first[^1].Id).ToListAsync())[0].Id}");

// Only the columns that are used are decoded; two workers share the table.
Console.WriteLine($"mean {await readings.Query().Parallel(2).AverageAsync(r => r.Value):0.00} of {await readings.Query().CountAsync(r => r.Value != null)}");

// The same in SQL, and several questions to one moment.
using ReadSnapshot now = helios.OpenSnapshot();
await readings.DeleteAsync(0L);
Console.WriteLine($"{await readings.Query().Where("Sensor IN ('sensor-0', 'sensor-1') AND Value IS NULL").At(now).CountAsync()} of {await readings.Query().At(now).CountAsync()}");

[HeliosTable("readings")]
public sealed record Reading([property: Key] long Id, string Sensor, DateTime At, double? Value);
