using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A database goes to another key while it works, and a kill leaves it with one of the two.</summary>
public sealed class RotateKeyTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Rotating_while_rows_are_written_loses_nothing_and_the_old_key_opens_nothing()
    {
        await using (var helios = await OpenAsync(1))
        {
            var table = await helios.TableAsync("things", EngineFixture.Schema);
            var writing = Task.WhenAll(Enumerable.Range(1, 300).Select(async id => await table.InsertAsync(EngineFixture.Row(table, id))));
            for (var seed = 2; seed <= 5; seed++)
            {
                await helios.RotateKeyAsync(DatabaseFiles.Key(seed));
                await foreach (var row in table.ScanAsync())
                    Assert.InRange((long)row["id"]!, 1, 300); // readers see rows under every key so far
            }

            await writing;
            Assert.NotNull(await table.FindAsync(300L));
        }

        foreach (var old in Enumerable.Range(1, 4))
            await DatabaseFiles.RefusedAsync("key_mismatch", _fixture.Path, Options(old));
        await using var again = await OpenAsync(5);
        Assert.Equal(300, await again.FindTable("things")!.CountAsync());
        var report = again.Inspect();
        Assert.True(report.Recovery.WasClean);
    }

    [Fact]
    public async Task What_is_written_after_a_rotation_stays_closed_to_who_had_the_old_key_and_the_old_key_file()
    {
        byte[] oldFile;
        CommitReceipt before;
        await using (var helios = await OpenAsync(1))
        {
            var table = await helios.TableAsync("things", EngineFixture.Schema);
            before = await table.InsertAsync(EngineFixture.Row(table, 1));
            await helios.CheckpointAsync();
            oldFile = await File.ReadAllBytesAsync(Path.Combine(_fixture.Path, "keys"));
            await helios.RotateKeyAsync(DatabaseFiles.Key(2));
            await table.InsertAsync(EngineFixture.Row(table, 2));
            await helios.CheckpointAsync();
            await table.InsertAsync(EngineFixture.Row(table, 3));
        }

        var oldKeys = KeyFileContent.Decode(oldFile, "keys").Records[^1].Id;
        var frames = Frames(Path.Combine(_fixture.Path, "log"));
        Assert.Contains(frames, frame => frame.First <= before.Lsn);
        Assert.Contains(frames, frame => frame.First > before.Lsn);
        Assert.All(frames, frame => Assert.Equal(frame.First <= before.Lsn, frame.KeyId <= oldKeys));

        using (var store = RocksStore.Open(Path.Combine(_fixture.Path, "store"), new StoreOptions(), create: false)) // as it lies on disk, not decrypted
        {
            var (old, second, third) = (KeyIdOf(store, 1), KeyIdOf(store, 2), KeyIdOf(store, 3));
            Assert.InRange(old, 1u, oldKeys);
            Assert.All([second, third], id => Assert.InRange(id, oldKeys + 1, uint.MaxValue));
        }

        var stolen = DatabaseFiles.Copy(_fixture.Path, Path.Combine(_fixture.Path, "stolen"));
        await File.WriteAllBytesAsync(Path.Combine(stolen, "keys"), oldFile);
        var error = await DatabaseFiles.RefusedAsync("corrupt", stolen, Options(1));
        Assert.Contains($"data key {oldKeys + 1}, which", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rotation_killed_at_any_file_call_leaves_the_old_key_or_the_new_one()
    {
        var copies = Directory.CreateTempSubdirectory("helios-test-").FullName;
        try
        {
            var opened = new HashSet<int>();
            for (var nth = 1; ; nth++)
            {
                var db = Path.Combine(_fixture.Path, $"{nth}");
                var files = new FaultyFiles(PhysicalFiles.Instance);
                var ended = false;
                await using (var helios = await HeliosEngine.OpenAsync(db, Options(1) with { Files = files }))
                {
                    var table = await helios.TableAsync("things", EngineFixture.Schema);
                    await table.InsertAsync(EngineFixture.Row(table, 1));
                    var (calls, at) = (0, nth);
                    files.Before = (_, path) =>
                    {
                        if (path.Contains("keys", StringComparison.Ordinal) || path == db)
                        {
                            if (++calls == at)
                                DatabaseFiles.Copy(db, Path.Combine(copies, $"{at}")); // the disk as a kill finds it
                        }
                    };
                    await helios.RotateKeyAsync(DatabaseFiles.Key(2));
                    files.Before = null;
                    ended = calls < nth;
                }

                if (ended)
                    break;
                var (killed, seed) = (Path.Combine(copies, $"{nth}"), 1);
                try
                {
                    await using var old = await HeliosEngine.OpenAsync(killed, Options(1));
                }
                catch (HeliosException error) when (error.Code == "key_mismatch")
                {
                    seed = 2;
                }

                opened.Add(seed);
                await using var again = await HeliosEngine.OpenAsync(killed, Options(seed));
                Assert.NotNull(await again.FindTable("things")!.FindAsync(1L));
                await again.RotateKeyAsync(DatabaseFiles.Key(3)); // what the killed one left is not in the way
            }

            Assert.Equal([1, 2], opened.Order());
        }
        finally
        {
            Directory.Delete(copies, recursive: true);
        }
    }

    [Theory]
    [InlineData(nameof(FileCall.Create), StorageErrors.NoSpace, "disk_full")]
    [InlineData(nameof(FileCall.Write), StorageErrors.Io, "io_error")]
    [InlineData(nameof(FileCall.Sync), StorageErrors.Io, "io_error")]
    [InlineData(nameof(FileCall.Rename), StorageErrors.Io, "io_error")]
    [InlineData(nameof(FileCall.SyncDirectory), StorageErrors.Io, "io_error")]
    public async Task A_rotation_that_the_disk_refuses_leaves_an_engine_that_works_and_one_of_two_keys(string call, int errno, string code)
    {
        await using (var helios = await OpenAsync(1, _fixture.Files))
        {
            var table = await helios.TableAsync("things", EngineFixture.Schema);
            await table.InsertAsync(EngineFixture.Row(table, 1));
            _fixture.Files.Before = (made, path) =>
            {
                if (made.ToString() == call && (path.Contains("keys", StringComparison.Ordinal) || path == _fixture.Path))
                    throw StorageErrors.FromErrno(errno, call, path);
            };
            var error = await Assert.ThrowsAsync<HeliosException>(() => helios.RotateKeyAsync(DatabaseFiles.Key(2)));
            Assert.Equal(code, error.Code);
            Assert.Contains(call == nameof(FileCall.SyncDirectory) ? "has been replaced" : "could not be replaced", error.Message, StringComparison.Ordinal);
            _fixture.Files.Before = null;
            await table.InsertAsync(EngineFixture.Row(table, 2));
            Assert.NotNull(await table.FindAsync(1L));
        }

        var either = new HeliosOptions { Encryption = KeyProviders.Combine(DatabaseFiles.Key(2), DatabaseFiles.Key(1)) };
        await using var again = await HeliosEngine.OpenAsync(_fixture.Path, either);
        Assert.Equal(2, await again.FindTable("things")!.CountAsync());
        Assert.NotNull(await again.FindTable("things")!.FindAsync(2L));
    }

    [Fact]
    public async Task A_full_disk_at_the_first_write_is_resumed_from_when_there_is_room()
    {
        await using (var helios = await OpenAsync(1))
            await helios.TableAsync("things", EngineFixture.Schema);
        await using var opened = await OpenAsync(1, _fixture.Files);
        var table = opened.FindTable("things")!;
        _fixture.Files.Fail(FileCall.Create, StorageErrors.NoSpace, path: "keys"); // each open makes a data key of its own
        Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => table.InsertAsync(EngineFixture.Row(table, 1)).AsTask())).Code);
        await opened.ResumeAsync();
        await table.InsertAsync(EngineFixture.Row(table, 1));
        Assert.NotNull(await table.FindAsync(1L));
    }

    [Fact]
    public async Task What_a_killed_rotation_left_beside_the_key_file_goes_at_the_next_open_with_the_right_key()
    {
        await using (await HeliosEngine.OpenAsync(_fixture.Path, new HeliosOptions { Encryption = DatabaseFiles.Key(1) }))
        {
        }

        var left = Path.Combine(_fixture.Path, "keys.new");
        await File.WriteAllBytesAsync(left, [1, 2, 3]);
        await DatabaseFiles.RefusedAsync("key_mismatch", _fixture.Path, new HeliosOptions { Encryption = DatabaseFiles.Key(2) });
        Assert.True(File.Exists(left));
        await using (await HeliosEngine.OpenAsync(_fixture.Path, new HeliosOptions { Encryption = DatabaseFiles.Key(1) }))
            Assert.False(File.Exists(left));
    }

    [Fact]
    public async Task There_is_nothing_to_rotate_in_a_database_that_is_not_encrypted_or_is_closed()
    {
        await using (var plain = await HeliosEngine.OpenInMemoryAsync())
            Assert.Equal("not_encrypted", (await Assert.ThrowsAsync<HeliosException>(() => plain.RotateKeyAsync(DatabaseFiles.Key(2)))).Code);
        var helios = await OpenAsync(1);
        await helios.DisposeAsync();
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => helios.RotateKeyAsync(DatabaseFiles.Key(2)))).Code);
    }

    private static List<(Lsn First, uint KeyId)> Frames(string log)
    {
        var frames = new List<(Lsn, uint)>();
        foreach (var segment in Directory.GetFiles(log, "*.wal"))
        {
            var bytes = File.ReadAllBytes(segment);
            var at = WalSegmentHeader.Size;
            while (at + WalFrame.HeaderSize <= bytes.Length && new WalFrame(bytes.AsSpan(at)) is { Magic: WalFormat.FrameMagic } frame)
            {
                frames.Add((frame.First, frame.KeyId));
                at += frame.Length;
            }
        }

        return frames;
    }

    /// <summary>The stored form of a row is format u8, key id u32: what is read without keys comes without its first byte.</summary>
    private static uint KeyIdOf(RocksStore store, ulong row)
    {
        using var bytes = new ByteBuffer();
        Assert.True(store.TryGetRowAsOf(ClosedDatabase.Things.Value, new RowId(row), Lsn.Max, bytes, out _));
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes.Written);
    }

    private static HeliosOptions Options(int seed) => new() { Encryption = DatabaseFiles.Key(seed) };

    private Task<HeliosEngine> OpenAsync(int seed, IStorageFiles? files = null) =>
        HeliosEngine.OpenAsync(_fixture.Path, Options(seed) with { Files = files ?? PhysicalFiles.Instance });
}
