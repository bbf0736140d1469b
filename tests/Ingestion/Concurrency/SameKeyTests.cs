using System.Diagnostics;
using System.Globalization;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests.Concurrency;

/// <summary>Eight callers want the same keys at once, each in another way: each key goes to one of them, and who is told that it is taken can rely on that. HELIOS_SAME_KEY_SECONDS makes each run that long.</summary>
public sealed class SameKeyTests(ITestOutputHelper output)
{
    private const int Callers = 8, KeysPerRound = 3, Slow = 30;

    private static readonly double s_seconds = double.TryParse(Environment.GetEnvironmentVariable("HELIOS_SAME_KEY_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 1.5;

    public static TheoryData<string> Ways => [.. Enum.GetNames<Way>()];

    [Theory]
    [InlineData(SafetyLevel.Full)]
    [InlineData(SafetyLevel.Unsafe)]
    public async Task Of_callers_that_want_a_key_at_once_exactly_one_gets_it_and_its_row_is_stored(SafetyLevel level)
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(level);
        await using var closing = engine;
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var rounds = 0;
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started).TotalSeconds < s_seconds; rounds++)
        {
            var keys = Enumerable.Range(rounds * KeysPerRound, KeysPerRound).Select(static key => (long)key).ToArray();
            var told = await RaceAsync(table, keys, rounds);
            foreach (var key in keys)
                await CheckAsync(table, level, [.. told.SelectMany(static all => all.Told).Where(one => one.Key == key)]);
            foreach (var (way, all) in told)
            {
                foreach (var one in all)
                    counts[Word(way, one)] = counts.GetValueOrDefault(Word(way, one)) + 1;
            }
        }

        Assert.Equal(rounds * KeysPerRound, await table.CountAsync());
        output.WriteLine($"{level}: {rounds} rounds, {rounds * KeysPerRound} keys, {counts.Values.Sum()} takings: {string.Join(", ", counts.Select(static count => $"{count.Key} {count.Value}"))}");
        Assert.Equal(KeyTaking.Ways, counts.Keys.Count(static word => word.EndsWith("won", StringComparison.Ordinal)));

        static string Word(Way way, Taking one) => $"{way} {(one.Won > Lsn.Zero ? "won" : one.Code ?? "with another")}";
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task That_a_key_is_taken_is_told_when_the_row_that_has_it_is_durable(string way)
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using var closing = engine;
        await table.InsertAsync(EngineFixture.Row(table, 1));
        using var held = new HeldSync(fixture.Files);
        var winning = table.InsertAsync(EngineFixture.Row(table, 2)).AsTask();
        held.WaitUntilHeld();

        var losing = new KeyTaking(table, caller: 1).TakeAsync(Enum.Parse<Way>(way), [2L]);
        // A refusal that rests on what is durable passes the one that waits: when it is told, the one before it has been decided.
        Assert.Equal(Taking.Taken, (await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(EngineFixture.Row(table, 1)))).Code);
        Assert.False(losing.IsCompleted || winning.IsCompleted);
        held.Release();

        var won = (await winning).Lsn;
        var lost = Assert.Single(await losing.WaitAsync(TimeSpan.FromSeconds(Slow)));
        Assert.Equal((Lsn.Zero, true), (lost.Won, lost.IsFound));
        Assert.Equal(way == nameof(Way.Snapshot) ? Taking.TakenMeanwhile : Taking.Taken, lost.Code);
        Assert.True(lost.Durable >= won, $"it was told when {lost.Durable} was durable, and rests on {won}");
    }

    private static async Task<(Way Way, IReadOnlyList<Taking> Told)[]> RaceAsync(Table table, long[] keys, int round)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var racing = Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var way = (Way)((caller + round) % KeyTaking.Ways); // who begins first wins more often: it is another way each time
            await go.Task;
            return (way, await new KeyTaking(table, caller).TakeAsync(way, keys));
        })).ToArray();
        go.SetResult();
        return await Task.WhenAll(racing).WaitAsync(TimeSpan.FromSeconds(Slow));
    }

    private static async Task CheckAsync(Table table, SafetyLevel level, Taking[] told)
    {
        var winner = Assert.Single(told, static one => one.Won > Lsn.Zero);
        var stored = await table.FindAsync(winner.Key);
        Assert.Equal(winner.Name, stored!["name"]);
        Assert.Equal(winner.Key, (await table.FindByAsync("name", winner.Name))!["id"]);
        foreach (var loser in told.Where(static one => one.Code is not null))
        {
            Assert.True(loser.Code is Taking.Taken or Taking.TakenMeanwhile, loser.ToString());
            Assert.True(loser.IsFound, $"{loser} was refused, and found no row with the key");
            Assert.True(level != SafetyLevel.Full || loser.Durable >= winner.Won, $"{loser} was told before {winner} was durable");
        }
    }
}
