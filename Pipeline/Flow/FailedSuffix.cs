using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The groups that did not reach the log, in log order: answered at once, kept until the path has stopped so that what they entered can be taken out again.</summary>
/// <remarks>Written by Log alone; read after Log has stopped. Bounded by the mailbox in front of Log and its run.</remarks>
internal sealed class FailedSuffix
{
    private readonly List<CommitGroup> _groups = [];

    public IReadOnlyList<CommitGroup> Groups => _groups;

    public void Add(CommitGroup group, Exception fault)
    {
        var refusal = EngineFault.RefusalFor(fault);
        foreach (ref var answer in group.Answers)
        {
            answer.Ticket?.Fail(refusal);
            answer = answer with { Ticket = null };
        }

        group.FlushRequest?.TrySetException(refusal);
        if (group.Commits > 0)
            _groups.Add(group);
    }
}
