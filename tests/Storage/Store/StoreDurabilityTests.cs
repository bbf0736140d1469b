using System.Globalization;

namespace Helios.Pipeline.Storage.Tests;

public sealed class StoreDurabilityTests : IDisposable
{
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_was_not_flushed_is_gone_after_closing()
    {
        using (var store = _directory.Create())
        {
            store.Put(1, 1, 1, "flushed");
            store.Flush();
            store.Put(1, 2, 2, "lost");
        }

        using var reopened = _directory.Reopen();
        Assert.Equal(["1@1=flushed"], reopened.Scan(1, 99));
        Assert.Equal(new Lsn(1), reopened.Applied()?.Lsn);
    }

    [Fact]
    public void A_flushed_store_is_whole_after_reopening()
    {
        using (var store = _directory.Create())
        {
            store.Put(1, 1, 1, "one");
            store.Put(1, 2, 2, "two");
            store.Flush();
            Assert.Equal(0, store.UnflushedBytes);
            Assert.False(store.FlushPending);
        }

        using var reopened = _directory.Reopen();
        Assert.Equal(["1@1=one", "2@2=two"], reopened.Scan(1, 99));
        Assert.Equal(new Lsn(2), reopened.FlushedLsn());
    }

    [Fact]
    public void The_flushed_LSN_is_the_one_in_the_files_while_memory_holds_a_newer_one()
    {
        using var store = _directory.Create();
        Assert.Equal(Lsn.Zero, store.FlushedLsn());
        store.Put(1, 1, 1, "one");
        Assert.Equal(Lsn.Zero, store.FlushedLsn());
        store.Flush();
        store.Put(1, 2, 2, "two");

        Assert.Equal(new Lsn(1), store.FlushedLsn());
        Assert.Equal(new Lsn(2), store.Applied()?.Lsn);
        Assert.True(store.UnflushedBytes > 0);
    }

    [Fact]
    public void A_flush_that_was_begun_ends_by_itself_and_names_the_LSN_it_began_at()
    {
        using var store = _directory.Create();
        for (var lsn = 1UL; lsn <= 1_000; lsn++)
            store.Put(1, lsn, lsn, new string('x', 1_000));

        store.BeginFlush();
        Assert.Equal(0, store.UnflushedBytes);
        store.Put(1, 1_001, 1_001, "later");
        Assert.True(SpinWait.SpinUntil(() => !store.FlushPending, TimeSpan.FromSeconds(30)));

        Assert.Equal(new Lsn(1_000), store.FlushedLsn());
    }

    [Fact]
    public void Options_that_a_killed_open_had_begun_to_write_are_removed_by_the_next_open_and_by_no_reader()
    {
        using (var store = _directory.Create())
        {
            store.Put(1, 1, 1, "one");
            store.Flush();
        }

        var (begun, other) = (Path.Combine(_directory.Path, "OPTIONS-000042.dbtmp"), Path.Combine(_directory.Path, "OPTIONS-notes"));
        File.WriteAllText(begun, "[Version]");
        File.WriteAllText(other, "somebody's");

        _ = RocksStore.ReadApplied(_directory.Path, new(), TimeProvider.System, keys: null);
        Assert.True(File.Exists(begun));

        using var reopened = _directory.Reopen();
        Assert.False(File.Exists(begun));
        Assert.True(File.Exists(other));
        Assert.Equal(["1@1=one"], reopened.Scan(1, 99));
    }

    [Fact]
    public void Begun_options_that_cannot_be_looked_for_are_the_disk_s_error_and_not_a_bare_exception()
    {
        var error = Assert.Throws<HeliosException>(() => StoreLeftovers.Remove(Path.Combine(_directory.Path, "away")));

        Assert.Equal((HeliosErrorKind.Unavailable, "io_error"), (error.Kind, error.Code));
        Assert.Contains("The store is whole", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_and_applied_LSN_agree_after_each_of_many_crashes()
    {
        var seed = Environment.GetEnvironmentVariable("HELIOS_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        var random = new Random(seed);
        var lsn = 0UL;
        for (var crash = 0; crash < 12; crash++)
        {
            using (var store = _directory.Create())
            {
                var applied = store.Applied()?.Lsn.Value ?? 0;
                var rows = store.Scan(1, ulong.MaxValue >> 16);
                Assert.True(applied <= lsn, $"HELIOS_SEED={seed}: applied {applied} of {lsn}");
                Assert.True(
                    rows.SequenceEqual(Enumerable.Range(1, (int)applied).Select(row => $"{row}@{row}=row {row}")),
                    $"HELIOS_SEED={seed}, crash {crash}: applied {applied}, but {rows.Count} rows");
                Assert.Equal(applied, store.FlushedLsn().Value);

                lsn = applied;
                for (var run = random.Next(1, 200); run > 0; run--)
                {
                    lsn++;
                    store.Put(1, lsn, lsn, $"row {lsn}");
                    if (random.Next(30) == 0)
                        store.BeginFlush();
                }
            }
        }

        using var last = _directory.Reopen();
        Assert.True(last.Applied()?.Lsn > Lsn.Zero, $"HELIOS_SEED={seed}: no flush ever finished");
    }

    [Fact]
    public void RocksDB_does_not_flush_by_itself_below_four_times_the_threshold()
    {
        var options = new StoreOptions { FlushBytes = 1 << 20 };
        using var store = _directory.Create(options);
        using var batch = new StoreBatch();
        var row = 0UL;
        while (store.UnflushedBytes < 3 * options.FlushBytes / 2)
        {
            batch.Clear();
            for (var i = 0; i < 100; i++)
                batch.PutRow(1, new RowId(++row), new Lsn(row), "0123456789"u8);
            batch.PutApplied(new AppliedState(new Lsn(row), 0, 1));
            store.Write(batch);
        }

        Assert.True(store.FlushDue);
        Assert.False(store.FlushPending);
        Assert.Equal(Lsn.Zero, store.FlushedLsn());
        Assert.Empty(Directory.GetFiles(_directory.Path, "*.sst"));
    }

    [Fact]
    public void Compaction_frees_what_was_replaced_and_keeps_what_is_there()
    {
        using var store = _directory.Create(new StoreOptions { Compression = StoreCompression.None });
        for (var row = 1UL; row <= 200; row++)
            store.Put(1, row, row, new string('x', 5_000));
        store.Put(2, 1, 201, "stays");
        store.Flush();
        var before = store.LiveBytes;
        Assert.True(store.ApproximateBytes(1) > 500_000, $"{store.ApproximateBytes(1)} bytes");
        Assert.True(store.ApproximateBytes(2) < 100_000, $"{store.ApproximateBytes(2)} bytes");
        using var batch = new StoreBatch();
        batch.RemovePartition(1);
        store.Write(batch);

        store.Compact();
        store.CompactPartition(2);

        Assert.True(store.LiveBytes < before / 10, $"{store.LiveBytes} of {before} bytes are left");
        Assert.Equal(["1@201=stays"], store.Scan(2, 999));
        Assert.Contains("Compaction Stats", store.Statistics, StringComparison.Ordinal);
    }
}
