using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Maintenance.Tests;

/// <summary>Every call to the file system fails once, in turn: what is left is what a process killed there would leave.</summary>
public sealed class BackupFaultTests : IDisposable
{
    private const int Io = 5, NoSpace = 28;

    private static readonly FileCall[] s_calls = [FileCall.Create, FileCall.Open, FileCall.Write, FileCall.Read, FileCall.Sync, FileCall.SyncDirectory, FileCall.Rename];

    private readonly BackupFixture _fixture = new();

    /// <summary>Syncs are counted, can fail, and do nothing else: no power is lost here, and there are hundreds of runs.</summary>
    public BackupFaultTests() => _fixture.Files.Skipped.UnionWith([FileCall.Sync, FileCall.SyncDirectory]);

    public void Dispose() => _fixture.Dispose();

    /// <summary>Each of the first calls, then every fifth: reads and opens are many and alike.</summary>
    private static int After(int nth) => nth < 8 ? nth + 1 : nth + 5;

    [Fact]
    public async Task A_backup_that_fails_at_any_call_does_not_count_and_the_next_one_is_good()
    {
        await using var engine = await _fixture.OpenAsync();
        await BackupFixture.FillAsync(engine, 0, 300);
        await engine.BackupAsync(_fixture.Backups);
        var (failures, rows) = (0, 300);
        var places = s_calls.Select(call => (call, _fixture.Backups)).Append((FileCall.Open, "checkpoint")).Append((FileCall.Read, "checkpoint"));
        foreach (var (call, path) in places)
        {
            await BackupFixture.FillAsync(engine, rows, 20);
            rows += 20;
            for (var nth = 1; ; nth = After(nth))
            {
                var before = BackupStore.List(_fixture.Backups).Count;
                _fixture.Files.Fail(call, call is FileCall.Write or FileCall.Create ? NoSpace : Io, nth, path: path);
                HeliosException? error = null;
                try
                {
                    await engine.BackupAsync(_fixture.Backups);
                }
                catch (HeliosException failed)
                {
                    error = failed;
                }

                _fixture.Files.Heal();
                var after = BackupStore.List(_fixture.Backups);
                if (error is null)
                {
                    Assert.Equal(before + 1, after.Count);
                    break; // there was no such call any more
                }

                failures++;
                Assert.Equal((HeliosErrorKind.Unavailable, call is FileCall.Write or FileCall.Create ? "disk_full" : "io_error"), (error.Kind, error.Code));
                // The one exception: the manifest is in place, whole, and only its name is not known to be durable.
                Assert.True(after.Count == before || (call == FileCall.SyncDirectory && after.Count == before + 1), $"{call} {nth}");
                Assert.Contains(after.Count == before ? "does not count" : "is whole and is listed", error.Message, StringComparison.Ordinal);
                Assert.False(Directory.Exists(Path.Combine(_fixture.Database, "checkpoint")));
            }
        }

        Assert.True(failures > 20, $"{failures}");
        await engine.BackupAsync(_fixture.Backups);
        Assert.True((await BackupStore.VerifyAsync(_fixture.Backups)).IsSound);
        var named = BackupStore.List(_fixture.Backups).SelectMany(b => _fixture.ReadManifest(b.Id).Files).Select(f => f.Hash.ToString()).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(named, _fixture.Contents.Select(Path.GetFileName));
        Assert.Equal(await BackupFixture.DescribeAsync(engine), await _fixture.RestoredAsync("restored"));
    }

    [Fact]
    public async Task A_restore_that_fails_at_any_call_leaves_no_database_and_the_next_one_is_whole()
    {
        await _fixture.MakeOneAsync();
        string described;
        await using (var source = await _fixture.OpenAsync())
            described = await BackupFixture.DescribeAsync(source);
        var failures = 0;
        foreach (var call in s_calls)
        {
            for (var nth = 1; ; nth = After(nth))
            {
                _fixture.Files.Fail(call, Io, nth);
                HeliosException? error = null;
                try
                {
                    _fixture.Restore("restored");
                }
                catch (HeliosException failed)
                {
                    error = failed;
                }

                _fixture.Files.Heal();
                if (error is null)
                    break;
                failures++;
                Assert.Equal((HeliosErrorKind.Unavailable, "io_error"), (error.Kind, error.Code));
                if (Directory.Exists(_fixture.In("restored")))
                {
                    Assert.Equal(FileCall.SyncDirectory, call); // of the parent, the last step: it is there, whole
                    Assert.Contains("is restored and whole", error.Message, StringComparison.Ordinal);
                    break;
                }

                Assert.Contains("there is no database yet", error.Message, StringComparison.Ordinal);
                var open = await Assert.ThrowsAsync<HeliosException>(() => HeliosEngine.OpenAsync(_fixture.In("restored"), new HeliosOptions { CreateIfMissing = false }));
                Assert.Equal("no_database", open.Code);
            }

            await using (var restored = await _fixture.OpenAsync(_fixture.In("restored")))
                Assert.Equal(described, await BackupFixture.DescribeAsync(restored));
            Directory.Delete(_fixture.In("restored"), recursive: true);
        }

        Assert.True(failures > 20, $"{failures}");
    }

