using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Tests;

public sealed class CommitStageTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("helios-commit-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Without_a_log_a_flush_in_the_midst_of_a_run_has_what_was_removed_and_the_note_of_it_together()
    {
        using var store = RocksStore.Open(_directory, new StoreOptions(), create: true);
        using (var batch = new StoreBatch())
        {
            batch.PutRow(1, new RowId(1), new Lsn(1), "old"u8);
            batch.PutRow(1, new RowId(1), new Lsn(2), "new"u8);
            batch.PutApplied(new AppliedState(new Lsn(2), 0, 1));
            store.Write(batch);
        }

        store.Flush();
        using var plans = new TablePlans();
        using var request = new CollectRequest(hash: null) { AsOf = new Lsn(2), Through = new Lsn(2) };
        request.AddVersion(1, new RowId(1), new Lsn(1));
        var (applied, flushed) = (new Watermark("applied", new Lsn(2)), new Watermark("flushed", new Lsn(2)));
        var durable = new Watermark("durable", new Lsn(2));
        using var log = new MemoryLog(new MemoryLogStart(new Lsn(2), new Lsn(3), new Lsn(2), 1), ringBytes: 0, () => flushed.Value);
        var stage = new CommitStage(store, log, new StoreCounters(), epoch: 1, applied, flushed, durable, new Mailbox<CommitGroup>("committed", 8, readerBlocks: false),
            new CommitOptions(), plans, new VersionProgress(default, default), new UnloggedFlush(log, new LogSubscribers(), bound: 4));

        // With the last two commits there are more than may be applied and not flushed: the first three, and what stands before the others, go to the files alone.
        var removal = CommitGroup.Rent();
        removal.Collect = request;
        await stage.HandleAsync(new[] { Commits(3, 3), removal, Commits(6, 2) });

        using var into = new ByteBuffer();
        Assert.Equal((new Lsn(5), new Lsn(7)), (flushed.Value, applied.Value));
        Assert.False(store.TryGetRow(1, new RowId(1), new Lsn(1), into));
        Assert.Equal((new Lsn(2), new Lsn(2)), (store.FlushedCollected()?.Mark, store.FlushedCollected()?.Through));
        Assert.True(request.Stored.Task.IsCompletedSuccessfully);
        await stage.StopAsync(fault: null);
    }

    private static CommitGroup Commits(ulong first, int count)
    {
        var group = CommitGroup.Rent();
        (group.First, group.Commits) = (new Lsn(first), count);
        return group;
    }
}
