using System.Diagnostics;
using Helios.Pipeline;
using Helios.Pipeline.Ingestion;

// 64 producers, each waiting for the answer to one row before it writes the next. Every answer means "on disk":
// commits that arrive while the disk syncs share the next sync, which is why many producers are so much faster than one.
const int Producers = 64;
var rowsEach = args.Length > 0 ? int.Parse(args[0]) : 2_000;
string path = Directory.CreateTempSubdirectory("helios-producers-").FullName;
try
{
    await using HeliosEngine helios = await HeliosEngine.OpenAsync(path);
    Table<Reading> readings = await helios.TableAsync<Reading>("readings");
    using var syncs = new SyncCounter();

    var watch = Stopwatch.StartNew();
    await Task.WhenAll(Enumerable.Range(0, Producers).Select(async sensor =>
    {
        for (var number = 0; number < rowsEach; number++)
            await readings.InsertAsync(new Reading(sensor, number, DateTimeOffset.UtcNow, Math.Sin(number)));
    }));
    watch.Stop();

    long rows = await readings.CountAsync();
    Console.WriteLine($"{rows:N0} rows from {Producers} producers in {watch.Elapsed.TotalSeconds:0.00} s");
    Console.WriteLine($"{rows / watch.Elapsed.TotalSeconds:N0} rows/s, {(double)rows / Math.Max(syncs.Count, 1):0.0} commits per sync");
}
finally
{
    Directory.Delete(path, recursive: true);
}

[HeliosTable]
public sealed record Reading([property: Key] int Sensor, [property: Key(Order = 1)] int Number, DateTimeOffset At, double Value);
