using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Tests;

public sealed class RowCacheTests
{
    private static readonly byte[] s_row = new byte[100];

    private readonly ByteBuffer _into = new();

    [Fact]
    public void A_row_is_found_by_its_exact_version_and_by_no_other()
    {
        var cache = new RowCache(new RowCacheOptions { MaxBytes = 1 << 20 });
        cache.Put(1, new RowId(7), new Lsn(3), "old"u8);
        cache.Put(1, new RowId(7), new Lsn(5), "new"u8);

        Assert.Equal("old"u8, Read(cache, 7, 3));
        Assert.Equal("new"u8, Read(cache, 7, 5));
        Assert.False(Has(cache, 7, 4));
        Assert.False(cache.TryGet(2, new RowId(7), new Lsn(5), _into));
        Assert.Equal((2L, 2L), (cache.Hits, cache.Misses));
    }

    [Fact]
    public void It_keeps_to_its_bytes()
    {
        var cache = new RowCache(new RowCacheOptions { MaxBytes = 64 << 10 });
        for (var row = 1UL; row <= 10_000; row++)
        {
            cache.Put(1, new RowId(row), new Lsn(1), s_row);
            Assert.InRange(cache.Bytes, 1, 64 << 10);
        }

        Assert.InRange(cache.Bytes, 48 << 10, 64 << 10);
    }

    [Fact]
    public void It_keeps_to_its_rows()
    {
        var cache = new RowCache(new RowCacheOptions { MaxBytes = 1 << 30, MaxRows = 160 });
        for (var row = 1UL; row <= 10_000; row++)
            cache.Put(1, new RowId(row), new Lsn(1), s_row);

        Assert.InRange(cache.Count, 150, 160);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(31)]
    public void It_keeps_to_a_number_of_rows_that_does_not_divide_evenly(long most)
    {
        var cache = new RowCache(new RowCacheOptions { MaxBytes = 1 << 30, MaxRows = most });
        for (var row = 1UL; row <= 1_000; row++)
            cache.Put(1, new RowId(row), new Lsn(1), s_row);

        Assert.Equal(most, cache.Count);
    }

    [Theory]
    [InlineData(0, 1_000)]
    [InlineData(1 << 20, 0)]
    public void One_that_may_keep_nothing_keeps_nothing(long bytes, long rows)
    {
        var cache = new RowCache(new RowCacheOptions { MaxBytes = bytes, MaxRows = rows });
        cache.Put(1, new RowId(1), new Lsn(1), s_row);

        Assert.Equal((0L, 0L), (cache.Count, cache.Bytes));
    }

    [Fact]
    public void A_row_that_is_large_beside_the_cache_does_not_empty_it()
    {
        var cache = new RowCache(new RowCacheOptions { MaxBytes = 64 << 10 });
        cache.Put(1, new RowId(1), new Lsn(1), s_row);
        cache.Put(1, new RowId(2), new Lsn(1), new byte[4 << 10]);

        Assert.True(Has(cache, 1, 1));
        Assert.False(Has(cache, 2, 1));
    }

    [Fact]
    public void Rows_that_are_asked_for_outlive_others_where_room_is_short()
    {
        var cache = new RowCache(new RowCacheOptions { MaxBytes = 1 << 30, MaxRows = 16 * 50 });
        cache.Put(1, new RowId(1), new Lsn(1), s_row);
        for (var row = 2UL; row <= 5_000; row++)
        {
            cache.Put(1, new RowId(row), new Lsn(1), s_row);
            Assert.True(Has(cache, 1, 1));
        }
    }

    [Fact]
    public void Rows_that_nobody_asks_for_go_with_time_and_the_others_stay()
    {
        var cache = new RowCache(new RowCacheOptions { MaxBytes = 1 << 30, Idle = TimeSpan.FromMinutes(5) });
        for (var row = 1UL; row <= 1_000; row++)
            cache.Put(1, new RowId(row), new Lsn(1), s_row);

        for (var second = 0; second < 2 * 300; second++)
        {
            cache.Age(TimeSpan.FromSeconds(1));
            Assert.True(Has(cache, 500, 1));
            if (second == 30)
                Assert.InRange(cache.Count, 850, 950); // a tenth of a turn
        }

        Assert.Equal(1, cache.Count);
        Assert.Equal(s_row.Length + 96, cache.Bytes);
    }

    [Fact]
    public void Where_time_does_not_matter_rows_stay()
    {
        var cache = new RowCache(new RowCacheOptions { MaxBytes = 1 << 30, Idle = TimeSpan.Zero });
        cache.Put(1, new RowId(1), new Lsn(1), s_row);
        cache.Age(TimeSpan.FromDays(30));

        Assert.True(Has(cache, 1, 1));
    }

    private ReadOnlySpan<byte> Read(RowCache cache, ulong row, ulong version)
    {
        _into.Truncate(0);
        Assert.True(cache.TryGet(1, new RowId(row), new Lsn(version), _into));
        return _into.Written;
    }

    private bool Has(RowCache cache, ulong row, ulong version) => cache.TryGet(1, new RowId(row), new Lsn(version), _into);
}