    [Fact]
    public void A_begun_log_survives_a_power_loss_and_opens_at_the_lsn_of_the_store()
    {
        var header = new WalSegmentHeader { DatabaseId = Guid.NewGuid(), Before = new Lsn(7), First = new Lsn(1_000), Epoch = 50 };
        var (disk, log) = (new MemoryFiles(), Path.Combine(Path.GetTempPath(), "memory", "log"));
        WalBeginning.Write(disk, log, header);
        var lost = disk.AfterPowerLoss(static _ => false);
        var recovered = WalRecovery.Open(lost, log, header.DatabaseId, new WalOptions(), new WalExpectation { MustReach = new Lsn(7), MustHoldAfter = new Lsn(7) });
        Assert.Equal((new Lsn(7), 50UL), (recovered.Head, recovered.Epoch));
        Assert.True(recovered.Next >= header.First);
        foreach (var other in new[] { 6UL, 8UL })
        {
            var misfit = Assert.Throws<HeliosException>(() => WalRecovery.Open(lost, log, header.DatabaseId, new WalOptions(), new WalExpectation { MustReach = new Lsn(other), MustHoldAfter = new Lsn(other) }));
            Assert.Equal("corrupt", misfit.Code);
        }
    }

    [Fact]
    public void A_power_loss_at_any_call_lists_no_backup_of_which_a_byte_is_missing()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var memory = new MemoryFiles();
        var disk = new FaultyFiles(memory);
        var path = Path.Combine(Path.GetTempPath(), "memory", "backups");
        var states = new List<MemoryFiles>();
        disk.Before = (_, _) =>
        {
            states.Add(memory.AfterPowerLoss(static _ => false));
            states.Add(memory.AfterPowerLoss(static _ => true));
            for (var i = 0; i < 3; i++)
                states.Add(memory.AfterPowerLoss(_ => random.Next(2) == 0));
        };
        for (var id = 1; id <= 3; id++)
            WriteOne(disk, memory, path, id, random);
        disk.Before = null;
        states.Add(memory.AfterPowerLoss(static _ => false));

        var listed = new HashSet<int>();
        foreach (var state in states)
        {
            var backups = BackupStore.List(state, path);
            listed.Add(backups.Count);
            foreach (var backup in backups)
            {
                var report = BackupStore.Verify(state, path, backup.Id, null, CancellationToken.None);
                Assert.True(report.IsSound, $"seed {seed}: {string.Join("; ", report.Backups[0].Problems)}");
            }
        }

        Assert.Equal([0, 1, 2, 3], listed.Order());
        Assert.Equal(3, BackupStore.List(states[^1], path).Count);
    }

    private static void WriteOne(FaultyFiles disk, MemoryFiles memory, string path, int id, Random random)
    {
        var target = new BackupDirectory(disk, path);
        var writer = new BackupWriter(disk, target, new HashedCopy(disk, null, CancellationToken.None));
        var files = new List<BackupFile>();
        foreach (var name in new[] { "identity", $"store/{id:d6}.sst", "store/CURRENT" })
        {
            var bytes = new byte[random.Next(20_000)];
            random.NextBytes(bytes);
            memory.WriteDurably("source", bytes);
            files.Add(writer.Add("source", name, default));
        }

        writer.Finish(new BackupManifest
        {
            DatabaseId = Guid.Empty,
            Id = id,
            Lsn = new Lsn((ulong)id),
            CommitTime = 0,
            Epoch = 1,
            GivenOut = new Lsn((ulong)id),
            Made = 0,
            IsEncrypted = false,
            Files = files,
        });
    }
}
