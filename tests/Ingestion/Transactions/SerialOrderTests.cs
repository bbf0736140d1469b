using System.Collections.Concurrent;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>Random serializable transactions at once: what each has read, and what is left, is what one after the other in the order of their commits would give.</summary>
public sealed class SerialOrderTests
{
    private const int Tasks = 3, Rounds = 120, Keys = 5;

    [Fact]
    public async Task Serializable_transactions_are_as_if_they_had_run_in_the_order_of_their_commits()
    {
        var seed = TestSeed.Next();
        await using var fixture = await TransactionFixture.OpenAsync();
        var history = new ConcurrentBag<(Lsn Lsn, int Rows, List<Step> Steps)>();
        var conflicts = 0;
        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => Task.Run(async () =>
        {
            var random = new Random(seed + task);
            for (var round = 0; round < Rounds; round++)
            {
                await using var transaction = await fixture.BeginAsync(IsolationLevel.Serializable);
                var steps = await RunAsync(fixture, transaction, random);
                try
                {
                    var receipt = await transaction.CommitAsync();
                    history.Add((receipt.Lsn, receipt.Rows, steps));
                }
                catch (HeliosException error) when (error.Code == "conflict")
                {
                    Interlocked.Increment(ref conflicts);
                }
            }
        })));

        var state = new SortedDictionary<long, long>();
        var notes = 0L;
        // One that only read saw the state behind the commit that it names.
        foreach (var (lsn, _, steps) in history.OrderBy(static one => one.Lsn).ThenBy(static one => one.Rows == 0))
        {
            foreach (var step in steps)
            {
                var result = Replay(step, state, ref notes);
                Assert.True(result == step.Result, $"seed {seed}, commit {lsn}: {step} gives {result} in this order");
            }
        }

        var left = new SortedDictionary<long, long>();
        await foreach (var row in fixture.Table.ScanAsync())
            left.Add(row.Get<long>("id"), row.Get<long>("amount"));
        Assert.True(state.SequenceEqual(left), $"seed {seed}: {string.Join(' ', state)} is not {string.Join(' ', left)}");
        Assert.Equal((notes, Tasks * Rounds), (await fixture.NotesTable.CountAsync(), history.Count + conflicts));
    }

    private static async Task<List<Step>> RunAsync(TransactionFixture fixture, Transaction transaction, Random random)
    {
        var steps = new List<Step>();
        var sum = 0L;
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var (action, id) = ((Action)random.Next(8), (long)random.Next(Keys));
            var value = sum + random.Next(10);
            var result = action switch
            {
                Action.Find => await fixture.AmountAsync(transaction, id),
                Action.FindByName => (await transaction.FindByAsync(fixture.Table, "name", $"name {id}"))?.Get<long>("amount"),
                Action.Sum => await fixture.SumAsync(transaction),
                Action.Delete => transaction.Delete(fixture.Table, id) ? 1 : 0,
                Action.InsertIfAbsent => transaction.InsertIfAbsent(fixture.Table, fixture.Account(id, value)) ? 1 : 0,
                Action.AddToOdd => await transaction.UpdateWhereAsync(fixture.Table, static row => row.Get<long>("amount") % 2 == 1, static row => TransactionFixture.Add(row, 1)),
                Action.Note => await NoteAsync(),
                _ => Upsert(),
            };
            steps.Add(new Step(action, id, value, result));
            sum = (sum + (result ?? 0)) % 1_000; // what is written later rests on what was read

            async Task<long> NoteAsync()
            {
                var notes = await transaction.CountAsync(fixture.NotesTable);
                transaction.Insert(fixture.NotesTable, fixture.Note("n", notes));
                return notes;
            }

            long? Upsert()
            {
                transaction.Upsert(fixture.Table, fixture.Account(id, value));
                return null;
            }
        }

        return steps;
    }

    private static long? Replay(Step step, SortedDictionary<long, long> state, ref long notes)
    {
        switch (step.Action)
        {
            case Action.Find or Action.FindByName:
                return state.TryGetValue(step.Id, out var amount) ? amount : null;
            case Action.Sum:
                return state.Values.Sum();
            case Action.Delete:
                return state.Remove(step.Id) ? 1 : 0;
            case Action.InsertIfAbsent:
                return state.TryAdd(step.Id, step.Value) ? 1 : 0;
            case Action.AddToOdd:
                var odd = state.Where(static row => row.Value % 2 == 1).Select(static row => row.Key).ToArray();
                foreach (var id in odd)
                    state[id]++;
                return odd.Length;
            case Action.Note:
                return notes++;
            default:
                state[step.Id] = step.Value;
                return null;
        }
    }

    private enum Action
    {
        Find,
        FindByName,
        Sum,
        Delete,
        InsertIfAbsent,
        AddToOdd,
        Note,
        Upsert,
    }

    private sealed record Step(Action Action, long Id, long Value, long? Result);
}
