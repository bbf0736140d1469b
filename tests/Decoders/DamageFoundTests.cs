using System.Buffers.Binary;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders.Tests;

/// <summary>What the theory and the fuzzer found, one test each.</summary>
public class DamageFoundTests
{
    [Fact]
    public void An_insert_with_more_rows_than_it_says_is_damaged_not_read_beyond_its_bitmap()
    {
        var payload = Insert(rows: 9, droppable: true, says: 1);
        var failure = Assert.Throws<HeliosException>(() => ReadInsert(payload));
        Assert.Equal("corrupt", failure.Code);
    }

    [Fact]
    public void An_insert_with_fewer_rows_than_it_says_is_damaged() =>
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => ReadInsert(Insert(rows: 3, droppable: false, says: 4))).Code);

    [Fact]
    public void A_bitmap_that_drops_rows_that_are_not_there_is_damaged()
    {
        var payload = Insert(rows: 3, droppable: true, says: 3);
        payload[^1] = 0x08;
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => ReadInsert(payload)).Code);
    }

    [Fact]
    public void An_operation_with_a_flag_that_no_version_writes_is_damaged()
    {
        var payload = Insert(rows: 1, droppable: false, says: 1);
        payload[ChangeFormat.CommitHeaderSize + 1] |= 0x02;
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => ReadInsert(payload)).Code);
    }

    [Fact]
    public void A_source_that_is_neither_complete_nor_not_is_damaged()
    {
        var body = new byte[ChangeFormat.MoveSourceSize];
        SourceCodec.Write(body, new SourceProgress(new TableId(1), default) { Complete = true }, 0);
        body[52] = 3;
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => SourceCodec.Read(body, Lsn.Zero, out _)).Code);
    }

    [Theory]
    [InlineData(8, 0)] // format 0
    [InlineData(39, 0x7f)] // a time after the year 9999
    [InlineData(8, 2)] // the format of an encrypted database, and not the flag
    [InlineData(40, 1)] // the flag, and not the format
    [InlineData(40, 2)] // an unknown flag
    [InlineData(63, 1)] // not zero behind the fields
    public void An_identity_that_was_never_written_so_is_corrupt_whatever_its_checksum(int at, byte value)
    {
        var bytes = new DatabaseIdentity(Guid.NewGuid(), DateTimeOffset.UnixEpoch).Encode();
        bytes[at] = value;
        new DatabaseIdentityDecoder().Repair(bytes);
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => DatabaseIdentity.Decode(bytes, "identity")).Code);
    }

    [Fact]
    public void A_segment_header_with_bytes_behind_its_fields_is_none()
    {
        var block = new byte[WalSegmentHeader.Size];
        new WalSegmentHeader { First = new Lsn(1) }.WriteTo(block);
        Assert.True(WalSegmentHeader.TryRead(block, "segment", out _));
        block[^1] = 1;
        WalSegmentHeaderDecoder.RepairBlock(block);
        Assert.False(WalSegmentHeader.TryRead(block, "segment", out _));
    }

    [Fact]
    public void A_definition_with_bytes_behind_it_is_corrupt()
    {
        byte[] definition = [.. CatalogCodec.Encode("t", 1, new TableSchema([new Column("a", ColumnType.Int8)])), 0];
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => CatalogCodec.Decode(new TableId(17), 17, definition)).Code);
    }

    [Theory]
    [InlineData(255, 0, true)]
    [InlineData(256, 0, false)]
    [InlineData(254, 1, true)]
    [InlineData(255, 1, false)]
    public void A_table_has_no_more_unique_indexes_than_its_index_ids_have_room_for(int unique, int key, bool isTaken)
    {
        var constraints = Enumerable.Range(0, unique).Select(i => new UniqueConstraint($"u{i}", "a"));
        var failure = Record.Exception(() => new TableSchema([new Column("a", ColumnType.Int8)], new[] { "a" }.Take(key), constraints));
        Assert.Equal(isTaken, failure is null);
        Assert.True(failure is null or ArgumentException);
    }

    [Fact]
    public void A_probe_with_bytes_behind_it_is_malformed()
    {
        using var key = new ByteBuffer();
        var encoder = new KeyEncoder(new TableSchema([new Column("a", ColumnType.Int8)]), [0]);
        Assert.True(encoder.TryAppendProbe([0x92, 1, 7], key, out _, out _));
        Assert.False(encoder.TryAppendProbe([0x92, 1, 7, 7], key, out _, out var fault));
        Assert.Equal(RowFault.MalformedRow, fault.Code);
    }

    [Fact]
    public void Canonical_json_takes_memory_for_its_text_and_not_for_each_object()
    {
        var text = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("{}", 100_000))}]");
        var decoder = new CanonicalJsonDecoder();
        decoder.Walk(text); // pools are filled
        var before = GC.GetAllocatedBytesForCurrentThread();
        decoder.Walk(text);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16L * text.Length);
    }

    [Theory]
    [InlineData("""{"b":1,"a":2}""", """{"a":2,"b":1}""")]
    [InlineData("""{"a":1,"a":2}""", """{"a":2}""")]
    [InlineData("""{"b":{"y":1,"x":{"\u0041":1,"A":[{"d":0,"c":0}]}},"a\nb":3,"a":4,"\"":5}""", """{"\"":5,"a":4,"a\nb":3,"b":{"x":{"A":[{"c":0,"d":0}]},"y":1}}""")]
    [InlineData("""{"":1,"":{"b":1,"a":1},"z":[]}""", """{"":{"a":1,"b":1},"z":[]}""")]
    public void Members_are_put_in_order_and_the_last_of_equal_names_counts(string text, string canonical)
    {
        using var buffer = new ByteBuffer();
        CanonicalJson.Write(Encoding.UTF8.GetBytes(text), buffer);
        Assert.Equal(canonical, Encoding.UTF8.GetString(buffer.Written));
    }

    private static byte[] Insert(int rows, bool droppable, int says)
    {
        using var commit = new ChangeSetBuilder();
        commit.BeginInsert(new TableId(17), 17);
        for (var i = 0; i < rows; i++)
        {
            commit.BeginRow();
            commit.EndRow();
        }

        commit.EndInsert(droppable);
        commit.Seal();
        var bytes = commit.Buffer.Written.ToArray();
        var insert = ChangeFormat.CommitHeaderSize + ChangeFormat.OperationHeaderSize;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(insert + 16), says);
        if (!droppable)
            return bytes;

        // The bitmap is as long as the number of rows that is said.
        var shorter = ChangeFormat.BitmapBytes(rows) - ChangeFormat.BitmapBytes(says);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - shorter);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(ChangeFormat.CommitHeaderSize + 4), bytes.Length - insert - shorter);
        return bytes[..^shorter];
    }

    private static int ReadInsert(byte[] payload)
    {
        var stored = 0;
        var commits = new CommitReader(payload);
        while (commits.TryNext(out var operations))
        {
            while (operations.TryNext(out var operation))
            {
                var insert = operation.AsInsert();
                var row = 0;
                foreach (var _ in insert)
                    stored += insert.IsDropped(row++) ? 0 : 1;
            }
        }

        return stored;
    }
}
