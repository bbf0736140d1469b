using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What is remembered of one producer.</summary>
internal sealed class ProducerHistory(ProducerId id)
{
    public ProducerId Id { get; } = id;

    /// <summary>A number up to here that is not in <see cref="Commits"/> may have been used; -1 = none.</summary>
    public long Floor { get; private set; } = -1;

    /// <summary>Its highest number.</summary>
    public long Highest { get; private set; } = -1;

    /// <summary>Its last commit.</summary>
    public Lsn Newest { get; private set; }

    /// <summary>Memory that the commits count for.</summary>
    public long Bytes { get; private set; }

    public SortedDictionary<long, RememberedCommit> Commits { get; } = [];

    /// <summary>Its place among the producers.</summary>
    public LinkedListNode<ProducerHistory>? Node { get; set; }

    /// <summary>Where the window of a producer ends whose highest number this is.</summary>
    public static long FloorBelow(long highest, int window) => Math.Max(highest - window, -1);

    /// <summary>Where the floor is once <paramref name="sequence"/> has been used.</summary>
    public long FloorWith(int window, long sequence) => Math.Max(Floor, FloorBelow(Math.Max(Highest, sequence), window));

    /// <returns>Bytes more.</returns>
    public long Take(in ProducerCommit commit, long floor, RememberedCommit remembered)
    {
        var before = Bytes;
        Forget(commit.Sequence); // where a resumed engine goes through its log again
        Commits.Add(commit.Sequence, remembered);
        Bytes += remembered.Bytes;
        Floor = Math.Max(Floor, floor);
        Highest = Math.Max(Highest, commit.Sequence);
        Newest = remembered.Lsn > Newest ? remembered.Lsn : Newest;
        return Bytes - before;
    }

    /// <returns>Bytes less.</returns>
    public long Forget(long sequence)
    {
        if (!Commits.Remove(sequence, out var commit))
            return 0;
        Bytes -= commit.Bytes;
        return commit.Bytes;
    }
}

/// <summary>What a repeated commit is answered from.</summary>
/// <param name="Lsn">The first commit.</param>
/// <param name="Content">Hash of what it was to write.</param>
/// <param name="Rows">Rows that it changed.</param>
/// <param name="Rejected">Rows that it left out.</param>
/// <param name="Listed">Those of them that are listed, see <see cref="RejectionCodec"/>.</param>
internal readonly record struct RememberedCommit(Lsn Lsn, ulong Content, int Rows, int Rejected, byte[] Listed)
{
    public int Bytes => ProducerLedger.CommitBytes + Listed.Length;

    /// <summary>The first answer.</summary>
    public CommitReceipt Receipt()
    {
        var listed = RejectionCodec.Read(Listed);
        return new CommitReceipt(Lsn, Rows, listed) { IsRepeat = true, UnlistedRejections = Rejected - listed.Count };
    }
}
