using System.Globalization;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Reads;

/// <summary>
/// Writers change few rows in every way, and readers with snapshots of all ages ask for them again and again: what a point read says through the cache has to be what a scan, which goes past it, has
/// said when the snapshot was opened.
/// </summary>
/// <param name="seed">Of all threads.</param>
/// <param name="planted">Does what a defect would do when a writer has just given a row this name; null for none.</param>
internal sealed class RowCacheRun(int seed, Action<HeliosEngine, Table, string>? planted = null)
{
    public const long MaxBytes = 64 << 10;
    public const long MaxRows = 50; // fewer than there are, old versions included

    private const int Keys = 40;
    private const int Writers = 2;
    private const int Readers = 2;
    private const int Changes = 200; // of each writer
    private const int OpenAtOnce = 5; // snapshots of one reader
    private const int MostKnown = 2_000;

    private int _writing = Writers;
    private long _reads;
    private string? _wrong;

    public long Hits { get; private set; }

    public int Resumptions { get; private set; }

    public long Reads => Volatile.Read(ref _reads);

    /// <summary>The first answer that was wrong; null where none was.</summary>
    public async Task<string?> FindWrongAsync()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Unsafe) with
        {
            RowCacheBytes = MaxBytes,
            RowCacheRows = MaxRows,
            FlushBytes = 64 << 10,
            Versions = new VersionOptions { CollectionInterval = TimeSpan.FromMilliseconds(10) },
        });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await table.InsertAsync(Enumerable.Range(0, Keys).Select(id => EngineFixture.Row(table, id, Name(0, id))));
        var writers = Enumerable.Range(1, Writers).Select(writer => Task.Run(() => WriteAsync(engine, table, writer, new Random(seed + writer))));
        var readers = Enumerable.Range(1, Readers).Select(reader => OnOwnThread(() => Read(engine, table, new Random(seed - reader))));
        await Task.WhenAll([.. writers, .. readers, Task.Run(() => DisturbAsync(engine, table, fixture.Files))]);
        CheckBounds(engine.Parts.Rows, spare: 0);
        Hits = engine.Parts.Rows.Hits;
        return _wrong;
    }

    /// <summary>Readers never wait: on the pool they would keep the writers from their turn.</summary>
    private static Task OnOwnThread(Action read) => Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private bool IsWriting => Volatile.Read(ref _writing) > 0;

    private static string Name(int writer, long change) => string.Create(CultureInfo.InvariantCulture, $"{writer} {change}");

    private async Task WriteAsync(HeliosEngine engine, Table table, int writer, Random random)
    {
        try
        {
            for (var change = 1; change <= Changes && _wrong is null; change++)
            {
                var (key, name) = ((long)random.Next(Keys), Name(writer, change));
                await TryAsync(() => ChangeAsync(engine, table, key, name, random));
                planted?.Invoke(engine, table, name);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _writing);
        }
    }

    private static async Task ChangeAsync(HeliosEngine engine, Table table, long key, string name, Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                await table.DeleteAsync(key);
                break;
            case 1: // gives the key to another row
                using (var session = engine.OpenSession())
                {
                    session.Delete(table, key);
                    session.Upsert(table, EngineFixture.Row(table, key, name));
                    await session.CommitAsync();
                }

                break;
            case 2: // the rows exchange their keys, or a row gets another one
                var other = random.Next(Keys);
                await table.UpdateWhereAsync(row => row.Get<long>("id") == key || row.Get<long>("id") == other, row =>
                {
                    row["id"] = row.Get<long>("id") == key ? other : key;
                    return row;
                });
                break;
            case 3:
                await WriteAndTakeBackAsync(engine, table, key, name, random);
                break;
            default:
                await table.UpsertAsync(EngineFixture.Row(table, key, name));
                break;
        }
    }

    private static async Task WriteAndTakeBackAsync(HeliosEngine engine, Table table, long key, string name, Random random)
    {
        await using var transaction = await engine.BeginTransactionAsync();
        transaction.Upsert(table, EngineFixture.Row(table, key, name));
        var savepoint = transaction.Save();
        transaction.Delete(table, key);
        transaction.Upsert(table, EngineFixture.Row(table, random.Next(Keys), name + " taken back"));
        await transaction.FindAsync(table, key);
        transaction.RollbackTo(savepoint);
        if (random.Next(3) > 0)
            await transaction.CommitAsync();
    }

    /// <summary>Alters the table, lets time pass for the cache, rewrites files, and lets the log fail and go on.</summary>
    private async Task DisturbAsync(HeliosEngine engine, Table table, FaultyFiles files)
    {
        for (var i = 0; IsWriting && _wrong is null; i++)
        {
            var check = await engine.AddConstraintAsync("things", new CheckConstraint($"check {i}", "id >= 0"));
            await check.Completion;
            engine.Parts.Rows.Age(TimeSpan.FromMinutes(1));
            await engine.DropConstraintAsync("things", $"check {i}");
            if (i % 10 == 9)
                await engine.VacuumAsync();
            if (i % 10 != 0)
                continue;
            files.Fail(FileCall.Write, StorageErrors.NoSpace, forEver: true, path: ".wal");
            await Assert.ThrowsAsync<HeliosException>(async () => await table.UpsertAsync(EngineFixture.Row(table, 0, $"refused {i}")));
            files.Heal();
            await engine.ResumeAsync();
            Resumptions++;
        }
    }

    private void Read(HeliosEngine engine, Table table, Random random)
    {
        var open = new List<SeenRows>();
        var known = new List<byte[]>(); // keys that some row has or had
        using var row = new ByteBuffer();
        while (IsWriting && _wrong is null)
        {
            if (open.Count < OpenAtOnce || random.Next(20) == 0)
                Open(engine, table, open, known, random);
            var (seen, index, key) = (open[random.Next(open.Count)], random.Next(2), known[random.Next(known.Count)]);
            var isFound = seen.View.TryFind(table.Plan, index, key, row, out var version);
            var expected = seen.Rows[index].GetValueOrDefault(Convert.ToHexString(key));
            if (isFound != expected is not null || (expected is not null && !row.Written.SequenceEqual(expected)))
                Wrong($"as of commit {seen.View.Lsn} a point read by index {index} finds row {version.Row} of LSN {version.Lsn}, {row.Length} bytes, and the scan said something else");
            CheckBounds(engine.Parts.Rows, spare: Readers + Writers); // who puts a row in takes another one out behind it
            Interlocked.Increment(ref _reads);
        }

        open.ForEach(static seen => seen.View.Dispose());
    }

    private void CheckBounds(RowCache cache, int spare)
    {
        if (cache.Count > MaxRows + spare || cache.Bytes > MaxBytes + (spare * 200))
            Wrong($"the cache has {cache.Bytes} bytes and {cache.Count} rows");
    }

    private static void Open(HeliosEngine engine, Table table, List<SeenRows> open, List<byte[]> known, Random random)
    {
        if (open.Count == OpenAtOnce)
        {
            var at = random.Next(open.Count);
            open[at].View.Dispose();
            open.RemoveAt(at);
        }

        var seen = new SeenRows(engine.OpenView(), [[], []]);
        var offsets = new int[table.Plan.Definition.Schema.Columns.Length];
        using var key = new ByteBuffer();
        using var rows = seen.View.Scan(table.Plan);
        while (rows.MoveNext())
        {
            RowView.ReadOffsets(rows.Row, offsets);
            for (var index = 0; index < 2; index++)
            {
                key.Truncate(0);
                table.Plan.Encoders[index].Append(rows.Row, offsets, key);
                seen.Rows[index].Add(Convert.ToHexString(key.Written), rows.Row.ToArray());
                known.Add(key.Written.ToArray());
            }
        }

        if (known.Count > MostKnown)
            known.RemoveRange(0, known.Count - MostKnown);
        open.Add(seen);
    }

    /// <summary>What a scan has said of a moment: by index, the rows by their keys.</summary>
    private sealed record SeenRows(ReadView View, Dictionary<string, byte[]>[] Rows);

    /// <summary>What two writers want at once one of them gets; the other goes on, and so it does behind a log that has failed.</summary>
    private static async Task TryAsync(Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (HeliosException error) when (error.IsTransient || error.Code == "duplicate_key" || error.Kind == HeliosErrorKind.Unavailable)
        {
            // somebody else was first, or it is not written
        }
    }

    private void Wrong(string answer) => Interlocked.CompareExchange(ref _wrong, $"HELIOS_SEED={seed}: {answer}", null);
}
