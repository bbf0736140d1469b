using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>What transactions may do while the disk has a commit of another one in hand.</summary>
public sealed class SlowDiskTests
{
    [Fact]
    public async Task Transactions_begin_read_write_and_end_while_a_commit_of_another_waits_for_the_disk()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using var closing = engine;
        await table.InsertAsync([EngineFixture.Row(table, 1, "one"), EngineFixture.Row(table, 2, "two")]);
        using var goOn = new ManualResetEventSlim();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Files.Before = (call, _) =>
        {
            if (call != FileCall.Sync)
                return;
            reached.TrySetResult();
            goOn.Wait();
        };
        try
        {
            await using var slow = await engine.BeginTransactionAsync(IsolationLevel.Serializable);
            slow.Update(table, EngineFixture.Row(table, 1, "slow"));
            var slowly = slow.CommitAsync().AsTask();
            await reached.Task;

            await using (var aborted = await engine.BeginTransactionAsync(IsolationLevel.Serializable))
            {
                Assert.Equal("one", (await aborted.FindAsync(table, 1L))!["name"]); // the row that the commit in hand changes
                Assert.True(aborted.Update(table, EngineFixture.Row(table, 1, "aborted")));
                Assert.Equal(2, await aborted.CountAsync(table));
                aborted.RollbackTo(aborted.Save());
            }

            await using var reader = await engine.BeginTransactionAsync(IsolationLevel.Serializable);
            Assert.NotNull(await reader.FindByAsync(table, "name", "two"));
            Assert.Equal(0, (await reader.CommitAsync()).Rows);
            await using var loser = await engine.BeginTransactionAsync();
            Assert.True(loser.Delete(table, 1L));
            var losing = loser.CommitAsync().AsTask();
            await using var other = await engine.BeginTransactionAsync();
            Assert.True(other.Update(table, EngineFixture.Row(table, 2, "other")));
            var otherwise = other.CommitAsync().AsTask();
            Assert.False(slowly.IsCompleted || losing.IsCompleted || otherwise.IsCompleted); // no answer rests on what may yet be lost

            goOn.Set();
            Assert.Equal((1, 1), ((await slowly).Rows, (await otherwise).Rows));
            Assert.Equal("conflict", (await Assert.ThrowsAsync<HeliosException>(() => losing)).Code);
        }
        finally
        {
            goOn.Set();
        }

        Assert.Equal(("slow", "other"), ((await table.FindAsync(1L))!["name"], (await table.FindAsync(2L))!["name"]));
    }
}
