using System.Globalization;

namespace Helios.Pipeline.Storage.Tests;

public sealed class StoreCursorTests : IDisposable
{
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_cursor_sees_the_newest_version_of_each_row_at_its_LSN_and_no_deleted_row()
    {
        using var store = _directory.Create();
        store.Put(1, 1, 10, "a10");
        store.Put(1, 2, 11, "b11");
        store.Put(1, 3, 12, "c12");
        store.Flush();
        store.Put(1, 1, 20, "a20");
        store.Remove(1, 2, 21);
        store.Put(1, 4, 22, "d22");
        store.Put(2, 1, 22, "another partition");
        store.Put(1, 1, 30, "a30");

        Assert.Equal([], store.Scan(1, 9));
        Assert.Equal(["1@10=a10", "2@11=b11", "3@12=c12"], store.Scan(1, 19));
        Assert.Equal(["1@20=a20", "3@12=c12", "4@22=d22"], store.Scan(1, 22));
        Assert.Equal(["1@30=a30", "3@12=c12", "4@22=d22"], store.Scan(1, 99));
    }

    [Fact]
    public void Bounds_are_inclusive_and_may_be_empty()
    {
        using var store = _directory.Create();
        for (var row = 1UL; row <= 9; row++)
            store.Put(1, row, row, "x");

        Assert.Equal(["3@3=x", "4@4=x"], store.Scan(1, 99, from: 3, through: 4));
        Assert.Equal(["9@9=x"], store.Scan(1, 99, from: 9));
        Assert.Empty(store.Scan(1, 99, from: 10));
        Assert.Empty(store.Scan(1, 99, from: 4, through: 3));
        Assert.Equal(9, store.Scan(1, 99, from: 0, through: ulong.MaxValue).Count);
    }

    [Fact]
    public void A_row_with_very_many_versions_is_passed_by_seeks()
    {
        using var store = _directory.Create();
        for (var lsn = 1UL; lsn <= 200; lsn++)
        {
            store.Put(1, 1, lsn, "a");
            store.Put(1, 2, lsn, "b");
        }

        store.Put(1, 3, 201, "c");

        Assert.Equal(["1@7=a", "2@7=b"], store.Scan(1, 7));
        Assert.Equal(["1@200=a", "2@200=b", "3@201=c"], store.Scan(1, 300));
    }

    [Fact]
    public void A_cursor_that_seeks_again_stays_at_its_LSN_while_newer_versions_are_written()
    {
        var clock = new StandingClock();
        using var store = _directory.Create(time: clock);
        for (var row = 1UL; row <= 20; row++)
            store.Put(1, row, row, "old");
        store.Remove(1, 15, 21);
        using var cursor = store.OpenCursor(1, new Lsn(21));
        var seen = new List<string>();

        while (cursor.MoveNext())
        {
            seen.Add($"{cursor.RowId}@{cursor.Version}");
            var lsn = 100 + cursor.RowId.Value;
            store.Put(1, cursor.RowId.Value, lsn, "new");
            store.Put(1, cursor.RowId.Value + 1, lsn + 100, "new");
            store.Remove(1, cursor.RowId.Value + 2, lsn + 200);
            store.Put(1, 15, lsn + 300, "back again");
            store.Put(1, 21, lsn + 400, "too new");
            clock.Advance(StoreIterator.MaxAge);
        }

        Assert.Equal(Enumerable.Range(1, 20).Where(row => row != 15).Select(row => $"{row}@{row}"), seen);
    }

    [Fact]
    public void A_scan_longer_than_an_iterator_lives_sees_each_row_once()
    {
        const ulong rows = StoreIterator.MaxSteps + 10_000;
        using var store = _directory.Create(time: new StandingClock());
        using var batch = new StoreBatch();
        for (var row = 1UL; row <= rows; row++)
            batch.PutRow(1, new RowId(row), new Lsn(1), "x"u8);
        store.Write(batch);
        using var cursor = store.OpenCursor(1, new Lsn(1), longScan: true);
        var expected = 1UL;

        while (cursor.MoveNext())
            Assert.Equal(expected++, cursor.RowId.Value);

        Assert.Equal(rows + 1, expected);
    }

