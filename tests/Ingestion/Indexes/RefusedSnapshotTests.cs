using System.Buffers.Binary;
using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A snapshot that is not exactly what it must be costs time, and nothing else.</summary>
public sealed class RefusedSnapshotTests : IDisposable
{
    private readonly SnapshotDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_flipped_byte_or_a_cut_anywhere_and_the_rows_are_read(bool encrypted)
    {
        var options = SnapshotDatabase.Options with { Encryption = encrypted ? DatabaseFiles.Key(1) : null };
        var killed = await KilledAsync(options);
        var whole = File.ReadAllBytes(SnapshotDatabase.SnapshotOf(killed));
        // Magic, version, checksum, LSN, CRC of the frame, lengths; head and payload of the first block; the directory's end.
        foreach (var at in new[] { 0, 8, 12, 33, 57, 65, 97, 101, 120, whole.Length / 2, whole.Length - 1 })
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x10;
            File.WriteAllBytes(SnapshotDatabase.SnapshotOf(killed), damaged);
            await IsRebuiltAsync(killed, options);
        }

        foreach (var length in new[] { 0, 95, 96, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(SnapshotDatabase.SnapshotOf(killed), whole[..length]);
            await IsRebuiltAsync(killed, options);
        }

        File.WriteAllBytes(SnapshotDatabase.SnapshotOf(killed), whole);
        await using var engine = await HeliosEngine.OpenAsync(killed, options);
        Assert.NotNull(engine.Recovered.Report.Indexes.Snapshot);
    }

