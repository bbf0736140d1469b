namespace Helios.Pipeline.Storage.Tests;

public sealed class RocksStoreTests : IDisposable
{
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_row_is_read_back_at_exactly_its_version()
    {
        using var store = _directory.Create();
        store.Put(1, 5, 10, "ten");
        store.Put(1, 5, 20, "twenty");

        Assert.Equal("ten", store.Row(1, 5, 10));
        Assert.Equal("twenty", store.Row(1, 5, 20));
        Assert.Null(store.Row(1, 5, 15));
        Assert.Null(store.Row(1, 6, 10));
        Assert.Null(store.Row(2, 5, 10));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_row_as_of_an_LSN_is_its_newest_version_at_or_before_it(bool flushed)
    {
        using var store = _directory.Create();
        store.Put(1, 5, 10, "ten");
        store.Put(1, 5, 20, "twenty");
        store.Remove(1, 5, 30);
        store.Put(1, 5, 40, "forty");
        store.Put(1, 6, 40, "neighbour");
        if (flushed)
            store.Flush();

        Assert.Equal([null, "ten", "ten", "twenty", null, null, "forty", "forty"],
            new ulong[] { 9, 10, 19, 20, 30, 39, 40, 99 }.Select(lsn => store.RowAsOf(1, 5, lsn)));
        Assert.Null(store.RowAsOf(1, 4, 99));
    }

    [Fact]
    public void One_key_is_written_per_inserted_row()
    {
        using var store = _directory.Create();
        using var batch = new StoreBatch();
        for (var i = 1u; i <= 500; i++)
            batch.PutRow(1, new RowId(i), new Lsn(1), "row".Bytes());
        batch.PutCounters(new TableId(16), new TableCounters(500, new RowId(500)));
        batch.PutApplied(new AppliedState(new Lsn(1), 2, 3));

        store.Write(batch);

        Assert.Equal(500, store.Scan(1, 1).Count);
        Assert.Equal(2, store.MetaCount());
    }

    [Fact]
    public void A_run_reaches_RocksDB_in_one_call_and_an_empty_one_in_none()
    {
        using var store = _directory.Create();
        using var batch = new StoreBatch();
        store.Write(batch);
        Assert.Equal(0, store.WriteCalls);

        for (var i = 1u; i <= 4_096; i++)
            batch.PutRow(1, new RowId(i), new Lsn(i), "row".Bytes());
        store.Write(batch);

        Assert.Equal(1, store.WriteCalls);
        Assert.Equal(batch.Bytes, store.UnflushedBytes);
        Assert.Equal(4_096, store.Scan(1, 4_096).Count);
    }

    [Fact]
    public void Values_of_the_default_family_are_set_read_and_deleted()
    {
        using var store = _directory.Create();
        using var batch = new StoreBatch();
        using var into = new ByteBuffer(1);
        var value = new byte[10_000];
        value[^1] = 7;
        batch.PutMeta([3, 1], value);
        store.Write(batch);

        Assert.True(store.TryGetMeta([3, 1], into));
        Assert.Equal(value, into.Written.ToArray());

        batch.Clear();
        batch.DeleteMeta([3, 1]);
        store.Write(batch);

        Assert.False(store.TryGetMeta([3, 1], into));
        Assert.Equal(value.Length, into.Length);
    }

    [Fact]
    public void Applied_state_and_counters_are_read_back()
    {
        using var store = _directory.Create();
        using var batch = new StoreBatch();
        Assert.Null(store.Applied());
        Assert.Null(store.Counters(new TableId(16)));
        batch.PutApplied(new AppliedState(new Lsn(77), -5, 9));
        batch.PutCounters(new TableId(16), new TableCounters(12, new RowId(34)));

        store.Write(batch);

        Assert.Equal(new AppliedState(new Lsn(77), -5, 9), store.Applied());
        Assert.Equal(new TableCounters(12, new RowId(34)), store.Counters(new TableId(16)));
    }

    [Fact]
    public void A_removed_partition_is_gone_and_its_neighbours_are_not()
    {
        using var store = _directory.Create();
        foreach (var partition in new[] { 4u, 5u, 6u, uint.MaxValue })
        {
            store.Put(partition, 1, 1, "low");
            store.Put(partition, (1UL << 48) - 1, 1, "high");
        }

        using var batch = new StoreBatch();
        batch.RemovePartition(5);
        batch.RemovePartition(uint.MaxValue);
        store.Write(batch);

        Assert.Equal([2, 0, 2, 0], new[] { 4u, 5u, 6u, uint.MaxValue }.Select(p => store.Scan(p, 1).Count));
        Assert.Null(store.Row(5, 1, 1));
    }

    [Fact]
    public void Ten_thousand_exact_reads_allocate_nothing()
    {
        using var store = _directory.Create();
        for (var row = 1UL; row <= 100; row++)
            store.Put(1, row, row, new string('x', 130));
        store.Flush();
        using var into = new ByteBuffer(1_024);
        Read(100);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var found = Read(10_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(10_000, found);

        int Read(int times)
        {
            var count = 0;
            for (var i = 0; i < times; i++)
            {
                into.Truncate(0);
                var row = (ulong)(i % 100) + 1;
                if (store.TryGetRow(1, new RowId(row), new Lsn(row), into) && into.Length == 130)
                    count++;
            }

            return count;
        }
    }

    [Fact]
    public void A_missing_store_is_corrupt_and_nothing_is_created()
    {
        var missing = Path.Combine(_directory.Path, "gone");

        var thrown = Assert.Throws<HeliosException>(() => RocksStore.Open(missing, new(), create: false));

        Assert.Equal((HeliosErrorKind.Corrupt, "corrupt"), (thrown.Kind, thrown.Code));
        Assert.Contains(missing, thrown.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(missing));
    }

    [Fact]
    public void A_store_that_is_open_is_busy_for_a_second_opener()
    {
        using var store = _directory.Create();

        var thrown = Assert.Throws<HeliosException>(() => _directory.Reopen());

        Assert.Equal((HeliosErrorKind.Busy, "busy"), (thrown.Kind, thrown.Code));
        store.Put(1, 1, 1, "still usable");
    }

    [Fact]
    public void Every_member_of_a_closed_store_says_that_it_is_closed()
    {
        var store = _directory.Create();
        store.Put(1, 1, 1, "row");
        var cursor = store.OpenCursor(1, new Lsn(1));
        Assert.True(cursor.MoveNext());
        using var batch = new StoreBatch();
        using var into = new ByteBuffer();
        batch.DeleteMeta([1]);

        store.Dispose();
        store.Dispose();

        Assert.Equal("row".Bytes(), cursor.Row.ToArray());
        Action[] uses =
        [
            () => store.Write(batch), store.Flush, store.BeginFlush, store.Verify, store.Compact, () => store.FlushedLsn(),
            () => store.Applied(), () => _ = store.FlushPending, () => _ = store.LiveBytes, () => _ = store.Statistics,
            () => store.TryGetRow(1, new RowId(1), new Lsn(1), into), () => store.TryGetMeta([1], into),
            () => store.TryGetRowAsOf(1, new RowId(1), new Lsn(1), into, out _), () => store.ApproximateBytes(1),
            () => store.OpenCursor(1, new Lsn(1)), () => store.OpenMeta([]), () => cursor.MoveNext(),
        ];
        Assert.All(uses, use => Assert.Throws<ObjectDisposedException>(use));
        cursor.Dispose();
    }

    [Fact]
    public void Closing_under_running_readers_ends_them_with_one_clear_error()
    {
        var store = _directory.Create();
        for (var row = 1UL; row <= 1_000; row++)
            store.Put(1, row, row, "row");
        var ended = new Exception?[4];
        using var running = new CountdownEvent(ended.Length);
        var readers = Enumerable.Range(0, ended.Length).Select(i => new Thread(() =>
        {
            running.Signal();
            ended[i] = Record.Exception((Action)ReadForEver);
        })).ToArray();
        Array.ForEach(readers, reader => reader.Start());
        running.Wait();

        store.Dispose();

        Assert.All(readers, reader => Assert.True(reader.Join(TimeSpan.FromSeconds(30))));
        Assert.All(ended, thrown => Assert.IsType<ObjectDisposedException>(thrown));

        void ReadForEver()
        {
            while (true)
            {
                Assert.Equal("row", store.Row(1, 500, 500));
                Assert.Equal("row", store.RowAsOf(1, 500, 600));
                Assert.Equal(1_000, store.Scan(1, 1_000).Count);
            }
        }
    }
}
