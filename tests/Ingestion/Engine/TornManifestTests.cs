using System.Security.Cryptography;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A power loss has left a hole in what RocksDB had appended to its manifest and not synced.</summary>
public sealed class TornManifestTests : IDisposable
{
    private const int Rounds = 6, RowsOfARound = 5;
    private const int Rows = (Rounds + 1) * RowsOfARound;

    private readonly string _scratch = Directory.CreateTempSubdirectory("helios-test-").FullName;
    private int _copies;

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_torn_manifest_is_cut_where_the_log_has_what_it_says(bool encrypted)
    {
        var options = Options(encrypted, logRetention: 1 << 30);
        var killed = await KilledAsync(options);
        var starts = Starts(killed);
        foreach (var start in starts[^4..])
        {
            var torn = Torn(killed, start);
            await using (var engine = await HeliosEngine.OpenAsync(torn, options))
            {
                var recovery = engine.Inspect().Recovery;
                Assert.Equal(new FileInfo(Manifest(killed)).Length - start, recovery.ManifestBytesCut);
                Assert.Equal(Rows, await CountAsync(engine));
                Assert.Equal(Rows + 1, (await InsertAsync(engine, Rows + 1, 1)).Single());
            }

            await using (var engine = await HeliosEngine.OpenAsync(torn, options))
            {
                Assert.Equal((0, Rows + 1), (engine.Inspect().Recovery.ManifestBytesCut, await CountAsync(engine)));
            }

            Assert.All((await DatabaseVerifier.VerifyAsync(torn, encryption: options.Encryption)).Checks, check => Assert.True(check.Passed, check.Message));
            Assert.False(Directory.Exists(Path.Combine(torn, "store", StoreTrial.DirectoryName)));
        }
    }

    [Fact]
    public async Task A_hole_anywhere_in_the_manifest_loses_nothing_and_is_refused_where_it_cannot_be_made_good()
    {
        var options = Options(encrypted: false, logRetention: 1 << 30);
        var killed = await KilledAsync(options);
        var opened = 0;
        foreach (var start in Starts(killed))
        {
            var torn = Torn(killed, start);
            var before = Contents(torn);
            try
            {
                await using var engine = await HeliosEngine.OpenAsync(torn, options);
                Assert.Equal(Rows, await CountAsync(engine));
                opened++;
            }
            catch (HeliosException error)
            {
                Assert.Equal("corrupt", error.Code); // files that the older manifest names are gone by now
                Assert.Equal(before, Contents(torn));
            }
        }

        Assert.InRange(opened, 4, int.MaxValue);
    }

    [Fact]
    public async Task A_manifest_is_not_cut_where_the_log_does_not_reach_back()
    {
        var options = Options(encrypted: false, logRetention: 0);
        var killed = await KilledAsync(options);
        var torn = Torn(killed, Starts(killed)[^1]);
        var before = Contents(torn);
        var error = await DatabaseFiles.RefusedAsync("corrupt", torn, options);
        Assert.Contains("the log does not make good the rest", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Contents(torn));
    }

    [Fact]
    public async Task A_database_without_a_log_is_refused_with_a_torn_manifest()
    {
        var options = Options(encrypted: false, logRetention: 0) with { SafetyLevel = SafetyLevel.Unsafe, WithoutLog = true };
        var killed = await KilledAsync(options);
        var torn = Torn(killed, Starts(killed)[^1]);
        var before = Contents(torn);
        await DatabaseFiles.RefusedAsync("corrupt", torn, options);
        Assert.Equal(before, Contents(torn));
    }

    [Fact]
    public async Task A_kill_at_any_step_of_the_cut_leaves_what_the_next_open_finishes()
    {
        var options = Options(encrypted: false, logRetention: 1 << 30);
        var killed = await KilledAsync(options);
        var torn = Torn(killed, Starts(killed)[^2]);
        var left = new List<string>();
        var files = new FaultyFiles(PhysicalFiles.Instance)
        {
            Before = (_, path) =>
            {
                if (path.Contains("MANIFEST", StringComparison.Ordinal) || path.EndsWith("store", StringComparison.Ordinal))
                    left.Add(Copy(torn));
            },
        };
        await using (var engine = await HeliosEngine.OpenAsync(torn, options with { Files = files }))
            Assert.Equal(Rows, await CountAsync(engine));

        Assert.InRange(left.Count, 6, 100);
        foreach (var database in left)
        {
            await using var engine = await HeliosEngine.OpenAsync(database, options);
            Assert.Equal(Rows, await CountAsync(engine));
        }
    }

