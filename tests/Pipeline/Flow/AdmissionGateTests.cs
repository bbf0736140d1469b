using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Tests;

public sealed class AdmissionGateTests
{
    [Fact]
    public void What_fits_enters_at_once()
    {
        var gate = new AdmissionGate(100, 10);
        Assert.True(gate.EnterAsync(60, 1, default).AsTask().IsCompletedSuccessfully);
        Assert.True(gate.EnterAsync(40, 1, default).AsTask().IsCompletedSuccessfully);
        Assert.Equal(100, gate.Bytes);
    }

    [Fact]
    public async Task Who_finds_no_room_waits_until_a_quarter_is_free_and_enters_in_order()
    {
        var gate = new AdmissionGate(100, 1000);
        await gate.EnterAsync(50, 1, default);
        await gate.EnterAsync(50, 1, default);
        var first = gate.EnterAsync(10, 1, default).AsTask();
        var second = gate.EnterAsync(10, 1, default).AsTask();
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
        var gate = new AdmissionGate(1 << 20, 4);
        await gate.EnterAsync(1, 4, default);
        var waiting = gate.EnterAsync(1, 1, default).AsTask();
        Assert.False(waiting.IsCompleted);
        gate.Leave(1, 4);
        await waiting;
    }

    [Fact]
    public async Task A_commit_larger_than_the_budget_enters_alone()
    {
        var gate = new AdmissionGate(100, 10);
        Assert.True(gate.EnterAsync(1_000, 1, default).AsTask().IsCompletedSuccessfully);
        var next = gate.EnterAsync(1, 1, default).AsTask();
        Assert.False(next.IsCompleted);
        gate.Leave(1_000, 1);
        await next;
    }

    [Fact]
    public async Task A_waiter_that_gives_up_takes_nothing_and_lets_others_by()
    {
        var gate = new AdmissionGate(100, 10);
        await gate.EnterAsync(100, 1, default);
        using var cancel = new CancellationTokenSource();
        var gone = gate.EnterAsync(90, 1, cancel.Token).AsTask();
        var next = gate.EnterAsync(20, 1, default).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        gate.Leave(100, 1);
        await next;
        Assert.Equal(20, gate.Bytes);
    }

    [Fact]
    public async Task A_closed_gate_refuses_who_waits_and_who_comes()
    {
        var gate = new AdmissionGate(100, 10);
        await gate.EnterAsync(100, 1, default);
        var waiting = gate.EnterAsync(1, 1, default).AsTask();
        gate.Close(new HeliosException(HeliosErrorKind.Closed, "closed", "The engine is closed."));
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => waiting)).Code);
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => gate.EnterAsync(1, 1, default).AsTask())).Code);
    }
}
