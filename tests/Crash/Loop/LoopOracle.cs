namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// What the parent knows of one database: every commit that was submitted, in order, and which were acknowledged. It holds what an open shows against that. It
/// knows nothing of the engine's formats, and computes every row from the seed.
/// </summary>
internal sealed class LoopOracle(LoopWorkload workload)
{
    private readonly List<LoopCommit> _commits = [];
    private readonly List<ulong> _lsns = []; // of the acknowledged ones; 0 where the answer never came

    private readonly LoopSchema _schema = new();

    private ulong _mustReach; // the highest LSN that was told and that no kill may take

    /// <summary>Commits that must be there: acknowledged, without a log flushed, or seen when it was opened.</summary>
    public int Promised { get; private set; }

    public int Submitted => _commits.Count;

    /// <summary>The highest LSN that anyone was told.</summary>
    public ulong Told { get; private set; }

    /// <summary>Commits that were submitted and never answered, and are there all the same.</summary>
    public int Unanswered { get; private set; }

    /// <summary>Commits whose fate was unknown and which are gone.</summary>
    public int Gone { get; private set; }

    /// <summary>Commits without a log that were answered, never flushed, and are gone.</summary>
    public int Unflushed { get; private set; }

    /// <summary>Takes in what a child has told before it ended.</summary>
    /// <param name="trace">What it has told.</param>
    /// <param name="closed">Did it close in order? Then nothing may be gone, without a log too.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Take(LoopTrace trace, bool closed)
    {
        foreach (var commit in trace.Intents)
        {
            if (commit.Number != _commits.Count)
                throw new InvalidOperationException($"Commit {commit} was submitted where {_commits.Count} is the next.");
            _commits.Add(commit);
            _lsns.Add(0);
        }

        foreach (var (commit, lsn) in trace.Answers)
        {
            if (lsn <= Told)
                return $"commit {commit} was told LSN {lsn}, and LSN {Told} was told before it: it means something else";
            (Told, _lsns[commit]) = (lsn, lsn);
            if (closed || !trace.WithoutLog || lsn <= trace.Flushed)
                (Promised, _mustReach) = (commit + 1, lsn);
        }

        _schema.Take(trace, closed);
        return null;
    }

    /// <summary>Holds an open database against what was submitted. Where nothing is wrong, what it shows is promised from now on.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Accept(LoopContent content)
    {
        if (content.Record < Promised)
            return $"{Promised} commits were acknowledged or seen, {content.Record} are there";
        if (content.Record > _commits.Count)
            return $"{content.Record} commits are there, {_commits.Count} were submitted";
        if (content.Visible < _mustReach)
            return $"LSN {_mustReach} was told, and now the newest is {content.Visible}";
        var stored = (int)content.Record;
        if ((FindDifference(content, stored) ?? _schema.Accept(content)) is { } fault)
            return fault;

        Unanswered += _lsns.Take(stored).Skip(Promised).Count(static lsn => lsn == 0);
        Gone += _lsns.Skip(stored).Count(static lsn => lsn == 0);
        Unflushed += _lsns.Skip(stored).Count(static lsn => lsn != 0);
        _commits.RemoveRange(stored, _commits.Count - stored);
        _lsns.RemoveRange(stored, _lsns.Count - stored);
        (Promised, _mustReach, Told) = (stored, Math.Min(content.Visible, content.Durable), Math.Max(Told, content.Visible));
        return null;
    }

    /// <summary>Holds a restored database against the commits up to the LSN of its backup: all of them, and none after.</summary>
    public string? FindFaultOfBackup(LoopContent content, ulong lsn)
    {
        for (var commit = 0; commit < _lsns.Count; commit++)
        {
            if (_lsns[commit] != 0 && _lsns[commit] <= lsn != commit < content.Record)
                return $"the backup of LSN {lsn} has {content.Record} commits, and commit {commit} had LSN {_lsns[commit]}";
        }

        return content.Record > _commits.Count ? $"the backup has {content.Record} commits of {_commits.Count}" : FindDifference(content, (int)content.Record);
    }

    /// <summary>The first commit whose rows are not deleted, after so many commits.</summary>
    public int FirstLiving(int commits) =>
        (int)_commits.Take(commits).Where(commit => commit.Kind == LoopKind.Sweep).Select(commit => commit.Of).DefaultIfEmpty(0).Last();

    private string? FindDifference(LoopContent content, int commits)
    {
        if (content.Fault is { } fault)
            return fault;
        var wanted = RowsAfter(commits).ToLookup(row => row.Table);
        var found = content.Rows.ToLookup(row => row.Table);
        for (var table = 0; table < content.Counts.Length; table++)
        {
            var name = LoopWorkload.Tables[table].Name;
            if (content.Counts[table] < 0 && commits > 0)
                return $"table {name} is gone";
            var (must, has) = (wanted[table].ToList(), found[table].ToList());
            for (var i = 0; i < Math.Max(must.Count, has.Count); i++)
            {
                if (i >= has.Count || i >= must.Count || must[i] != has[i])
                    return $"after commit {commits - 1}, row {i} of {name} is {At(has, i)} and must be {At(must, i)} ({has.Count} rows, {must.Count} are right)";
            }

            if (Math.Max(content.Counts[table], 0) != has.Count)
                return $"the counter of {name} says {content.Counts[table]}, there are {has.Count} rows";
        }

        return null;
    }

    private IEnumerable<LoopRow<ulong>> RowsAfter(int commits)
    {
        var deleted = _commits.Take(commits).Where(commit => commit.Kind == LoopKind.Delete).Select(commit => commit.Of).ToHashSet();
        var changed = new Dictionary<long, int>();
        foreach (var commit in _commits.Take(commits).Where(commit => commit.Changes))
            changed[commit.Of] = commit.Number;
        for (var number = FirstLiving(commits); number < commits; number++)
        {
            foreach (var row in workload.Rows(_commits[number]))
            {
                if (!deleted.Contains(row.Id))
                    yield return new LoopRow<ulong>(row.Table, row.Id, row.Commit, LoopWorkload.Hash(row.Table == LoopWorkload.Trips && changed.TryGetValue(row.Id, out var by) ? LoopWorkload.ChangedText(by) : row.Text));
            }
        }
    }

    private static string At(List<LoopRow<ulong>> rows, int index) => index < rows.Count ? rows[index].ToString() : "nothing";
}
