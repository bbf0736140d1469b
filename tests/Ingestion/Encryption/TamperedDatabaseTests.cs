using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Somebody without the key changes an encrypted database so that every checksum is right.</summary>
public sealed class TamperedDatabaseTests : IAsyncLifetime
{
    private static readonly IKeyProvider s_key = DatabaseFiles.Key(1);
    private ClosedDatabase _database = null!;

    public async Task InitializeAsync() => _database = await ClosedDatabase.CreateAsync(s_key);

    public Task DisposeAsync()
    {
        _database.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_changed_row_is_refused_by_find_scan_open_and_verify()
    {
        EditRaw((store, batch) => batch.PutRow(ClosedDatabase.Things.Value, new RowId(7), Version(store, 7), Flip(Stored(store, 7))));
        await AssertRefusedAsync("row 7");
    }

    [Fact]
    public async Task A_row_moved_to_another_key_is_refused()
    {
        EditRaw((store, batch) => batch.PutRow(ClosedDatabase.Things.Value, new RowId(8), Version(store, 8), Stored(store, 7)));
        await AssertRefusedAsync("row 8");
    }

    [Fact]
    public async Task A_forged_deletion_is_refused()
    {
        EditRaw((store, batch) => batch.DeleteRow(ClosedDatabase.Things.Value, new RowId(9), Version(store, 9).Next));
        await AssertRefusedAsync("row 9");
    }

    [Fact]
    public async Task An_older_version_of_a_row_under_the_key_of_a_newer_one_is_refused()
    {
        byte[]? older = null;
        EditRaw((store, _) => older = Stored(store, 5));
        await using (var helios = await HeliosEngine.OpenAsync(_database.Path, new HeliosOptions { Encryption = s_key }))
            await DeleteAsync(helios, 5L);
        EditRaw((store, batch) => batch.PutRow(ClosedDatabase.Things.Value, new RowId(5), Version(store, 5), older)); // in place of the deletion
        await AssertRefusedAsync("row 5");
    }

    [Theory]
    [InlineData(KeySpace.Applied)]
    [InlineData(KeySpace.Counters)]
    [InlineData(KeySpace.Catalog)]
    [InlineData(KeySpace.SourcePosition)]
    [InlineData(KeySpace.CleanClose)]
    public async Task A_changed_value_of_any_other_kind_is_refused(byte kind)
    {
        EditRaw((store, batch) =>
        {
            using var values = store.OpenMeta([kind]);
            Assert.True(values.MoveNext());
            batch.PutMeta(values.Key, Flip(values.Value));
        });
        var error = await DatabaseFiles.RefusedAsync("corrupt", _database.Path, new HeliosOptions { Encryption = s_key });
        Assert.Contains("does not verify", error.Message, StringComparison.Ordinal);
        if (kind != KeySpace.CleanClose) // verify does not read it
            Assert.False((await DatabaseVerifier.VerifyAsync(_database.Path, encryption: s_key)).IsSound);
    }

    [Fact]
    public async Task A_changed_key_that_a_row_gave_up_is_found_by_verify()
    {
        await using (var helios = await HeliosEngine.OpenAsync(_database.Path, new HeliosOptions { Encryption = s_key }))
            await DeleteAsync(helios, 5L);

        Assert.True((await DatabaseVerifier.VerifyAsync(_database.Path, encryption: s_key)).IsSound);
        EditRaw((store, batch) =>
        {
            using var vacated = store.OpenMeta([KeySpace.Vacated]);
            Assert.True(vacated.MoveNext());
            Assert.Equal(KeySpace.VacatedOverhead + KeyedHash.ShortSize, vacated.Key.Length);
            batch.PutMeta(vacated.Key, Flip(vacated.Value));
        });
        var report = await DatabaseVerifier.VerifyAsync(_database.Path, encryption: s_key);
        Assert.Equal(["indexes"], report.Checks.Where(check => !check.Passed).Select(check => check.Name));
    }

    [Fact]
    public async Task A_frame_changed_under_a_right_checksum_is_refused_by_recovery_feed_and_verify()
    {
        string killed;
        await using (var helios = await HeliosEngine.OpenAsync(_database.Path, new HeliosOptions { Encryption = s_key }))
        {
            var table = helios.FindTable(ClosedDatabase.TableName)!;
            await table.InsertAsync(ClosedDatabase.Rows(table, 1001, 5));
            killed = DatabaseFiles.Copy(_database.Path, Path.Combine(_database.Path, "killed"));
        }

        var (segment, offset) = ChangeLastFrame(Path.Combine(killed, "log"));
        var error = await DatabaseFiles.RefusedAsync("corrupt", killed, new HeliosOptions { Encryption = s_key });
        Assert.Contains(segment, error.Message, StringComparison.Ordinal);
        Assert.Contains($"byte {offset}", error.Message, StringComparison.Ordinal);
        Assert.Contains((await DatabaseVerifier.VerifyAsync(killed, encryption: s_key)).Checks, check => check is { Name: "log against store", Passed: false } && check.Message.Contains("does not verify", StringComparison.Ordinal));

        // What the store has is not read again by an open: the feed and verify read it.
        (segment, _) = ChangeLastFrame(_database.LogPath);
        await using (var helios = await HeliosEngine.OpenAsync(_database.Path, new HeliosOptions { Encryption = s_key }))
        {
            var refused = await Assert.ThrowsAsync<HeliosException>(async () =>
            {
                await foreach (var change in helios.Feed(Lsn.Zero))
                    Assert.True(change.Lsn <= helios.Visible);
            });
            Assert.Equal("corrupt", refused.Code);
            Assert.Contains(segment, refused.Message, StringComparison.Ordinal);
        }

        Assert.False((await DatabaseVerifier.VerifyAsync(_database.Path, encryption: s_key)).IsSound);
    }

    private async Task AssertRefusedAsync(string row)
    {
        // The keys of all rows are read at open, and a row that does not verify ends it.
        var error = await DatabaseFiles.RefusedAsync("corrupt", _database.Path, new HeliosOptions { Encryption = s_key });
        Assert.Contains(row, error.Message, StringComparison.Ordinal);
        Assert.Contains((await DatabaseVerifier.VerifyAsync(_database.Path, encryption: s_key)).Checks, check => check is { Name: "rows", Passed: false } && check.Message.Contains(row, StringComparison.Ordinal));

        using var opened = _database.OpenKeys();
        using var store = RocksStore.Open(_database.StorePath, new StoreOptions(), create: false, keys: opened);
        using var bytes = new ByteBuffer();
        var id = new RowId(ulong.Parse(row[4..], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => store.TryGetRowAsOf(ClosedDatabase.Things.Value, id, Lsn.Max, bytes, out _)).Code);
        Assert.Equal(0, bytes.Length);
        using var cursor = store.OpenCursor(ClosedDatabase.Things.Value, Lsn.Max, id, id);
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => cursor.MoveNext()).Code);
    }

    private static async Task DeleteAsync(HeliosEngine helios, long id)
    {
        var table = helios.FindTable(ClosedDatabase.TableName)!;
        using var key = new ByteBuffer();
        Assert.True(KeyProbe.TryEncode(table.Plan, 0, [id], key));
        await KeyedWrite.DeleteAsync(helios, table.Plan, key.Written.ToArray(), default);
    }

    /// <summary>As somebody without the key sees the store: values as they are stored. What is put as a row gets a kind in front, so its first byte is left out.</summary>
    private void EditRaw(Action<RocksStore, StoreBatch> edit)
    {
        using var store = RocksStore.Open(_database.StorePath, new StoreOptions(), create: false);
        using var batch = new StoreBatch();
        edit(store, batch);
        store.Write(batch);
        store.Flush();
    }

    /// <summary>The stored value of a row without its first byte, the format 1: the same number as <see cref="RowKind.Plain"/>.</summary>
    private static byte[] Stored(RocksStore store, ulong row)
    {
        using var bytes = new ByteBuffer();
        ClosedDatabase.VersionOf(store, row, bytes);
        return bytes.Written.ToArray();
    }

    private static Lsn Version(RocksStore store, ulong row) => ClosedDatabase.VersionOf(store, row);

    private static byte[] Flip(ReadOnlySpan<byte> bytes)
    {
        var flipped = bytes.ToArray();
        flipped[^20] ^= 1;
        return flipped;
    }

    private static (string Segment, long Offset) ChangeLastFrame(string log)
    {
        foreach (var segment in Directory.GetFiles(log, "*.wal").OrderDescending(StringComparer.Ordinal))
        {
            var bytes = File.ReadAllBytes(segment);
            var (at, last) = (WalSegmentHeader.Size, 0);
            while (at + WalFrame.HeaderSize <= bytes.Length && new WalFrame(bytes.AsSpan(at)) is { Magic: WalFormat.FrameMagic } frame)
                (last, at) = (at, at + frame.Length);
            if (last == 0)
                continue;
            bytes[last + WalFrame.HeaderSize + 3] ^= 1;
            WalFrame.WriteChecksum(bytes.AsSpan(last, at - last));
            File.WriteAllBytes(segment, bytes);
            return (Path.GetFileName(segment), last);
        }

        throw new InvalidOperationException($"There is no frame in {log}.");
    }
}
