using System.Text;

namespace Helios.Pipeline.Storage.Tests.Encryption;

/// <summary>The store with keys: every way in and out of it.</summary>
public sealed class EncryptedStoreTests : IDisposable
{
    private readonly StoreDirectory _directory = new();
    private readonly DatabaseKeys _keys = new Vault().Open();
    private readonly RocksStore _store;

    public EncryptedStoreTests() => _store = RocksStore.Open(_directory.Path, new(), create: true, keys: _keys);

    public void Dispose()
    {
        _store.Dispose();
        _keys.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(97)] // the stored length passes 127, and its varint a second byte
    [InlineData(98)]
    [InlineData(20_000)]
    public void A_row_of_any_length_comes_back_by_every_read(int length)
    {
        var text = new string('r', length);
        Put(7, 3, text);
        Assert.Equal(text, _store.Row(1, 7, 3));
        Assert.Equal(text, _store.RowAsOf(1, 7, 9));
        Assert.Equal([$"7@3={text}"], _store.Scan(1, asOf: 9));
        using var versions = _store.OpenVersions();
        Assert.True(versions.MoveNext());
        Assert.Equal($"\u0001{text}", Encoding.UTF8.GetString(versions.Value));
        Assert.Equal($"\u0001{text}", Encoding.UTF8.GetString(versions.Value)); // asked twice, decrypted once
        Assert.False(versions.MoveNext());
    }

    [Fact]
    public void A_deletion_hides_the_row_from_then_on_and_reads_leave_nothing_behind()
    {
        Put(7, 3, "row");
        using (var batch = _store.NewBatch())
        {
            batch.DeleteRow(1, new RowId(7), new Lsn(4));
            _store.Write(batch);
        }

        Assert.Equal("row", _store.RowAsOf(1, 7, 3));
        Assert.Null(_store.RowAsOf(1, 7, 4));
        Assert.Null(_store.Row(1, 7, 4));
        Assert.Empty(_store.Scan(1, asOf: 4));
        using var into = new ByteBuffer();
        into.Append("before"u8);
        Assert.False(_store.TryGetRow(1, new RowId(7), new Lsn(4), into));
        Assert.False(_store.TryGetRowAsOf(1, new RowId(7), new Lsn(4), into, out _));
        Assert.True(_store.TryGetRow(1, new RowId(7), new Lsn(3), into));
        Assert.Equal("beforerow", Encoding.UTF8.GetString(into.Written));
    }

    [Fact]
    public void Applied_state_counters_and_positions_come_back_flushed_or_not()
    {
        var applied = new AppliedState(new Lsn(5), 12, 3);
        using (var batch = _store.NewBatch())
        {
            batch.PutCounters(new TableId(2), new TableCounters(10, new RowId(11)));
            batch.PutSource(new TableId(2), UInt128.MaxValue, "position"u8);
            batch.PutApplied(applied);
            _store.Write(batch);
        }

        Assert.Equal(applied, _store.Applied());
        Assert.Equal(Lsn.Zero, _store.FlushedLsn());
        _store.Flush();
        Assert.Equal(new Lsn(5), _store.FlushedLsn());
        Assert.Equal(new TableCounters(10, new RowId(11)), _store.Counters(new TableId(2)));
        using var value = new ByteBuffer();
        Assert.True(_store.TryGetSource(new TableId(2), UInt128.MaxValue, value));
        Assert.Equal("position", Encoding.UTF8.GetString(value.Written));
        Assert.False(_store.TryGetSource(new TableId(3), UInt128.MaxValue, value)); // the table counts in the hash
        using (var batch = _store.NewBatch())
        {
            batch.DeleteSource(new TableId(2), UInt128.MaxValue);
            _store.Write(batch);
        }

        Assert.False(_store.TryGetSource(new TableId(2), UInt128.MaxValue, value));
    }

