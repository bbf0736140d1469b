using System.Globalization;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>The life of one database: a child opens it with new options, writes, is killed; what is there is held against the oracle; and again.</summary>
internal sealed class CrashLoop
{
    private const int OneIn = 8; // cycles after which the parent opens the database itself

    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    // A child lives for half a second: to compile its code again, better, is not worth it.
    private static readonly Dictionary<string, string> s_environment = new() { ["DOTNET_TieredPGO"] = "0", ["DOTNET_TC_CallCounting"] = "0", ["DOTNET_gcConcurrent"] = "0" };

    private readonly int _seed;
    private readonly bool _encrypted;
    private readonly LoopBug _bug;
    private readonly LoopSummary _summary;
    private readonly string _database;
    private readonly string _backups;
    private readonly LoopOracle _oracle;
    private readonly LoopChecks _checks;
    private readonly Dictionary<LoopPhase, int> _kills = [];
    private string _keys;
    private int _nextKey = 1;
    private string _command = "";
    private bool _hasFrames; // in its log, which the store does not have: as far as the parent can tell
    private int _owed; // kills in recovery that had nothing to recover

    public CrashLoop(ScratchFolder scratch, int seed, bool encrypted, LoopSummary summary, LoopBug bug = LoopBug.None)
    {
        (_seed, _encrypted, _bug, _summary) = (seed, encrypted, bug, summary);
        var name = string.Create(CultureInfo.InvariantCulture, $"{(encrypted ? "encrypted" : "plain")}-{seed}");
        (_database, _backups) = (scratch[name], scratch[name + "-backups"]);
        _oracle = new LoopOracle(new LoopWorkload(seed));
        _checks = new LoopChecks(_oracle, seed, _database, _backups, scratch[name + "-restored"]);
        _keys = encrypted ? "0" : LoopKeys.None;
    }

    /// <summary>Told a line after every cycle.</summary>
    public Action<string> Print { get; init; } = _ => { };

    /// <summary>Asked when a life is over: false lets it go on, for as many cycles again at most.</summary>
    public Func<bool> IsEnough { get; init; } = () => true;

    /// <summary>Null where everything held; else what did not, with all that it takes to look at it.</summary>
    public async Task<string?> RunAsync(int cycles)
    {
        var isLast = false;
        for (var cycle = 0; !isLast; cycle++)
        {
            string? fault;
            try
            {
                fault = await RunCycleAsync(cycle);
                isLast = cycle == (2 * cycles) - 1 || (cycle >= cycles - 1 && IsEnough());
                if (isLast)
                    fault ??= await FindFaultAtEndAsync(cycle);
            }
            catch (Exception error)
            {
                fault = error.ToString(); // told with what it takes to look at it
            }

            if (fault is not null)
            {
                // Reports are cut, some at the front and some at the end: what went wrong stands at both.
                var first = fault.Split('\n', 2)[0];
                Print($"{(_encrypted ? "encrypted" : "plain")} {cycle}: {first}");
                return $"{fault}\ncycle {cycle} of seed {_seed}: {_database}\n{LoopOptions.Draw(_seed, cycle, _bug)}\n{_command}\n{first}";
            }
        }

        _summary.Count("commits", _oracle.Submitted);
        _summary.Count("commits never answered and there", _oracle.Unanswered);
        _summary.Count("commits never answered and gone", _oracle.Gone);
        _summary.Count("commits answered without a log, never flushed and gone", _oracle.Unflushed);
        return null;
    }

    private async Task<string?> RunCycleAsync(int cycle)
    {
        var random = new Random((int)LoopWorkload.Mix(_seed, cycle + 2_000_000));
        var plan = _bug == LoopBug.None ? Draw(random) : new LoopPlan(LoopPhase.Ingest, LoopWriter.StopsAt, 50);
        var options = LoopOptions.Draw(_seed, cycle, _bug);
        var trace = new LoopTrace(options.Level, options.WithoutLog);
        string[] arguments = [typeof(CrashLoop).Assembly.Location, "loop", _database, Text(_seed), Text(cycle), $"{plan.Target}", _keys, _backups, $"{_bug}"];
        using var child = new ChildProcess(ChildProcess.Dotnet, arguments, s_environment, trace.Take, hasInput: true);
        _command = child.CommandLine;
        var (fault, ended) = await FollowAsync(child, trace, plan);

        fault ??= trace.Fault ?? _oracle.Take(trace, closed: ended.ExitCode == 0) ?? (ended.ExitCode is 0 or 137 ? null : $"exit code {ended.ExitCode}: {ended.Errors}");
        TakeKeys(trace);
        Note(cycle, trace, ended, plan);
        if (fault is not null)
            return fault;
        if (_bug == LoopBug.LostSegment)
            LoopFiles.LoseNewestSegment(_database);
        if (_bug == LoopBug.ReadableText)
            await File.WriteAllTextAsync(Path.Combine(_database, "store", "LOG.old.1"), LoopWorkload.Canary);
        return await FindFaultAfterAsync(cycle, trace, checkAll: ended.ExitCode == 0 || random.Next(OneIn) == 0);
    }

    /// <summary>A kill in recovery needs something to recover: where it was drawn and there is nothing, a later cycle makes up for it.</summary>
    private LoopPlan Draw(Random random)
    {
        var plan = LoopPlan.Draw(random, _owed > 0 && _hasFrames, _encrypted, _kills);
        while (plan.Target == LoopPhase.Recovery && !_hasFrames)
        {
            _owed++;
            plan = LoopPlan.Draw(random, owed: false, _encrypted, _kills);
        }

        return plan;
    }

