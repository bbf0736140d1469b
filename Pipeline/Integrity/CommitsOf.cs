using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Takes one commit; false: no more are wanted.</summary>
internal delegate bool CommitTaker(Lsn lsn, OperationReader operations);

/// <summary>The commits of a log from some place on, in order. One thread; used once.</summary>
internal sealed class CommitsOf(ILogReader frames, Lsn head) : IDisposable
{
    /// <exception cref="HeliosException">Corrupt: a frame is damaged, or does not hold the commits that it names.</exception>
    public void Read(CommitTaker take)
    {
        while (frames.TryRead(head, out var frame))
        {
            var lsn = frame.First;
            var commits = new CommitReader(frame.Payload);
            for (; commits.TryNext(out var operations); lsn = lsn.Next)
            {
                if (!take(lsn, operations))
                    return;
            }

            if (lsn != frame.Last.Next)
                throw ChangeFormat.Damaged($"the frame of LSN {frame.First} says {frame.Commits} commits and has {lsn.Value - frame.First.Value}");
        }
    }

    public void Dispose() => frames.Dispose();
}
