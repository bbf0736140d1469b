using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Maintenance.Tests;

public sealed class MaintenanceBudgetTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly CountingCpu _cpu = new();

    [Fact]
    public async Task A_second_of_bytes_passes_at_once_and_what_was_taken_too_much_is_waited_for()
    {
        using var budget = new MaintenanceBudget(1_000, _cpu, _time);
        await budget.TakeAsync(600, default);
        await budget.TakeAsync(1_400, default); // 400 are left: it may go, and the next one waits for the other 1,000
        var third = budget.TakeAsync(1, default);
        Assert.Equal(1, budget.Waiting);

        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(third.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(2));
        await third;
        Assert.Equal(0, budget.Waiting);

        // A rest saves up one second of bytes and no more.
        _time.Advance(TimeSpan.FromHours(1));
        await budget.TakeAsync(1_100, default);
        Assert.False(budget.TakeAsync(1, default).IsCompleted);
    }

    [Fact]
    public async Task Whoever_waits_longest_goes_first_however_much_the_others_want()
    {
        using var budget = new MaintenanceBudget(1_000, _cpu, _time);
        await budget.TakeAsync(2_000, default);
        var waits = new[] { 5_000L, 1, 2_000, 1 }.Select(bytes => budget.TakeAsync(bytes, default)).ToArray();
        var order = new List<int>();
        for (var second = 0; order.Count < waits.Length; second++)
        {
            Assert.True(second < 20, $"only {order.Count} of them had their turn");
            _time.Advance(TimeSpan.FromSeconds(1.01));
            await ToldAsync(budget, waits);
            for (var i = 0; i < waits.Length; i++)
            {
                if (waits[i].IsCompleted && !order.Contains(i))
                    order.Add(i);
            }
        }

        Assert.Equal([0, 1, 2, 3], order);
        Assert.Equal(0, budget.Waiting);
    }

    [Fact]
    public async Task Who_gives_up_pays_nothing_and_lets_the_others_go_on()
    {
        using var budget = new MaintenanceBudget(1_000, _cpu, _time);
        await budget.TakeAsync(2_000, default);
        using var stop = new CancellationTokenSource();
        var first = budget.TakeAsync(1_000_000, stop.Token);
        var second = budget.TakeAsync(10, default);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => budget.TakeAsync(1, stop.Token));
        _time.Advance(TimeSpan.FromSeconds(1.01));
        await second;
        Assert.Equal(0, budget.Waiting);
    }

    [Fact]
    public void Without_a_bound_nobody_waits()
    {
        using var budget = new MaintenanceBudget(0, _cpu, _time);
        for (var i = 0; i < 10; i++)
            Assert.True(budget.TakeAsync(long.MaxValue / 4, default).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task In_the_long_run_no_more_passes_than_the_bound_whoever_takes_it()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        using var budget = new MaintenanceBudget(10_000, _cpu, _time);
        var (passed, seconds) = (0L, 0);
        var takers = Enumerable.Range(0, 4).Select(_ => (Bytes: 0L, Wait: Task.CompletedTask)).ToArray();
        for (; seconds < 200; seconds++)
        {
            for (var i = 0; i < takers.Length; i++)
            {
                while (takers[i].Wait.IsCompleted)
                {
                    passed += takers[i].Bytes;
                    var bytes = random.Next(1, 5_000);
                    takers[i] = (bytes, budget.TakeAsync(bytes, default));
                }
            }

            _time.Advance(TimeSpan.FromSeconds(1));
            await ToldAsync(budget, takers.Select(static taker => taker.Wait));
        }

        // A second at once at the beginning, and one step that is paid for afterwards.
        Assert.True(passed <= ((seconds + 1) * 10_000L) + 20_000, $"HELIOS_SEED={seed}: {passed} bytes in {seconds} s");
        Assert.True(passed >= (seconds - 10) * 9_000L, $"HELIOS_SEED={seed}: {passed} bytes in {seconds} s");
    }

    [Theory]
    [InlineData(6_000_000)]
    [InlineData(long.MaxValue)]
    public async Task A_step_that_takes_longer_to_pay_than_a_timer_can_wait_holds_the_next_one_back_until_it_is_paid_or_given_up(long bytes)
    {
        using var budget = new MaintenanceBudget(1, _cpu, _time);
        await budget.TakeAsync(bytes, default);
        using var stop = new CancellationTokenSource();
        var next = budget.TakeAsync(1, stop.Token);
        _time.Advance(TimeSpan.FromDays(69)); // 5,961,600 s
        Assert.False(next.IsCompleted);
        if (bytes == long.MaxValue)
        {
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        }
        else
        {
            _time.Advance(TimeSpan.FromDays(1));
            await next;
        }

        Assert.Equal(0, budget.Waiting);
    }

    [Fact]
    public async Task Of_many_threads_that_take_and_give_up_at_once_each_has_its_turn_or_is_told_and_no_more_passes_than_the_bound()
    {
        const int bytesPerSecond = 64 << 20, most = 256 << 10, takers = 8, takes = 100;
        var (seed, passed) = (TestSeed.Next(), 0L);
        using var budget = new MaintenanceBudget(bytesPerSecond, _cpu, TimeProvider.System);
        var began = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, takers).Select(taker => Task.Run(async () =>
        {
            var random = new Random(seed + taker);
            for (var take = 0; take < takes; take++)
            {
                using var stop = new CancellationTokenSource();
                var bytes = random.Next(1, most);
                var turn = budget.TakeAsync(bytes, stop.Token);
                if (random.Next(2) == 0)
                    await stop.CancelAsync();
                try
                {
                    await turn;
                    Interlocked.Add(ref passed, bytes);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    // it pays nothing
                }
            }
        })));

        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        Assert.Equal(0, budget.Waiting);
        Assert.True(passed <= ((seconds + 1) * bytesPerSecond) + most, $"HELIOS_SEED={seed}: {passed} bytes in {seconds} s");
        Assert.True(passed >= takers * takes * (most / 8), $"HELIOS_SEED={seed}: {passed} bytes: somebody who did not give up had no turn");
    }

    [Fact]
    public void All_stages_see_one_sample_of_the_processors()
    {
        using var budget = new MaintenanceBudget(0, _cpu, _time);
        Assert.Equal(1, _cpu.Samples); // so that the first stage sees the share since then
        var first = budget.Cpu.Sample();
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Equal(first, budget.Cpu.Sample());
        Assert.Equal(2, _cpu.Samples);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.NotEqual(first, budget.Cpu.Sample());
    }

    /// <summary>Who was let go is told on another thread: time does not go on before that.</summary>
    private static async Task ToldAsync(MaintenanceBudget budget, IEnumerable<Task> waits)
    {
        for (var look = 0; waits.Count(static wait => !wait.IsCompleted) != budget.Waiting; look++)
        {
            Assert.True(look < 10_000_000, "somebody who was let go is not told");
            await Task.Yield();
        }
    }

    private sealed class CountingCpu : ICpuGauge
    {
        public int Samples { get; private set; }

        public double? Sample() => ++Samples / 100.0;
    }
}
