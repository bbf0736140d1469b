using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Tests;

public sealed class AdmissionGateTests
{
    [Fact]
    public void What_fits_enters_at_once()
    {
        var gate = Gate(100, 10);
        Assert.True(gate.EnterAsync(60, 1, true, default).AsTask().IsCompletedSuccessfully);
        Assert.True(gate.EnterAsync(40, 1, true, default).AsTask().IsCompletedSuccessfully);
        Assert.Equal(100, gate.Bytes);
    }

    [Fact]
    public async Task Who_finds_no_room_waits_until_a_quarter_is_free_and_enters_in_order()
    {
        var gate = Gate(100, 1000);
        await gate.EnterAsync(50, 1, true, default);
        await gate.EnterAsync(50, 1, true, default);
        var first = gate.EnterAsync(10, 1, true, default).AsTask();
        var second = gate.EnterAsync(10, 1, true, default).AsTask();
        Assert.False(first.IsCompleted);

        gate.Leave(20, 0); // 80 of 100: not yet below three quarters
        Assert.False(first.IsCompleted);
        gate.Leave(10, 0);
        await first;
        await second;
        Assert.Equal(90, gate.Bytes);
    }

    [Fact]
    public async Task Rows_are_bounded_too()
    {
        var gate = Gate(1 << 20, 4);
        await gate.EnterAsync(1, 4, true, default);
        var waiting = gate.EnterAsync(1, 1, true, default).AsTask();
        Assert.False(waiting.IsCompleted);
        gate.Leave(1, 4);
        await waiting;
    }

    [Fact]
    public async Task A_commit_larger_than_the_budget_enters_alone()
    {
        var gate = Gate(100, 10);
        Assert.True(gate.EnterAsync(1_000, 1, true, default).AsTask().IsCompletedSuccessfully);
        var next = gate.EnterAsync(1, 1, true, default).AsTask();
        Assert.False(next.IsCompleted);
        gate.Leave(1_000, 1);
        await next;
    }

    [Fact]
    public async Task A_waiter_that_gives_up_takes_nothing_and_lets_others_by()
    {
        var gate = Gate(100, 10);
        await gate.EnterAsync(100, 1, true, default);
        using var cancel = new CancellationTokenSource();
        var gone = gate.EnterAsync(90, 1, true, cancel.Token).AsTask();
        var next = gate.EnterAsync(20, 1, true, default).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        gate.Leave(100, 1);
        await next;
        Assert.Equal(20, gate.Bytes);
    }

    [Fact]
    public async Task A_closed_gate_refuses_who_waits_and_who_comes()
    {
        var gate = Gate(100, 10);
        await gate.EnterAsync(100, 1, true, default);
        var waiting = gate.EnterAsync(1, 1, true, default).AsTask();
        gate.Close(new HeliosException(HeliosErrorKind.Closed, "closed", "The engine is closed."));
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => waiting)).Code);
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => gate.EnterAsync(1, 1, true, default).AsTask())).Code);
    }

    [Fact]
    public async Task While_the_disk_is_low_inserts_are_refused_and_deletes_enter()
    {
        var space = new FreeSpace(100);
        var gate = new AdmissionGate(new MemoryBudget(1_000, 100), 10, space);
        space.Report("disk", 99);
        var refused = await Assert.ThrowsAsync<HeliosException>(() => gate.EnterAsync(10, 1, true, default).AsTask());
        Assert.Equal((HeliosErrorKind.Unavailable, "disk_full", true), (refused.Kind, refused.Code, refused.IsTransient));
        await gate.EnterAsync(10, 0, false, default);
        Assert.Equal(10, gate.Bytes);
    }

    [Fact]
    public async Task When_the_disk_turns_low_inserts_that_wait_are_refused_and_a_delete_behind_them_enters_in_its_turn()
    {
        var space = new FreeSpace(100);
        var gate = new AdmissionGate(new MemoryBudget(1_000, 100), 10, space);
        await gate.EnterAsync(70, 1, true, default);
        var insert = gate.EnterAsync(40, 1, true, default).AsTask();
        var delete = gate.EnterAsync(20, 0, false, default).AsTask();
        Assert.False(insert.IsCompleted || delete.IsCompleted);

        space.Report("disk", 99);
        Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => insert)).Code);
        await delete;
        Assert.Equal(90, gate.Bytes);
        gate.Leave(70, 1);
        gate.Leave(20, 0);
        Assert.Equal((0, 0), (gate.Bytes, gate.Rows));
    }

    [Fact]
    public async Task A_closed_gate_does_not_hear_of_the_disk_any_more_and_another_one_does()
    {
        var space = new FreeSpace(100);
        var closed = new AdmissionGate(new MemoryBudget(1_000, 100), 10, space);
        var next = new AdmissionGate(new MemoryBudget(1_000, 100), 10, space);
        await next.EnterAsync(100, 1, true, default);
        var waiting = next.EnterAsync(1, 1, true, default).AsTask();
        closed.Close(new HeliosException(HeliosErrorKind.Closed, "closed", "The engine is closed."));
        space.Report("disk", 99);
        Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => waiting)).Code);
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => closed.EnterAsync(1, 1, true, default).AsTask())).Code);
    }

    private static AdmissionGate Gate(long maxBytes, long maxRows) => new(new MemoryBudget(maxBytes, maxBytes), maxRows, new FreeSpace(0));
}
