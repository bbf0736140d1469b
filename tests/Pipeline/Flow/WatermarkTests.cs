using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Tests;

public sealed class WatermarkTests
{
    [Fact]
    public async Task Waiters_are_released_when_their_lsn_is_reached_and_not_before()
    {
        var mark = new Watermark("visible", new Lsn(5));
        Assert.True(mark.WaitAsync(new Lsn(5)).IsCompletedSuccessfully);
        var seven = mark.WaitAsync(new Lsn(7));
        var nine = mark.WaitAsync(new Lsn(9));
        mark.Advance(new Lsn(7));
        await seven;
        Assert.False(nine.IsCompleted);
        mark.Advance(new Lsn(20));
        await nine;
    }

    [Fact]
    public void It_never_goes_back()
    {
        var mark = new Watermark("visible", new Lsn(5));
        Assert.Equal("internal", Assert.Throws<HeliosException>(() => mark.Advance(new Lsn(4))).Code);
        Assert.Equal(new Lsn(5), mark.Value);
    }

    [Fact]
    public async Task Two_who_move_it_never_take_it_back()
    {
        var mark = new Watermark("durable", default);
        const ulong To = 200_000;
        var waiting = mark.WaitAsync(new Lsn(To));
        await Task.WhenAll(Enumerable.Range(0, 2).Select(mover => Task.Run(() =>
        {
            for (ulong lsn = 1; lsn <= To; lsn++)
            {
                mark.Reach(new Lsn(lsn));
                Assert.True(mark.Value.Value >= lsn);
            }
        })));
        await waiting.WaitAsync(TimeSpan.FromMinutes(1));
        mark.Reach(new Lsn(3));
        Assert.Equal(new Lsn(To), mark.Value);
    }

    [Fact]
    public async Task Who_waits_is_told_when_the_owner_has_stopped()
    {
        var mark = new Watermark("visible", default);
        var waiting = mark.WaitAsync(new Lsn(1));
        mark.Abandon(new HeliosException(HeliosErrorKind.Closed, "closed", "The engine is closed."));
        await Assert.ThrowsAsync<HeliosException>(() => waiting);
        await Assert.ThrowsAsync<HeliosException>(() => mark.WaitAsync(new Lsn(1)));
    }

    [Fact]
    public async Task No_waiter_is_forgotten_between_looking_and_queueing()
    {
        var mark = new Watermark("visible", default);
        const ulong To = 20_000;
        var advancing = Task.Run(() =>
        {
            for (ulong lsn = 1; lsn <= To; lsn++)
                mark.Advance(new Lsn(lsn));
        });
        for (ulong lsn = 1; lsn <= To; lsn += 7)
            await mark.WaitAsync(new Lsn(lsn)).WaitAsync(TimeSpan.FromMinutes(1));
        await advancing;
    }
}
