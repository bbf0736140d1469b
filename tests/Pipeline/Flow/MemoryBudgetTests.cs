namespace Helios.Pipeline.Tests;

public sealed class MemoryBudgetTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(0, 40)]
    [InlineData(60, 40)]
    [InlineData(61, 39)]
    [InlineData(98, 2)]
    [InlineData(99, 1)]
    [InlineData(1_000, 1)]
    public void The_queue_gives_way_to_what_the_others_take_above_their_share_and_keeps_one_mebibyte(long others, long queue)
    {
        var budget = new MemoryBudget(100 * MiB, 40 * MiB);
        Assert.Equal((40 * MiB, false), (budget.QueueLimit, budget.IsTight));
        budget.Report(Taken(others * MiB));
        Assert.Equal((queue * MiB, queue < 40), (budget.QueueLimit, budget.IsTight));
        budget.Report(Taken(0));
        Assert.Equal(40 * MiB, budget.QueueLimit);
    }

    [Fact]
    public void Every_part_counts_but_the_index()
    {
        var use = new MemoryUse(1, 2, 4, 8, 16, 32, 64, 128);
        Assert.Equal((126, 127), (use.Others, use.Budgeted));
    }

    [Fact]
    public async Task A_gate_tightens_and_opens_again_and_whoever_waits_gets_in()
    {
        var budget = new MemoryBudget(100 * MiB, 40 * MiB);
        var gate = new AdmissionGate(budget, 1_000, new FreeSpace(0));
        await gate.EnterAsync(30 * MiB, 1, true, default);

        budget.Report(Taken(90 * MiB)); // 10 are left: nobody is put out, nobody gets in
        var waiting = gate.EnterAsync(5 * MiB, 1, true, default).AsTask();
        gate.Leave(20 * MiB, 0);
        Assert.False(waiting.IsCompleted);
        gate.Leave(8 * MiB, 0);
        await waiting;
        Assert.Equal(7 * MiB, gate.Bytes);

        budget.Report(Taken(0));
        await gate.EnterAsync(33 * MiB, 1, true, default);
        Assert.Equal(40 * MiB, gate.Bytes);
    }

    [Fact]
    public async Task However_tight_it_is_a_commit_larger_than_the_limit_goes_in_alone_and_the_next_one_after_it()
    {
        var budget = new MemoryBudget(100 * MiB, 40 * MiB);
        var gate = new AdmissionGate(budget, 1_000, new FreeSpace(0));
        budget.Report(Taken(1_000 * MiB));
        await gate.EnterAsync(16 * MiB, 1, true, default);
        var next = gate.EnterAsync(16 * MiB, 1, true, default).AsTask();
        var last = gate.EnterAsync(1, 1, true, default).AsTask();
        Assert.False(next.IsCompleted || last.IsCompleted);
        gate.Leave(16 * MiB, 1);
        await next;
        Assert.False(last.IsCompleted);
        gate.Leave(16 * MiB, 1);
        await last;
    }

    private static MemoryUse Taken(long others) => new(0, 0, others / 2, others - (others / 2), 0, 0, 0, 12_345_678);
}
