using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What <see cref="ProducerLedger"/> is to forget with a commit. Changes nothing itself.</summary>
/// <remarks>
/// Its length is bounded by what the commit adds: where the ledger is full, a commit that takes n bytes makes room for n, and each remembered commit frees
/// <see cref="ProducerLedger.CommitBytes"/> at least. So the operations fit into the room that a frame has beside a commit's payload.
/// </remarks>
internal sealed class ProducerPlan
{
    private readonly List<long> _own = [];
    private readonly List<ProducerHistory> _others = [];
    private long _over;

    /// <summary>The floor of the commit's producer.</summary>
    public long Floor { get; private set; }

    /// <summary>Numbers of the commit's producer.</summary>
    public IReadOnlyList<long> Own => _own;

    /// <summary>Other producers, with everything.</summary>
    public IReadOnlyList<ProducerHistory> Others => _others;

    /// <param name="floor">The floor that the window gives.</param>
    /// <param name="over">Bytes that are too many with the commit.</param>
    public void Begin(long floor, long over)
    {
        _own.Clear();
        _others.Clear();
        (Floor, _over) = (floor, over);
    }

    /// <summary>What has left the window: as a commit adds one number, forgetting several leaves none behind for long.</summary>
    public void ForgetBelowFloor(ProducerHistory own)
    {
        foreach (var (sequence, commit) in own.Commits)
        {
            if (sequence > Floor || _own.Count == ProducerLedger.MaxListed)
                return;
            _own.Add(sequence);
            _over -= commit.Bytes;
        }
    }

    /// <summary>The producers that have been silent for longest, until there is room.</summary>
    public void ForgetOthers(LinkedList<ProducerHistory> order, ProducerHistory? own, bool mustForgetOne)
    {
        foreach (var producer in order)
        {
            if (_over <= 0 && !mustForgetOne)
                return;
            if (producer == own)
                continue;
            _others.Add(producer);
            _over -= producer.Bytes;
            mustForgetOne = false;
        }
    }

    /// <summary>Nobody else is left: the lowest numbers go, and the floor rises.</summary>
    public void ForgetLowest(ProducerHistory own)
    {
        if (_over <= 0)
            return;
        foreach (var (sequence, commit) in own.Commits.Skip(_own.Count))
        {
            if (_over <= 0)
                return;
            _own.Add(sequence);
            _over -= commit.Bytes;
            Floor = Math.Max(Floor, sequence);
        }
    }

    /// <summary>Appends the operations that say it, and the one that remembers the commit: that is the last.</summary>
    public void Append(ChangeSetBuilder changes, in ProducerCommit commit, ReadOnlySpan<byte> listed)
    {
        foreach (var producer in _others)
            ProducerOperations.AppendForget(changes, producer.Id, producer.Commits.Count <= ProducerLedger.MaxListed ? producer.Commits.Keys.ToArray() : []);
        ProducerOperations.Append(changes, commit, Floor, listed, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_own));
    }
}
