namespace Helios.Pipeline.Storage.Tests;

public sealed class KeySpaceTests
{
    [Fact]
    public void Row_keys_sort_by_partition_then_row_then_newest_version()
    {
        var inOrder =
            from partition in new[] { 0u, 1u, 255u, 256u, uint.MaxValue }
            from row in new[] { 1UL, 2UL, 10UL, 255UL, 256UL, (1UL << 48) - 1 }
            from lsn in new[] { Lsn.Max.Value, 256UL, 255UL, 1UL, 0UL }
            select (partition, new RowId(row), new Lsn(lsn));

        var keys = inOrder.Select(k => Row(k.partition, k.Item2, k.Item3)).ToList();

        Assert.Equal(keys.OrderBy(Convert.ToHexString, StringComparer.Ordinal), keys);
        Assert.Equal(inOrder, keys.Select(key => KeyReader.Row(key)));
    }

    [Fact]
    public void The_end_of_a_partition_lies_behind_its_last_row_and_at_or_before_the_next_one()
    {
        Span<byte> end = stackalloc byte[KeySpace.RowKeySize + 1];
        Assert.True(Row(4, new RowId(ulong.MaxValue), Lsn.Zero).AsSpan().SequenceCompareTo(end[..KeyWriter.RowsEnd(end, 4)]) < 0);
        Assert.True(end[..KeyWriter.RowsEnd(end, 4)].SequenceCompareTo(Row(5, default, new Lsn(ulong.MaxValue))) <= 0);
        Assert.True(Row(uint.MaxValue, new RowId(ulong.MaxValue), Lsn.Zero).AsSpan().SequenceCompareTo(end[..KeyWriter.RowsEnd(end, uint.MaxValue)]) < 0);
    }

    [Fact]
    public void Other_keys_are_read_as_they_were_written()
    {
        var key = new byte[200];
        byte[] fingerprint = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

        Assert.Equal(new TableId(7), KeyReader.Counters(key.AsSpan(0, KeyWriter.Counters(key, new TableId(7)))));
        Assert.Equal((new TableId(8), new Lsn(9)), KeyReader.Catalog(key.AsSpan(0, KeyWriter.Catalog(key, new TableId(8), new Lsn(9)))));
        var source = key.AsSpan(0, KeyWriter.SourcePosition(key, new TableId(10), fingerprint));
        Assert.Equal(new TableId(10), KeyReader.SourcePosition(source, out var read));
        Assert.Equal(fingerprint, read.ToArray());
        var vacated = key.AsSpan(0, KeyWriter.Vacated(key, 11, "key"u8, new Lsn(12)));
        Assert.Equal((11u, new Lsn(12)), KeyReader.Vacated(vacated, out var indexKey));
        Assert.Equal("key"u8.ToArray(), indexKey.ToArray());
        var producer = key.AsSpan(0, KeyWriter.Producer(key, ProducerId.Read(fingerprint), 13, hash: null));
        Assert.Equal(13, KeyReader.Producer(producer, out var id));
        Assert.Equal(fingerprint, id.ToArray());
    }

    [Fact]
    public void A_key_of_another_shape_is_corrupt()
    {
        byte[][] keys = [[], [0x02], [0x02, 0, 0, 0], [0x03, 0, 0, 0, 1], [0x05, 0, 0, 0, 1], new byte[19], new byte[21], new byte[70_000]];

        foreach (var key in keys)
        {
            Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => KeyReader.Row(key)).Code);
            Assert.Throws<HeliosException>(() => KeyReader.Counters(key));
            Assert.Throws<HeliosException>(() => KeyReader.Catalog(key));
            Assert.Throws<HeliosException>(() => KeyReader.SourcePosition(key, out _));
            Assert.Throws<HeliosException>(() => KeyReader.Vacated(key, out _));
            Assert.Throws<HeliosException>(() => KeyReader.Producer(key, out _));
        }
    }

    private static byte[] Row(uint partition, RowId row, Lsn lsn)
    {
        var key = new byte[KeySpace.RowKeySize];
        KeyWriter.Row(key, partition, row, lsn);
        return key;
    }
}
