using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Where there is no log: keeps what is applied for feeds, and says when the store must be flushed. Owned by Commit.</summary>
/// <remarks>
/// Two things grow until a flush: the LSNs that a crash takes, which the next open must pass over, so there is a bound to them; and the frames that a feed
/// may not show yet, which the ring must hold until it may.
/// </remarks>
/// <param name="log">Counts LSNs and has the ring.</param>
/// <param name="subscribers">Who reads it.</param>
/// <param name="bound">Commits that may be applied and not flushed.</param>
internal sealed class UnloggedFlush(MemoryLog log, LogSubscribers subscribers, int bound)
{
    /// <summary>With one flush running and one gathering, half of the ring is not flushed: the other half is a reader's time.</summary>
    private const int FlushesPerRing = 4;

    private ulong _begun = log.Begin.Value - 1; // applied when the last flush was begun
    private long _begunEnd;                     // of the ring then
    private long _flushedEnd;                   // of the ring when the last finished flush was begun

    /// <summary>Must everything before the group be flushed before it is applied?</summary>
    public bool MustFlushBefore(CommitGroup group, Lsn flushed) =>
        group.Last.Value > Math.Max(flushed.Value, log.Begin.Value - 1) + (ulong)bound
        || (subscribers.Any && _flushedEnd < log.Ring.End && log.Ring.End + group.Frame.Length - log.Ring.Capacity > _flushedEnd);

    /// <summary>Is it time to begin a flush, so that nobody has to wait for one?</summary>
    public bool IsDue(Lsn applied) =>
        applied.Value > _begun + ((ulong)bound / 2)
        || (subscribers.Any && log.Ring.End - _begunEnd > log.Ring.Capacity / FlushesPerRing);

    public void Keep(CommitGroup group) => log.Keep(group.Frame.Written, group.First, group.Commits, group.Time);

    public void Begun(Lsn applied)
    {
        _begun = Math.Max(_begun, applied.Value);
        _begunEnd = log.Ring.End;
    }

    /// <summary>The flush that was begun last has finished.</summary>
    public void Flushed() => _flushedEnd = _begunEnd;
}
