using Helios.Pipeline.Storage;
using Polly;
using Polly.Retry;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>Work that is repeated where it meets another transaction.</summary>
public sealed class TransactTests
{
    private static readonly TransactOptions s_patient = new() { MaxTries = 10_000, Delay = TimeSpan.Zero };

    [Theory]
    [InlineData(IsolationLevel.Snapshot)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task Increments_by_eight_tasks_lose_none(IsolationLevel level)
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await fixture.Table.InsertAsync(fixture.Account(1, 0));
        var tries = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await fixture.Engine.TransactAsync(async (transaction, _) =>
                {
                    Interlocked.Increment(ref tries);
                    var amount = await fixture.AmountAsync(transaction, 1);
                    Assert.True(transaction.Update(fixture.Table, fixture.Account(1, amount!.Value + 1)));
                }, level, s_patient);
            }
        })));
        Assert.Equal(400, await fixture.AmountAsync(1));
        Assert.True(tries >= 400);
        Assert.Equal(0, fixture.Engine.OpenTransactions);
    }

    [Fact]
    public async Task The_work_is_done_again_after_a_conflict_and_its_result_is_that_of_the_try_that_was_committed()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await fixture.Table.InsertAsync(fixture.Account(1, 0));
        var tries = 0;
        var result = await fixture.Engine.TransactAsync(async (transaction, _) =>
        {
            var amount = await fixture.AmountAsync(transaction, 1);
            transaction.Update(fixture.Table, fixture.Account(1, amount!.Value + 1));
            if (++tries < 3)
                await fixture.Table.UpdateAsync(fixture.Account(1, 10 * tries), CancellationToken.None);
            return amount;
        });
        Assert.Equal((3, 20L, 21L), (tries, result, await fixture.AmountAsync(1)));
    }

    [Fact]
    public async Task The_conflict_is_thrown_when_there_are_no_tries_left()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await fixture.Table.InsertAsync(fixture.Account(1, 0));
        foreach (var most in new[] { 1, 3 })
        {
            var tries = 0;
            var error = await Assert.ThrowsAsync<HeliosException>(() => fixture.Engine.TransactAsync(async (transaction, _) =>
            {
                tries++;
                transaction.Update(fixture.Table, fixture.Account(1, -1));
                await fixture.Table.UpdateAsync(fixture.Account(1, tries), CancellationToken.None);
            }, options: new TransactOptions { MaxTries = most, Delay = TimeSpan.Zero }));
            Assert.Equal(("conflict", most), (error.Code, tries));
        }

        Assert.Equal(3, await fixture.AmountAsync(1));
    }

    [Fact]
    public async Task What_the_work_throws_aborts_and_is_thrown_on_and_is_not_repeated()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        var tries = 0;
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => fixture.Engine.TransactAsync((transaction, _) =>
        {
            tries++;
            transaction.Insert(fixture.Table, fixture.Account(1, 1));
            throw new InvalidTimeZoneException();
        }));
        await Assert.ThrowsAsync<HeliosException>(() => fixture.Engine.TransactAsync((transaction, _) =>
        {
            tries++;
            transaction.Insert(fixture.Table, fixture.Account(1, 1));
            transaction.Insert(fixture.Table, fixture.Account(1, 1));
            return ValueTask.CompletedTask;
        }));
        await fixture.Engine.TransactAsync((transaction, _) =>
        {
            tries++;
            transaction.Insert(fixture.Table, fixture.Account(1, 1));
            transaction.Rollback(); // its own decision: nothing is committed
            return ValueTask.CompletedTask;
        });
        Assert.Equal((3, 0, 0), (tries, await fixture.Table.CountAsync(), fixture.Engine.OpenTransactions));
    }

    [Fact]
    public async Task The_pipeline_may_be_the_callers_own()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        var retries = 0;
        var pipeline = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Exception is InvalidTimeZoneException),
            Delay = TimeSpan.Zero,
            OnRetry = _ =>
            {
                retries++;
                return ValueTask.CompletedTask;
            },
        }).Build();
        await fixture.Engine.TransactAsync((transaction, _) =>
        {
            transaction.Insert(fixture.Table, fixture.Account(1, 1));
            return retries < 2 ? throw new InvalidTimeZoneException() : ValueTask.CompletedTask;
        }, options: new TransactOptions { Pipeline = pipeline });
        Assert.Equal((2, 1), (retries, await fixture.Table.CountAsync()));
    }
}
