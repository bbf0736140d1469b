using System.Globalization;

namespace Helios.Pipeline.Storage.Tests;

public sealed class StoreCursorBatchTests : IDisposable
{
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Batches_have_the_rows_that_a_walk_row_by_row_finds_at_every_LSN_and_in_every_set_of_ranges(int seed)
    {
        var random = new Random(seed);
        using var store = _directory.Create();
        var lsn = 0UL;
        for (var i = 0; i < 1_500; i++)
        {
            var row = (ulong)random.Next(1, 120);
            lsn++;
            if (random.Next(4) == 0)
                store.Remove(1, row, lsn);
            else
                store.Put(1, row, lsn, string.Create(CultureInfo.InvariantCulture, $"v{lsn}"));
            if (i == 700)
                store.Flush();
        }

        store.Put(2, 5, lsn, "another partition");
        for (var turn = 0; turn < 60; turn++)
        {
            var asOf = (ulong)random.NextInt64((long)lsn + 1);
            var (from, through) = ((ulong)random.Next(0, 130), random.Next(3) == 0 ? ulong.MaxValue : (ulong)random.Next(0, 130));
            var ranges = turn % 2 == 0 ? null : new RandomRanges(random);
            var expected = store.Scan(1, asOf, from, through).Where(r => ranges?.Has(ulong.Parse(r.Split('@')[0], CultureInfo.InvariantCulture)) ?? true).ToList();

            using var cursor = store.OpenCursor(1, new Lsn(asOf), new RowId(from), new RowId(through));
            if (ranges is not null)
                cursor.LimitTo(ranges);
            Assert.True(expected.SequenceEqual(Read(cursor, random.Next(1, 20))), $"seed {seed}, turn {turn}");
        }
    }

    [Fact]
    public void Rows_out_of_the_ranges_are_not_stood_at()
    {
        using var store = _directory.Create();
        for (var row = 1UL; row <= 10_000; row++)
            store.Put(1, row, row, "x");
        using var cursor = store.OpenCursor(1, new Lsn(10_000));
        cursor.LimitTo(new FixedRanges((20, 29), (9_000, 9_001)));

        Assert.Equal(12, Read(cursor, RowBatch.MaxRows).Count);
        Assert.InRange(cursor.Steps, 12, 16);
        Assert.InRange(cursor.Seeks, 2, 3);
    }

    [Fact]
    public void A_batch_over_deleted_rows_ends_early_and_the_next_one_goes_on()
    {
        using var store = _directory.Create();
        using (var batch = new StoreBatch())
        {
            for (var row = 1UL; row <= 40_000; row++)
                batch.DeleteRow(1, new RowId(row), new Lsn(1));
            batch.PutRow(1, new RowId(40_001), new Lsn(1), "x"u8);
            batch.PutApplied(new AppliedState(new Lsn(1), 0, 1));
            store.Write(batch);
        }

        using var cursor = store.OpenCursor(1, new Lsn(1));
        using var rows = RowBatch.Rent();
        Assert.True(cursor.Fill(rows));
        Assert.Equal(0, rows.Count);
        while (cursor.Fill(rows))
        {
        }

        Assert.Equal(new RowId(40_001), rows.Id(0));
    }

    [Fact]
    public void The_highest_row_is_that_of_its_partition_live_or_not()
    {
        using var store = _directory.Create();
        Assert.Equal(default, store.HighestRow(1));
        store.Put(1, 7, 1, "x");
        store.Put(2, 9, 2, "x");
        store.Remove(1, 8, 3);

        Assert.Equal(new RowId(8), store.HighestRow(1));
        Assert.Equal(new RowId(9), store.HighestRow(2));
        Assert.Equal(default, store.HighestRow(3));
        Assert.Equal(default, store.HighestRow(0));
    }

    private static List<string> Read(StoreCursor cursor, int most)
    {
        var found = new List<string>();
        using var batch = RowBatch.Rent();
        bool more;
        do
        {
            batch.Clear();
            more = cursor.Fill(batch, most);
            for (var i = 0; i < batch.Count; i++)
                found.Add($"{batch.Id(i)}@{batch.Version(i)}={System.Text.Encoding.UTF8.GetString(batch[i])}");
        }
        while (more);
        return found;
    }

    private sealed class FixedRanges(params (ulong First, ulong Last)[] ranges) : IRowRanges
    {
        public bool TryNext(RowId from, out RowId first, out RowId last)
        {
            foreach (var range in ranges)
            {
                if (range.Last < from.Value)
                    continue;
                (first, last) = (new RowId(Math.Max(range.First, from.Value)), new RowId(range.Last));
                return true;
            }

            (first, last) = (default, default);
            return false;
        }
    }

    private sealed class RandomRanges : IRowRanges
    {
        private readonly bool[] _has = new bool[140];

        public RandomRanges(Random random)
        {
            var state = false;
            for (var i = 0; i < _has.Length; i++)
                _has[i] = state ^= random.Next(4) == 0;
        }

        public bool Has(ulong row) => _has[row];

        public bool TryNext(RowId from, out RowId first, out RowId last)
        {
            var at = (int)Math.Min(from.Value, (ulong)_has.Length);
            while (at < _has.Length && !_has[at])
                at++;
            first = new RowId((ulong)at);
            var end = at;
            while (end + 1 < _has.Length && _has[end + 1])
                end++;
            last = new RowId((ulong)end);
            return at < _has.Length;
        }
    }
}