    [Fact]
    public async Task A_trial_that_a_killed_process_left_is_in_nobodys_way()
    {
        var options = Options(encrypted: false, logRetention: 1 << 30);
        var killed = await KilledAsync(options);
        var torn = Torn(killed, Starts(killed)[^1]);
        var trial = Directory.CreateDirectory(Path.Combine(torn, "store", StoreTrial.DirectoryName)).FullName;
        await File.WriteAllTextAsync(Path.Combine(trial, "CURRENT"), "of another time");
        await using var engine = await HeliosEngine.OpenAsync(torn, options);
        Assert.Equal(Rows, await CountAsync(engine));
        Assert.False(Directory.Exists(trial));
    }

    [Theory]
    [InlineData(FileCall.Open)]
    [InlineData(FileCall.Read)]
    [InlineData(FileCall.SetLength)]
    [InlineData(FileCall.Sync)]
    public async Task A_cut_that_fails_is_told_and_done_by_the_next_open(object call)
    {
        var options = Options(encrypted: false, logRetention: 1 << 30);
        var killed = await KilledAsync(options);
        for (var nth = 1; ; nth++)
        {
            var torn = Torn(killed, Starts(killed)[^1]);
            var files = new FaultyFiles(PhysicalFiles.Instance);
            var failed = false;
            files.Failing = (_, _) => failed = true;
            files.Fail((FileCall)call, StorageErrors.Io, nth, path: "MANIFEST");
            try
            {
                await using var first = await HeliosEngine.OpenAsync(torn, options with { Files = files });
                Assert.False(failed);
                break;
            }
            catch (HeliosException error)
            {
                Assert.Equal("io_error", error.Code);
                Assert.Contains("Nothing was lost by trying", error.Message, StringComparison.Ordinal);
            }

            await using var engine = await HeliosEngine.OpenAsync(torn, options);
            Assert.Equal(Rows, await CountAsync(engine));
            Assert.InRange(nth, 1, 20);
        }
    }

    private static HeliosOptions Options(bool encrypted, long logRetention) => new()
    {
        CheckpointInterval = TimeSpan.Zero,
        LogRetention = logRetention,
        Log = new WalOptions { SegmentBytes = [8 << 10] },
        Encryption = encrypted ? DatabaseFiles.Key(1) : null,
    };

    /// <summary>What a kill leaves behind some checkpoints and a few commits.</summary>
    private async Task<string> KilledAsync(HeliosOptions options)
    {
        var path = Path.Combine(_scratch, "db");
        await using var engine = await HeliosEngine.OpenAsync(path, options);
        await engine.TableAsync("things", EngineFixture.Schema);
        for (var round = 0; round < Rounds; round++)
        {
            await InsertAsync(engine, round * RowsOfARound, RowsOfARound);
            await engine.CheckpointAsync();
        }

        await InsertAsync(engine, Rounds * RowsOfARound, RowsOfARound);
        return Copy(path);
    }

    private static async Task<List<long>> InsertAsync(HeliosEngine engine, int first, int count)
    {
        var table = engine.FindTable("things")!;
        var ids = new List<long>();
        for (var id = first; id < first + count; id++)
        {
            await table.InsertAsync(EngineFixture.Row(table, id, $"{id} {new string('x', 2_000)}"));
            ids.Add(id);
        }

        return ids;
    }

    private static async Task<int> CountAsync(HeliosEngine engine)
    {
        var count = 0;
        await foreach (var row in engine.FindTable("things")!.ScanAsync())
        {
            Assert.StartsWith($"{row["id"]} x", (string)row["name"]!, StringComparison.Ordinal);
            count++;
        }

        return count;
    }

    private static string Manifest(string database) => Assert.Single(Directory.GetFiles(Path.Combine(database, "store"), "MANIFEST-*"));

    private static int[] Starts(string database) => [.. ManifestFormat.Read(File.ReadAllBytes(Manifest(database))).Select(static record => record.Start).Skip(1)];

    private string Torn(string database, int start)
    {
        var torn = Copy(database);
        using var file = new FileStream(Manifest(torn), FileMode.Open) { Position = start };
        file.Write(new byte[5]); // checksum and a part of the length: as where a page of zeros ends within a record
        return torn;
    }

    private string Copy(string database) => DatabaseFiles.Copy(database, Path.Combine(_scratch, $"copy{_copies++}"));

    /// <summary>What a database consists of; RocksDB writes its diary whatever happens.</summary>
    private static string Contents(string database) => string.Join('\n',
        from file in DatabaseFiles.Read(database)
        let name = Path.GetFileName(file.Key)
        where name is not ("lock" or "LOCK") && !name.StartsWith("LOG", StringComparison.Ordinal)
        select $"{file.Key} {Convert.ToHexString(SHA256.HashData(file.Value))}");
}
