using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>Parts of a transaction that are taken back.</summary>
public sealed class SavepointTests(SharedEngine shared) : IClassFixture<SharedEngine>
{
    [Fact]
    public async Task What_was_written_behind_a_savepoint_is_taken_back_and_the_rest_is_committed()
    {
        await using var fixture = await TransactionFixture.OpenAsync(shared);
        await fixture.Table.InsertAsync([fixture.Account(1, 1), fixture.Account(2, 2)]);
        await using var transaction = await fixture.BeginAsync();
        transaction.Update(fixture.Table, fixture.Account(1, 10));
        var savepoint = transaction.Save();
        transaction.Update(fixture.Table, fixture.Account(1, 11, "other"));
        transaction.Delete(fixture.Table, 2L);
        transaction.Insert(fixture.Table, fixture.Account(3, 3, "name 2"));
        transaction.RollbackTo(savepoint);
        Assert.Equal((10L, 2L, null), (await fixture.AmountAsync(transaction, 1), await fixture.AmountAsync(transaction, 2), await fixture.AmountAsync(transaction, 3)));
        Assert.Null(await transaction.FindByAsync(fixture.Table, "name", "other"));
        Assert.Equal(2L, (await transaction.FindByAsync(fixture.Table, "name", "name 2"))!["id"]);
        transaction.RollbackTo(savepoint); // it stays
        transaction.Insert(fixture.Table, fixture.Account(4, 4));
        Assert.Equal(2, (await transaction.CommitAsync()).Rows);
        Assert.Equal((10L, 2L, null, 4L), (await fixture.AmountAsync(1), await fixture.AmountAsync(2), await fixture.AmountAsync(3), await fixture.AmountAsync(4)));
    }

    [Fact]
    public async Task Savepoints_are_nested_and_released_and_a_later_one_goes_with_an_earlier()
    {
        await using var fixture = await TransactionFixture.OpenAsync(shared);
        await using var transaction = await fixture.BeginAsync();
        await using var other = await fixture.BeginAsync();
        var first = transaction.Save();
        transaction.Insert(fixture.Table, fixture.Account(1, 1));
        var second = transaction.Save();
        transaction.Insert(fixture.Table, fixture.Account(2, 2));
        transaction.Release(second);
        Assert.Throws<InvalidOperationException>(() => transaction.RollbackTo(second));
        var third = transaction.Save();
        transaction.Insert(fixture.Table, fixture.Account(3, 3));
        transaction.RollbackTo(third);
        Assert.Equal(3, await fixture.SumAsync(transaction));
        transaction.RollbackTo(first);
        Assert.Equal(0, await fixture.SumAsync(transaction));
        Assert.Throws<InvalidOperationException>(() => transaction.RollbackTo(third));
        Assert.Throws<InvalidOperationException>(() => other.RollbackTo(first));
        Assert.Equal(0, (await transaction.CommitAsync()).Rows);
    }

    /// <summary>Random writes and savepoints, against a copy of the whole state per savepoint.</summary>
    [Fact]
    public async Task Whatever_is_taken_back_leaves_what_there_was()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        await using var fixture = await TransactionFixture.OpenAsync(shared);
        await fixture.Table.InsertAsync(Enumerable.Range(0, 5).Select(id => fixture.Account(id, id)));
        var state = Enumerable.Range(0, 5).ToDictionary(static id => (long)id, static id => (Name: $"name {id}", Amount: (long)id));
        await using var transaction = await fixture.BeginAsync();
        var saved = new Stack<(Savepoint Savepoint, Dictionary<long, (string, long)> State)>();
        for (var step = 0; step < 2_000; step++)
        {
            var (id, name) = ((long)random.Next(8), $"name {random.Next(10)}");
            switch (random.Next(8))
            {
                case 0:
                    saved.Push((transaction.Save(), new(state)));
                    break;
                case 1 when saved.Count > 0:
                    var (savepoint, before) = saved.Peek();
                    transaction.RollbackTo(savepoint);
                    state = new(before);
                    break;
                case 2 when saved.Count > 0:
                    transaction.Release(saved.Pop().Savepoint);
                    break;
                case 3:
                    Assert.True(state.Remove(id) == transaction.Delete(fixture.Table, id), $"seed {seed}, step {step}");
                    break;
                case 4: // everyone moves on by one place
                    await transaction.UpdateWhereAsync(fixture.Table, static _ => true, static row => TransactionFixture.With(row, "id", (row.Get<long>("id") + 1) % 8));
                    state = state.ToDictionary(static row => (row.Key + 1) % 8, static row => row.Value);
                    break;
                default:
                    var isFree = !state.Any(row => row.Key != id && row.Value.Name == name);
                    try
                    {
                        transaction.Upsert(fixture.Table, fixture.Account(id, step, name));
                        Assert.True(isFree, $"seed {seed}, step {step}: {name} was taken");
                        state[id] = (name, step);
                    }
                    catch (HeliosException error) when (error.Code == "duplicate_key")
                    {
                        Assert.False(isFree, $"seed {seed}, step {step}: {name} was free");
                    }

                    break;
            }

            if (step % 20 == 0)
                await ExpectAsync(transaction.ScanAsync(fixture.Table), $"seed {seed}, step {step}");
        }

        await transaction.CommitAsync();
        await ExpectAsync(fixture.Table.ScanAsync(), $"seed {seed}, committed");

        async Task ExpectAsync(IAsyncEnumerable<Row> rows, string when)
        {
            var found = new List<(long, string?, long)>();
            await foreach (var row in rows)
                found.Add((row.Get<long>("id"), (string?)row["name"], row.Get<long>("amount")));
            var expected = state.Select(static row => (row.Key, (string?)row.Value.Name, row.Value.Amount));
            Assert.True(expected.Order().SequenceEqual(found.Order()), $"{when}: {string.Join(' ', expected.Order())} is not {string.Join(' ', found.Order())}");
        }
    }
}
