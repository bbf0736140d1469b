using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Who reads the log and how far each is: log at or after a subscriber's position stays, up to a bound on its lag. Any thread.</summary>
internal sealed class LogSubscribers
{
    private readonly Lock _gate = new();
    private readonly List<Subscription> _open = [];
    private int _count;
    private ulong _held = Lsn.Max.Value;

    /// <summary>Does anybody read?</summary>
    public bool Any => Volatile.Read(ref _count) > 0;

    /// <summary>Log from here on stays, however far behind it is: the index snapshot is completed from it. Its owner bounds the lag; <see cref="Lsn.Max"/> holds nothing.</summary>
    public Lsn Held
    {
        get => new(Volatile.Read(ref _held));
        set => Volatile.Write(ref _held, value.Value);
    }

    public Subscription Open(Lsn from, Func<Lsn>? follow = null)
    {
        var subscription = new Subscription(this, from, follow);
        lock (_gate)
        {
            _open.Add(subscription);
            Volatile.Write(ref _count, _open.Count);
        }

        return subscription;
    }

    /// <summary>The earliest position; those before <paramref name="floor"/> lag too far and hold nothing back, but for <see cref="Held"/>.</summary>
    public Lsn Oldest(Lsn floor)
    {
        var oldest = Held;
        lock (_gate)
        {
            foreach (var subscription in _open)
            {
                var position = subscription.Position;
                if (position >= floor && position < oldest)
                    oldest = position;
            }
        }

        return oldest;
    }

    /// <summary>One reader of the log. Dispose it when it reads no more.</summary>
    /// <param name="owner">Whose it is.</param>
    /// <param name="from">The first LSN that it may ask for.</param>
    /// <param name="follow">Tells that LSN instead, whenever log is about to go: for a reader whose place is in the store. Null where the reader says it.</param>
    internal sealed class Subscription(LogSubscribers owner, Lsn from, Func<Lsn>? follow = null) : IDisposable
    {
        private ulong _position = from.Value;

        /// <summary>The first LSN that it may still ask for.</summary>
        public Lsn Position
        {
            get => follow?.Invoke() ?? new Lsn(Volatile.Read(ref _position));
            set => Volatile.Write(ref _position, value.Value);
        }

        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._open.Remove(this);
                Volatile.Write(ref owner._count, owner._open.Count);
            }
        }
    }
}
