using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The groups that did not reach the log, in log order: answered at once, kept until the path has stopped so that what they entered can be taken out again.</summary>
/// <remarks>Written by Log and Track; read after both have stopped. Bounded by the mailboxes in front of Log, Commit and Track and their runs.</remarks>
internal sealed class FailedSuffix
{
    private readonly Lock _gate = new();
    private readonly List<CommitGroup> _groups = [];

    public IReadOnlyList<CommitGroup> Groups
    {
        get
        {
            lock (_gate)
                return [.. _groups.OrderBy(g => g.First)];
        }
    }

    public void Add(CommitGroup group, Exception fault)
    {
        var refusal = EngineFault.RefusalFor(fault);
        foreach (ref var answer in group.Answers)
        {
            answer.Ticket?.Fail(refusal);
            answer = answer with { Ticket = null };
        }

        group.FailRequests(refusal);
        if (group.Commits == 0)
            return;
        lock (_gate)
            _groups.Add(group);
    }
}