    [Fact]
    public void Rows_that_are_all_too_new_are_passed_even_where_the_iterator_ages_at_each_step()
    {
        var clock = new HastyClock();
        using var store = _directory.Create(time: clock);
        for (var row = 1UL; row <= 50; row++)
            store.Put(1, row, 1_000 + row, "too new");
        store.Put(1, 51, 5, "seen");

        Assert.Equal(["51@5=seen"], store.Scan(1, 10));
    }

    [Fact]
    public void A_reader_that_has_stopped_pins_nothing_after_the_next_flush_and_goes_on_where_it_was()
    {
        var clock = new StandingClock();
        using var store = _directory.Create(time: clock);
        store.Put(1, 1, 1, "a");
        store.Put(1, 2, 2, "b");
        using var cursor = store.OpenCursor(1, new Lsn(2));
        Assert.True(cursor.MoveNext());
        Assert.True(cursor.IsPinning);

        store.ReleaseIdleCursors();
        Assert.True(cursor.IsPinning);
        clock.Advance(StoreIterator.MaxAge);
        store.Flush();

        Assert.False(cursor.IsPinning);
        Assert.Equal("a".Bytes(), cursor.Row.ToArray());
        Assert.Equal(["2@2=b"], cursor.Rest());
    }

    [Fact]
    public void Random_histories_read_at_random_LSNs_agree_with_a_model()
    {
        var seed = Environment.GetEnvironmentVariable("HELIOS_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        var random = new Random(seed);
        using var store = _directory.Create(time: new HastyClock());
        var model = new SortedDictionary<(uint Partition, ulong Row, ulong Lsn), string?>();
        for (var lsn = 1UL; lsn <= 600; lsn++)
        {
            var (partition, row) = ((uint)random.Next(1, 4), (ulong)random.Next(1, 30));
            var text = random.Next(4) == 0 ? null : lsn.ToString(CultureInfo.InvariantCulture);
            model[(partition, row, lsn)] = text;
            if (text is null)
                store.Remove(partition, row, lsn);
            else
                store.Put(partition, row, lsn, text);
            if (random.Next(100) == 0)
                store.Flush();
            if (random.Next(10) != 0)
                continue;

            var (asOf, from) = ((ulong)random.Next(0, (int)lsn + 5), (ulong)random.Next(0, 30));
            var through = from + (ulong)random.Next(0, 30);
            var expected = model.Where(v => v.Key.Partition == partition && v.Key.Row >= from && v.Key.Row <= through && v.Key.Lsn <= asOf)
                .GroupBy(v => v.Key.Row)
                .Select(versions => versions.Last())
                .Where(v => v.Value is not null)
                .Select(v => $"{v.Key.Row}@{v.Key.Lsn}={v.Value}").ToList();
            var actual = store.Scan(partition, asOf, from, through);
            Assert.True(expected.SequenceEqual(actual), $"HELIOS_SEED={seed}, LSN {lsn}: expected {string.Join(' ', expected)}, read {string.Join(' ', actual)}");
        }
    }

    [Fact]
    public void Keys_of_one_prefix_are_listed_in_order_and_none_twice_though_the_iterator_is_replaced()
    {
        using var store = _directory.Create(time: new HastyClock());
        using var batch = new StoreBatch();
        for (var i = 0; i < 100; i++)
        {
            batch.PutMeta([4, 0, (byte)i], [(byte)i]);
            batch.PutMeta([4, 0, (byte)i, 0], [1]);
        }

        batch.PutMeta([3, 0xFF, 0xFF], [9]);
        batch.PutMeta([4, 1], [9]);
        batch.PutMeta([0xFF, 0xFF], [9]);
        store.Write(batch);

        using var cursor = store.OpenMeta([4, 0]);
        var keys = new List<string>();
        while (cursor.MoveNext())
        {
            keys.Add(Convert.ToHexString(cursor.Key));
            Assert.Equal(cursor.Key.Length == 3 ? cursor.Key[2] : 1, cursor.Value[0]);
        }

        Assert.Equal(200, keys.Count);
        Assert.Equal(keys.Order(StringComparer.Ordinal).Distinct(), keys);
        Assert.Equal(203, store.MetaCount());
        Assert.Equal(1, store.MetaCount(0xFF));
        Assert.Equal(1, store.MetaCount(3, 0xFF));
    }

    /// <summary>At every look at it a second has gone by.</summary>
    private sealed class HastyClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks += TimeSpan.TicksPerSecond;
    }
}