    [Fact]
    public async Task A_newer_version_and_another_database_are_refused()
    {
        var killed = await KilledAsync(SnapshotDatabase.Options);
        var header = File.ReadAllBytes(SnapshotDatabase.SnapshotOf(killed))[..IndexSnapshotHeader.Size];
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 2);
        Overwrite(killed, header);
        await _database.IsRefusedAsync(killed, "has format 2");
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 1);
        Overwrite(killed, (IndexSnapshotHeader.Decode(header, "") with { DatabaseId = Guid.NewGuid() }).Encode());
        await _database.IsRefusedAsync(killed, "belongs to database");
    }

    [Fact]
    public async Task A_snapshot_whose_frame_the_log_has_let_go_is_refused()
    {
        await using var engine = await HeliosEngine.OpenAsync(_database.Path, SnapshotDatabase.Options);
        await SnapshotDatabase.FillAsync(engine, 0, 100);
        await engine.SnapshotIndexesAsync();
        var old = File.ReadAllBytes(SnapshotDatabase.SnapshotOf(_database.Path));
        await SnapshotDatabase.FillAsync(engine, 100, 500, body: 1_000);
        await engine.SnapshotIndexesAsync();
        await engine.CheckpointAsync();
        var killed = _database.Kill();
        File.WriteAllBytes(SnapshotDatabase.SnapshotOf(killed), old);
        await _database.IsRefusedAsync(killed, "no longer holds");
    }

    [Fact]
    public async Task A_snapshot_that_names_another_frame_of_the_same_lsn_is_refused()
    {
        var twin = "";
        await using (var engine = await HeliosEngine.OpenAsync(_database.Path, SnapshotDatabase.Options))
        {
            await SnapshotDatabase.FillAsync(engine, 0, 100);
            await engine.CheckpointAsync();
            twin = _database.Kill();
            await SnapshotDatabase.FillAsync(engine, 100, 50);
        }

        // The same database went another way from there on.
        await using (var engine = await HeliosEngine.OpenAsync(twin, SnapshotDatabase.Options with { Log = SnapshotDatabase.Options.Log with { LsnSkip = 1 } }))
            await SnapshotDatabase.FillAsync(engine, 200, 50, each: 10);

        Lsn? lsn;
        await using (var engine = await HeliosEngine.OpenAsync(_database.Path, SnapshotDatabase.Options))
        {
            lsn = engine.Visible;
            Assert.Equal(lsn, await engine.SnapshotIndexesAsync());
        }

        Directory.CreateDirectory(Path.Combine(twin, "indexes"));
        File.Copy(SnapshotDatabase.SnapshotOf(_database.Path), SnapshotDatabase.SnapshotOf(twin));
        await _database.IsRefusedAsync(twin, $"the log does not have the frame of LSN {lsn}");
    }

    [Fact]
    public async Task A_snapshot_ahead_of_the_store_is_refused()
    {
        await using var engine = await HeliosEngine.OpenAsync(_database.Path, SnapshotDatabase.Options with { LogRetention = 1 << 30 });
        await SnapshotDatabase.FillAsync(engine, 0, 100);
        var behind = _database.Kill();
        await SnapshotDatabase.FillAsync(engine, 100, 100);
        await engine.SnapshotIndexesAsync();
        var killed = _database.Kill();
        Directory.Delete(Path.Combine(killed, "store"), recursive: true);
        DatabaseFiles.Copy(Path.Combine(behind, "store"), Path.Combine(killed, "store"));
        await _database.IsRefusedAsync(killed, "and the store is at");
    }

    [Fact]
    public async Task A_snapshot_with_a_key_too_few_is_refused_by_the_count_and_one_with_wrong_rows_by_the_store()
    {
        await using var engine = await HeliosEngine.OpenAsync(_database.Path, SnapshotDatabase.Options);
        await SnapshotDatabase.FillAsync(engine, 0, 100);
        await engine.SnapshotIndexesAsync();
        var killed = _database.Kill();
        Rewrite(killed, static (number, _, version) => number == 5 ? null : version);
        await _database.IsRefusedAsync(killed, "it has 99 keys, and the table 100 rows");
        Rewrite(killed, static (_, _, version) => version with { Row = new RowId(version.Row.Value % 100 + 1) });
        await _database.IsRefusedAsync(killed, "which has another key");
        Rewrite(killed, static (_, _, version) => version with { Lsn = new Lsn(1) });
        await _database.IsRefusedAsync(killed, "which the store does not have");
        Rewrite(killed, static (_, _, version) => version);
        Assert.NotNull((await _database.CompareAsync(killed)).Snapshot);
    }

    [Fact]
    public async Task A_snapshot_without_an_index_that_is_older_than_it_is_refused()
    {
        await using var engine = await HeliosEngine.OpenAsync(_database.Path, SnapshotDatabase.Options);
        await SnapshotDatabase.FillAsync(engine, 0, 100);
        await engine.TableAsync("empty", SnapshotDatabase.Schema);
        await engine.SnapshotIndexesAsync();
        var killed = _database.Kill();
        Rewrite(killed, static (_, _, version) => version, trees: 4);
        await _database.IsRefusedAsync(killed, "does not have index name of table empty");
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_none()
    {
        var killed = await KilledAsync(SnapshotDatabase.Options);
        foreach (var call in new[] { FileCall.Open, FileCall.Read })
        {
            var files = new FaultyFiles(PhysicalFiles.Instance);
            files.Fail(call, StorageErrors.Io, forEver: true, path: "snapshot");
            await IsRebuiltAsync(killed, SnapshotDatabase.Options with { Files = files });
        }
    }

    private async Task<string> KilledAsync(HeliosOptions options)
    {
        await using var engine = await HeliosEngine.OpenAsync(_database.Path, options);
        await SnapshotDatabase.FillAsync(engine, 0, 40, each: 5);
        await engine.SnapshotIndexesAsync();
        await SnapshotDatabase.FillAsync(engine, 40, 20);
        return _database.Kill();
    }

    private async Task IsRebuiltAsync(string killed, HeliosOptions options)
    {
        await using var engine = await HeliosEngine.OpenAsync(_database.Kill(killed), options);
        var report = engine.Recovered.Report.Indexes;
        Assert.Null(report.Snapshot);
        Assert.NotNull(report.Refused);
        var table = engine.FindTable("things")!;
        for (var id = 0L; id < 60; id++)
            Assert.NotNull(await table.FindAsync(id));
        Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(() => table.InsertAsync(SnapshotDatabase.Row(table, 7)).AsTask())).Code);
    }

    private static void Overwrite(string database, byte[] header)
    {
        using var file = File.OpenWrite(SnapshotDatabase.SnapshotOf(database));
        file.Write(header);
    }

    /// <summary>A sound file with other content.</summary>
    private static void Rewrite(string database, Func<int, TableId, KeyVersion, KeyVersion?> change, int trees = int.MaxValue)
    {
        var path = SnapshotDatabase.SnapshotOf(database);
        var identity = DatabaseIdentity.Decode(File.ReadAllBytes(Path.Combine(database, DatabaseIdentity.FileName)), "");
        var files = PhysicalFiles.Instance;
        if (!File.Exists(path + ".whole"))
            File.Copy(path, path + ".whole");
        using var reader = IndexSnapshotReader.Open(files, path + ".whole", identity.Id, null);
        var into = new IndexSnapshotFile(files, Path.GetDirectoryName(path)!);
        using (var file = into.Create())
        using (var writer = new IndexSnapshotWriter(file, reader.Header, null))
        {
            for (var tree = 0; tree < Math.Min(trees, reader.Trees.Count); tree++)
            {
                writer.BeginTree(reader.Trees[tree].Table, reader.Trees[tree].Index);
                using var entries = reader.OpenTree(tree);
                for (var number = 0; entries.MoveNext(); number++)
                {
                    if (change(number, reader.Trees[tree].Table, entries.Version) is { } version)
                        writer.Add(entries.Key, version);
                }
            }

            writer.Finish();
        }

        into.Replace();
    }
}
