using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Helios.Pipeline;

/// <summary>The bounded queue in front of a stage: many senders, one actor. Named for what has happened to its content.</summary>
internal sealed class Mailbox<TMessage>
{
    private readonly Channel<TMessage> _channel;
    private readonly WorkMeter _waits = new();

    /// <param name="name">Past participle: what has been done to what is in it.</param>
    /// <param name="capacity">Messages it holds before a sender waits.</param>
    /// <param name="readerBlocks">True where a thread of its own reads it: waking it inside the sender's call is then only a signal and saves a hop through the pool.</param>
    public Mailbox(string name, int capacity, bool readerBlocks)
    {
        Name = name;
        Capacity = capacity;
        _channel = Channel.CreateBounded<TMessage>(new BoundedChannelOptions(capacity)
        {
            SingleReader = true,
            SingleWriter = false,
            FullMode = BoundedChannelFullMode.Wait,
            AllowSynchronousContinuations = readerBlocks,
        });
    }

    public string Name { get; }

    public int Capacity { get; }

    /// <summary>Messages waiting now.</summary>
    public int Depth => _channel.Reader.Count;

    /// <summary>How long the stage in front has waited for room; others who send are not in it (<see cref="SendAsideAsync"/>).</summary>
    public TimeSpan Waited => _waits.Took;

    /// <summary>Waits for room. No token: a wait that can be cancelled allocates, and what was admitted is answered anyway.</summary>
    /// <exception cref="ChannelClosedException">The mailbox is complete: the path is stopping.</exception>
    public ValueTask SendAsync(TMessage message) => _channel.Writer.TryWrite(message) ? default : SendLaterAsync(message);

    /// <summary>As <see cref="SendAsync"/>, for those who are not the stage in front: what that one waits is measured, and they may wait beside it.</summary>
    /// <exception cref="ChannelClosedException">As there.</exception>
    public ValueTask SendAsideAsync(TMessage message) => _channel.Writer.WriteAsync(message);

    public bool TrySend(TMessage message) => _channel.Writer.TryWrite(message);

    /// <summary>No more messages: the actor handles what waits, then stops.</summary>
    public void Complete() => _channel.Writer.TryComplete();

    public ValueTask<bool> WaitToReadAsync() => _channel.Reader.WaitToReadAsync();

    public bool TryRead([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out TMessage message) => _channel.Reader.TryRead(out message);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendLaterAsync(TMessage message)
    {
        var started = Stopwatch.GetTimestamp();
        await _channel.Writer.WriteAsync(message).ConfigureAwait(false);
        _waits.Add(Stopwatch.GetElapsedTime(started));
    }
}
