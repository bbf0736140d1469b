using System.Threading.Channels;

namespace Helios.Pipeline.Tests;

public sealed class MailboxTests
{
    private readonly Mailbox<int> _mailbox = new("tested", capacity: 1, readerBlocks: false);

    [Fact]
    public async Task What_the_stage_in_front_waits_for_room_is_measured_and_what_others_wait_is_not()
    {
        await _mailbox.SendAsync(1);
        var aside = _mailbox.SendAsideAsync(2).AsTask();
        Assert.False(aside.IsCompleted);
        Take(1);
        await aside;
        Assert.Equal(TimeSpan.Zero, _mailbox.Waited);

        var stage = _mailbox.SendAsync(3).AsTask();
        Take(2);
        await stage;
        Assert.True(_mailbox.Waited > TimeSpan.Zero);
    }

    [Fact]
    public async Task Who_comes_when_there_is_room_again_comes_behind_those_who_wait()
    {
        await _mailbox.SendAsync(1);
        var (second, third) = (_mailbox.SendAsync(2).AsTask(), _mailbox.SendAsideAsync(3).AsTask());
        Take(1);
        await second;
        Assert.False(_mailbox.TrySend(4)); // the room is the second's
        Take(2);
        await third;
        Take(3);
    }

    [Fact]
    public async Task A_complete_mailbox_refuses_also_those_who_wait_and_keeps_what_it_has()
    {
        await _mailbox.SendAsync(1);
        var waiting = _mailbox.SendAsync(2).AsTask();
        _mailbox.Complete();

        await Assert.ThrowsAsync<ChannelClosedException>(() => waiting);
        await Assert.ThrowsAsync<ChannelClosedException>(() => _mailbox.SendAsync(3).AsTask());
        Take(1);
        Assert.False(await _mailbox.WaitToReadAsync());
    }

    private void Take(int expected)
    {
        Assert.True(_mailbox.TryRead(out var message));
        Assert.Equal(expected, message);
    }
}