    /// <summary>Lets the child open, write and die.</summary>
    private async Task<(string? Fault, ProcessResult Ended)> FollowAsync(ChildProcess child, LoopTrace trace, LoopPlan plan)
    {
        var killing = KillAsync(child, trace, plan);
        await Task.WhenAny(trace.Read, child.Ended, killing);
        string? fault = null;
        var accepted = trace.Read.IsCompleted;
        if (accepted)
        {
            fault = _oracle.Accept(trace.Content);
            if (fault is null)
                await child.TellAsync(string.Create(CultureInfo.InvariantCulture, $"{_oracle.Submitted} {_oracle.FirstLiving(_oracle.Submitted)} {_nextKey}"));
            else
                child.Kill();
        }

        await killing;
        var ended = await child.EndAsync();
        if (!accepted && trace.Content.IsComplete)
            fault = _oracle.Accept(trace.Content); // it was told, and killed before anybody looked
        return (fault, ended);
    }

    private static async Task KillAsync(ChildProcess child, LoopTrace trace, LoopPlan plan)
    {
        if (plan.Target != LoopPhase.Starting)
        {
            try
            {
                await Task.WhenAny(trace.ReachedAsync(plan.Target, plan.Times), child.Ended).WaitAsync(s_hang);
            }
            catch (TimeoutException)
            {
                child.Kill();
                throw new TimeoutException($"The child has neither come to {plan.Target} nor ended: it is in {trace.Phase}.");
            }
        }

        // Nothing is waited for here: the moment of the kill is what the experiment draws.
        if (plan.Delay > 0)
            await Task.WhenAny(Task.Delay(plan.Delay), child.Ended);
        if (!child.Ended.IsCompleted)
            child.Kill();
    }

    /// <summary>A rotation that was begun and not answered has gone to the new key or left the old one.</summary>
    private void TakeKeys(LoopTrace trace)
    {
        if (trace.KeysTried.Count == 0)
            return;
        _nextKey = trace.KeysTried[^1] + 1;
        var unsure = trace.KeysTried.Where(number => number > (trace.Key ?? 0)).Reverse().Select(Text);
        _keys = string.Join(',', unsure.Append(trace.Key is { } key ? Text(key) : _keys));
    }

    private void Note(int cycle, LoopTrace trace, ProcessResult ended, LoopPlan plan)
    {
        var where = ended.ExitCode == 137 ? $"killed in {trace.Phase}" : "ended by itself";
        if (trace.WithoutLog)
            where += " without a log";
        if (ended.ExitCode == 137)
        {
            _kills[trace.Phase] = _kills.GetValueOrDefault(trace.Phase) + 1;
            _summary.Killed(trace.Phase, trace.Level, _encrypted);
            if (trace.Phase == LoopPhase.Recovery && _owed > 0)
                _owed--;
        }
        else
        {
            _summary.Count("clean closes", 1);
        }

        if (trace.Phase > LoopPhase.Recovery)
            _hasFrames = ended.ExitCode == 137 && trace.Answers.Count > 0 && !trace.WithoutLog;
        if (ended.ExitCode == 137 && trace.WithoutLog)
            _summary.Count("kills without a log", 1);
        if (trace.Entered(LoopPhase.Recovery))
            _summary.Count("recoveries with frames", 1);
        _summary.Count("rows checked", trace.Content.Rows.Count);
        _summary.Count("rows changed or deleted by key", trace.Intents.Count(static commit => commit.Changes || commit.Kind == LoopKind.Delete));
        _summary.Count("constraints added", trace.Alterations.Count(static alteration => alteration is { Adds: true, Lsn: > 0 }));
        _summary.Count("constraints dropped", trace.Alterations.Count(static alteration => alteration is { Adds: false, Lsn: > 0 }));
        _summary.Count("alterations never answered", trace.Alterations.Count(static alteration => alteration.Lsn == 0));
        _summary.Count("added constraints awaited", trace.Filled);
        _summary.Count("constraints pending at an open", trace.Content.Pending);
        _summary.Count("index snapshots", trace.Snapshots);
        _summary.Count("vacuums ended", trace.Vacuums);
        _summary.Count("versions and keys that they removed", trace.Vacuumed);
        _summary.Count("times entries of indexes went to the store", trace.Spills);
        Print($"{(_encrypted ? "encrypted" : "plain")} {cycle}: {where} (wanted {plan.Target}), {trace.Answers.Count} of {trace.Intents.Count} commits answered, {_oracle.Submitted} in all");
    }

    private async Task<string?> FindFaultAfterAsync(int cycle, LoopTrace trace, bool checkAll)
    {
        if (_encrypted && (LoopFiles.FindCanary(_database) ?? LoopFiles.FindCanary(_backups)) is { } readable)
            return $"the text of a row is readable in {readable}";
        if (trace.Entered(LoopPhase.Backup) && await _checks.FindFaultOfBackupsAsync(trace) is { } fault)
            return fault;
        return checkAll ? await FindFaultInParentAsync(cycle) : null;
    }

    private async Task<string?> FindFaultAtEndAsync(int cycle)
    {
        if (await FindFaultInParentAsync(cycle) is { } fault)
            return fault;
        // What is not found in the encrypted ones is found here: it is looked for in the right way.
        return _encrypted || LoopFiles.FindCanary(_database) is not null ? null : "the text of no row is readable in a plain database";
    }

    private async Task<string?> FindFaultInParentAsync(int cycle)
    {
        _summary.Count("looks by the parent", 1);
        _hasFrames = false;
        // A backup may be under any key that the database ever had.
        var everyKey = _encrypted ? string.Join(',', Enumerable.Range(0, _nextKey).Reverse().Select(Text)) : LoopKeys.None;
        return await _checks.FindFaultOfDatabaseAsync(_keys, cycle) ?? await _checks.FindFaultOfRestoredAsync(everyKey);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