    [Fact]
    public void Keys_that_rows_give_up_and_fingerprints_stand_in_the_store_as_hashes()
    {
        var longest = new byte[KeySpace.MaxIndexKey];
        longest.AsSpan().Fill(0x41);
        using (var batch = _store.NewBatch())
        {
            batch.PutVacated(4, "given up"u8, new Lsn(9), new RowId(77));
            batch.PutVacated(5, "given up"u8, new Lsn(9), new RowId(78));
            batch.PutVacated(6, longest, new Lsn(9), new RowId(79));
            batch.PutSource(new TableId(2), new UInt128(0x5A5A_5A5A_5A5A_5A5A, 0), "position"u8);
            Assert.Equal(-1, batch.Representation.IndexOf("given"u8));
            Assert.Equal(-1, batch.Representation.IndexOf("posi"u8));
            Assert.Equal(-1, batch.Representation.IndexOf(new byte[] { 0x5A, 0x5A, 0x5A, 0x5A }));
            _store.Write(batch);
        }

        var hashes = new HashSet<string>();
        using var vacated = _store.OpenMeta([KeySpace.Vacated]);
        for (var i = 0u; i < 3; i++)
        {
            Assert.True(vacated.MoveNext());
            Assert.Equal((4 + i, new Lsn(9)), KeyReader.Vacated(vacated.Key, out var hash));
            Assert.Equal(KeyedHash.ShortSize, hash.Length);
            Assert.True(hashes.Add(Convert.ToHexString(hash)), "two indexes share a hash");
            Assert.Equal([(byte)(77 + i), 0, 0, 0, 0, 0, 0, 0], vacated.Value.ToArray());
        }
    }

    [Fact]
    public void A_batch_without_keys_is_refused_and_one_with_keys_by_a_plain_store()
    {
        using var plain = new StoreBatch();
        plain.PutRow(1, new RowId(1), new Lsn(1), "row"u8);
        Assert.Throws<ArgumentException>(() => _store.Write(plain));
        using var encrypted = _store.NewBatch();
        encrypted.PutRow(1, new RowId(1), new Lsn(1), "row"u8);
        using var directory = new StoreDirectory();
        using var other = directory.Create();
        Assert.Throws<ArgumentException>(() => other.Write(encrypted));
        other.Write(plain);
    }

    [Fact]
    public void A_value_that_does_not_verify_names_its_place_and_a_cursor_over_versions_goes_on()
    {
        Put(7, 3, "one");
        Put(8, 4, "two");
        _store.Flush();
        _store.Dispose();
        using (var raw = _directory.Reopen()) // as somebody sees it who has no key
        {
            using var stored = new ByteBuffer();
            Assert.True(raw.TryGetRow(1, new RowId(8), new Lsn(4), stored));
            using var batch = new StoreBatch();
            batch.PutRow(1, new RowId(7), new Lsn(3), stored.Written); // its kind is the value's format
            batch.PutMeta([0x09], "no value"u8);
            raw.Write(batch);
            raw.Flush();
        }

        using var store = RocksStore.Open(_directory.Path, new(), create: false, keys: _keys);
        var error = Assert.Throws<HeliosException>(() => store.Row(1, 7, 3));
        Assert.Equal(("corrupt", true), (error.Code, error.Message.Contains("version 3 of row 7 of partition 1", StringComparison.Ordinal)));
        using var versions = store.OpenVersions();
        Assert.True(versions.MoveNext());
        Assert.Equal("corrupt", Refused(versions).Code);
        Assert.True(versions.MoveNext());
        Assert.Equal(4, versions.Value.Length);
        using var into = new ByteBuffer();
        Assert.Contains("key 09", Assert.Throws<HeliosException>(() => store.TryGetMeta([0x09], into)).Message, StringComparison.Ordinal);

        static HeliosException Refused(VersionCursor cursor)
        {
            try
            {
                return new HeliosException(HeliosErrorKind.Internal, "internal", $"{cursor.Value.Length} bytes were decrypted");
            }
            catch (HeliosException error)
            {
                return error;
            }
        }
    }

    [Fact]
    public void Putting_and_reading_rows_allocate_nothing()
    {
        using var batch = _store.NewBatch();
        using var into = new ByteBuffer(4096);
        var row = new byte[120];
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            batch.Clear();
            batch.PutRow(1, new RowId(1), new Lsn(1), row);
            batch.PutVacated(1, row, new Lsn(1), new RowId(1));
            _store.Write(batch);
            into.Truncate(0);
            Assert.True(_store.TryGetRow(1, new RowId(1), new Lsn(1), into));
        }
    }

    private void Put(ulong row, ulong lsn, string text)
    {
        using var batch = _store.NewBatch();
        batch.PutRow(1, new RowId(row), new Lsn(lsn), text.Bytes());
        _store.Write(batch);
    }
}
