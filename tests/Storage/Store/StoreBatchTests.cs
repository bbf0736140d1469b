using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Helios.Pipeline.Storage.Tests;

public sealed class StoreBatchTests
{
    [Fact]
    public void A_batch_has_the_bytes_that_RocksDBs_own_batch_has()
    {
        byte[] small = [1, 2, 3];
        var large = new byte[70_000];
        Random.Shared.NextBytes(large);
        var key127 = new byte[127];
        var key300 = new byte[300];
        using var ours = new StoreBatch();
        using var theirs = new NativeBatch();

        ours.PutRow(7, new RowId(9), new Lsn(11), small);
        theirs.PutRow(RowKey(7, 9, 11), [1, .. small]);
        ours.PutRow(uint.MaxValue, new RowId(1UL << 40), Lsn.Max, large);
        theirs.PutRow(RowKey(uint.MaxValue, 1UL << 40, Lsn.Max.Value), [1, .. large]);
        ours.PutRow(1, new RowId(1), new Lsn(1), new byte[126]);
        theirs.PutRow(RowKey(1, 1, 1), [1, .. new byte[126]]);
        ours.PutRow(1, new RowId(1), new Lsn(2), new byte[127]);
        theirs.PutRow(RowKey(1, 1, 2), [1, .. new byte[127]]);
        ours.PutRow(1, new RowId(1), new Lsn(3), default);
        theirs.PutRow(RowKey(1, 1, 3), [1]);
        ours.DeleteRow(7, new RowId(9), new Lsn(12));
        theirs.PutRow(RowKey(7, 9, 12), [0]);
        ours.RemoveVersion(7, new RowId(9), new Lsn(12));
        theirs.RemoveRow(RowKey(7, 9, 12));
        ours.RemovePartition(5);
        theirs.RemoveRows([0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 6]);
        ours.PutMeta(key127, small);
        theirs.Put(key127, small);
        ours.PutMeta(key300, large);
        theirs.Put(key300, large);
        ours.DeleteMeta(key300);
        theirs.Delete(key300);
        ours.DeleteMetaRange([4], [5]);
        theirs.DeleteRange([4], [5]);
        ours.PutVacated(3, key127, new Lsn(8), new RowId(0x0102));
        theirs.Put([5, 0, 0, 0, 3, .. key127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xF7], [2, 1, 0, 0, 0, 0, 0, 0]);

        Assert.Equal(13, ours.Count);
        Assert.Equal(theirs.Data(), ours.Representation.ToArray());
    }

    [Fact]
    public void A_cleared_batch_begins_anew()
    {
        using var batch = new StoreBatch();
        var empty = batch.Bytes;
        batch.PutRow(1, new RowId(1), new Lsn(1), [1]);

        batch.Clear();

        Assert.Equal(0, batch.Count);
        Assert.Equal(empty, batch.Bytes);
        Assert.Equal(new byte[12], batch.Representation.ToArray());
    }

    [Fact]
    public void Filling_a_batch_again_allocates_nothing()
    {
        using var batch = new StoreBatch();
        var row = new byte[130];
        Fill();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Fill();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Fill()
        {
            batch.Clear();
            for (var i = 0u; i < 10_000; i++)
                batch.PutRow(1, new RowId(i), new Lsn(1), row);
            batch.PutApplied(new AppliedState(new Lsn(1), 2, 3));
            batch.PutCounters(new TableId(1), new TableCounters(1, new RowId(2)));
        }
    }

    [Fact]
    public void A_batch_that_was_very_large_gives_its_memory_back()
    {
        using var batch = new StoreBatch();
        var row = new byte[1 << 20];
        for (var i = 1UL; i <= 33; i++)
            batch.PutRow(1, new RowId(i), new Lsn(1), row);
        Assert.True(batch.Capacity > 32 << 20);
        batch.Clear();
        Assert.InRange(batch.Capacity, 1, 1 << 20);
        batch.PutRow(1, new RowId(1), new Lsn(1), row);
        Assert.Equal(1, batch.Count);
    }

    private static byte[] RowKey(uint partition, ulong row, ulong lsn)
    {
        var key = new byte[20];
        BinaryPrimitives.WriteUInt32BigEndian(key, partition);
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(4), row);
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(12), ulong.MaxValue - lsn);
        return key;
    }
}
