using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// One life of a database with one fault in it: creation, commits, feed, checkpoint, commits, an end; then an open on healed files,
/// more commits, a power loss that takes all it may, and a last open. Whatever is not as promised is in <see cref="Violations"/>.
/// </summary>
internal sealed class FaultRun(FaultCell cell, int nth, int seed, PlantedSeam planted) : IAsyncDisposable
{
    /// <summary>Real time that nothing may take; it only says "for ever".</summary>
    private static readonly TimeSpan s_tooLong = TimeSpan.FromSeconds(30);

    private static readonly HashSet<string> s_codes = ["io_error", "disk_full", "durability_lost", "closed"];

    private readonly FaultDatabase _database = new(planted);
    private readonly FaultOracle _oracle = new();
    private readonly Random _random = new(seed);
    private readonly List<int> _denied = []; // commits that were said not to be there
    private readonly SortedSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>What is not as promised; empty where all is.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>Was the call made so often in its moment?</summary>
    public bool Hit { get; private set; }

    /// <summary>Does the power go right after the moment? Else chance says when the process ends, and how.</summary>
    public bool LosesPowerAtOnce { get; init; }

    /// <summary>What the caller saw of the fault.</summary>
    public string Seen => _seen.Count == 0 ? "nothing" : string.Join(", ", _seen);

    public async Task RunAsync()
    {
        await LiveAsync();
        await EndAsync();
        Hit = _database.Hit;
        if (cell.ForEver && Hit)
            await TryOpenWithFaultAsync();
        await ProveAsync();
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private async Task LiveAsync()
    {
        await StepAsync(FaultMoment.Creation, "open", () => OpenAsync(cell.Level));
        if (_database.Engine is null)
            return;
        // What comes later may mend what the fault has done, a flush of the store above all: half of the lives end at once.
        var endsAtOnce = LosesPowerAtOnce || _random.Next(2) == 0;
        await WriteAsync(6, inFlight: 1);
        await StepAsync(FaultMoment.Append, "write", () => WriteAsync(16, inFlight: 4));
        if (endsAtOnce && (cell.Moment is FaultMoment.Creation or FaultMoment.Append))
            return;
        await TryResumeAsync();
        if (cell.Moment == FaultMoment.Feed)
            await StepAsync(FaultMoment.Feed, "feed", ReadFeedAsync);
        await StepAsync(FaultMoment.Checkpoint, "checkpoint", CheckpointAsync);
        if (endsAtOnce && cell.Moment == FaultMoment.Checkpoint)
            return;
        await TryResumeAsync();
        await WriteAsync(6, inFlight: 3);
        await ReadBackAsync();
        if (cell.Moment == FaultMoment.Close)
            await StepAsync(FaultMoment.Close, "close", CloseAsync);
        if (cell.Moment == FaultMoment.Recovery)
            await _database.KillAsync();
        if (cell.Moment == FaultMoment.CleanOpen)
            await CloseAsync();
        if (cell.Moment is FaultMoment.Recovery or FaultMoment.CleanOpen)
        {
            await StepAsync(cell.Moment, "open", () => OpenAsync(cell.Level));
            await ReadBackAsync();
        }
    }

    /// <summary>Does a step in its moment with the fault armed; what fails must be told in the published way, and in time.</summary>
    private async Task StepAsync(FaultMoment moment, string name, Func<Task> step)
    {
        if (moment == cell.Moment)
            Arm();
        var before = _database.Fingerprint();
        try
        {
            await step().WaitAsync(s_tooLong);
        }
        catch (Exception error)
        {
            Told(name, error);
            if (name == "open" && error.Message.Contains("othing was changed", StringComparison.Ordinal) && _database.Fingerprint() != before)
                Violations.Add($"I15: an open says that nothing was changed, and files have changed: {error.Message}");
        }

        if (!cell.ForEver && moment == cell.Moment)
            _database.Files.Heal();
    }

    private void Arm()
    {
        if (cell.Kind.Call == FileCall.SetLength && cell.Moment == FaultMoment.Append)
            _database.Files.Fail(FileCall.Write, StorageErrors.NoSpace, nth); // a length is set there only to take back a failed write
        _database.Files.Fail(cell.Kind.Call, cell.Kind.Errno, cell.Kind.Call == FileCall.SetLength && cell.Moment == FaultMoment.Append ? 1 : nth, cell.ForEver, written: cell.Kind.Written);
    }

    private async Task OpenAsync(SafetyLevel level)
    {
        await _database.OpenAsync(level);
        var table = await _database.Engine!.TableAsync(FaultOracle.Table, FaultOracle.Schema);
        if (cell.Moment is FaultMoment.Recovery or FaultMoment.CleanOpen)
        {
            var (stored, fault) = await FaultOracle.ReadAsync(_database.Engine);
            Note("I3", fault);
            if (cell.Moment == FaultMoment.CleanOpen || !_database.SyncHasEverFailed)
                MustHold(stored, _oracle.Acknowledged, "a process that recovered");
            _oracle.GoOnAfter(stored);
            await WriteAsync(table, 3, 1);
        }
    }

    private async Task WriteAsync(int commits, int inFlight)
    {
        if (_database.Engine is not { } engine)
            return;
        Table? table = null;
        try
        {
            table = await engine.TableAsync(FaultOracle.Table, FaultOracle.Schema).WaitAsync(s_tooLong);
        }
        catch (Exception error)
        {
            Told("write", error);
        }

        if (table is not null)
            await WriteAsync(table, commits, inFlight);
    }

    private async Task WriteAsync(Table table, int commits, int inFlight)
    {
        using var session = _database.Engine!.OpenSession();
        var answers = new Queue<(int Commit, bool AfterFailedSync, Task<CommitReceipt> Answer)>();
        for (var i = 0; i < commits || answers.Count > 0; i++)
        {
            if (i < commits)
            {
                var commit = _oracle.TakeNext();
                foreach (var row in FaultOracle.Rows(commit))
                    session.Insert(table, row);
                var after = _database.AnswersHaveEnded;
                answers.Enqueue((commit, after, session.CommitAsync().AsTask()));
                if (answers.Count < inFlight)
                    continue;
            }

            var (number, late, answer) = answers.Dequeue();
            try
            {
                await answer.WaitAsync(s_tooLong);
                _oracle.Took(number, cell.Level);
                if (late)
                    Violations.Add($"I14: commit {number} began after a failed sync and was answered");
            }
            catch (Exception error)
            {
                Told("write", error);
                if (error.Message.Contains("was not written", StringComparison.Ordinal) || error.Message.Contains("none of them is in it", StringComparison.Ordinal))
                    _denied.Add(number);
            }
        }
    }

    /// <summary>An engine reads whatever has failed, unless it is closed: what was acknowledged, and only whole commits.</summary>
    private Task ReadBackAsync() => ReadBackAsync(_oracle.Acknowledged);

    private async Task ReadBackAsync(int promised)
    {
        if (_database.Engine is not { } engine)
            return;
        try
        {
            var (stored, fault) = await FaultOracle.ReadAsync(engine).WaitAsync(s_tooLong);
            Note("I3", fault);
            MustHold(stored, promised, "a reader");
            if (engine.State == EngineState.Faulted)
                _seen.Add("reads go on");
        }
        catch (Exception error)
        {
            Violations.Add($"reads do not go on: {error}");
        }
    }

    private async Task ReadFeedAsync()
    {
        var seen = 0;
        var commits = _oracle.Acknowledged;
        if (_database.Engine is not { State: EngineState.Running } engine || cell.Level != SafetyLevel.Full)
            return;
        await foreach (var change in engine.Feed(Lsn.Zero))
        {
            _ = change;
            if (++seen == Enumerable.Range(0, commits).Sum(static commit => FaultOracle.Rows(commit).Count()))
                break;
        }
    }

    private async Task CheckpointAsync()
    {
        if (_database.Engine is not { State: EngineState.Running } engine)
            return;
        await planted.CheckpointAsync(engine);
        _oracle.AllIsDurable();
    }

    /// <summary>Half of the engines that have failed are asked to resume: after a failed sync none does; one that does has all that it acknowledged, and nothing that it denied.</summary>
    private async Task TryResumeAsync()
    {
        if (_database.Engine is not { State: EngineState.Faulted } engine || _random.Next(2) == 0)
            return;
        try
        {
            await engine.ResumeAsync().WaitAsync(s_tooLong);
        }
        catch (Exception error)
        {
            Told("resume", error);
            return;
        }

        _seen.Add("resumes");
        if (_database.SyncHasFailed)
            Violations.Add("I14: it has resumed after a failed sync");
        var (stored, fault) = await FaultOracle.ReadAsync(engine).WaitAsync(s_tooLong);
        Note("I3", fault);
        MustHold(stored, _oracle.Acknowledged, "an engine that resumed");
        if (_denied.Any(commit => commit < stored))
            Violations.Add($"I15: commit {_denied.Min()} was said not to be written, and {stored} commits are there after it resumed");
        _denied.Clear(); // the numbers are given again
        _oracle.GoOnAfter(stored);
    }

    private async Task CloseAsync()
    {
        var clean = _database.Engine is { State: EngineState.Running };
        await _database.CloseAsync();
        if (clean)
            _oracle.AllIsDurable();
    }

    private async Task EndAsync()
    {
        var way = LosesPowerAtOnce ? 2 : _random.Next(4);
        if (way == 0)
        {
            try
            {
                await CloseAsync().WaitAsync(s_tooLong);
            }
            catch (Exception error)
            {
                Told("close", error);
            }
        }

        if (way < 2)
            await _database.KillAsync();
        else
            await _database.LosePowerAsync(way == 2 ? static _ => false : _ => _random.Next(2) == 0);
        if (way < 2 && !_database.SyncHasEverFailed)
            _oracle.MustSurvive(_oracle.Acknowledged);
    }

    /// <summary>A disk that still fails: the open works, or says why not.</summary>
    private async Task TryOpenWithFaultAsync()
    {
        _database.Files.Fail(cell.Kind.Call, cell.Kind.Errno, forEver: true, written: cell.Kind.Written);
        await StepWithoutFaultAsync("open", () => _database.OpenAsync(SafetyLevel.Full));
        await ReadBackAsync(_oracle.Promised);
        await StepWithoutFaultAsync("close", _database.CloseAsync);
        await _database.KillAsync();
    }

    private async Task StepWithoutFaultAsync(string name, Func<Task> step)
    {
        try
        {
            await step().WaitAsync(s_tooLong);
        }
        catch (Exception error)
        {
            Told(name, error);
        }
    }

    private async Task ProveAsync()
    {
        try
        {
            await _database.OpenAsync(SafetyLevel.Full);
            var (stored, fault) = await FaultOracle.ReadAsync(_database.Engine!);
            Note("I3", fault);
            MustHold(stored, _oracle.Promised, "the next process");
            if (_denied.Any(commit => commit < stored))
                Violations.Add($"I15: commit {_denied.Min()} was said not to be written, and {stored} commits are there");
            _oracle.GoOnAfter(stored);
            var table = await _database.Engine!.TableAsync(FaultOracle.Table, FaultOracle.Schema);
            await WriteAsync(table, 2, 1);
            if (_oracle.Acknowledged != stored + 2)
                Violations.Add("commits are refused on healed files");

            await _database.LosePowerAsync(static _ => false);
            await _database.OpenAsync(SafetyLevel.Full);
            (var again, fault) = await FaultOracle.ReadAsync(_database.Engine!);
            Note("I3", fault);
            MustHold(again, stored + 2, "an open after a power loss");
            await _database.CloseAsync();
            Note("verify", _database.Verify());
        }
        catch (Exception error)
        {
            Violations.Add($"healed files do not help: {error.GetType().Name} {(error as HeliosException)?.Code}: {error.Message}");
        }
    }

    private void MustHold(int stored, int promised, string whom)
    {
        if (stored < promised)
            Violations.Add($"I1: {promised} commits were acknowledged, {whom} finds {stored}");
    }

    private void Note(string rule, string? fault)
    {
        if (fault is not null)
            Violations.Add($"{rule}: {fault}");
    }

    /// <summary>An error that the fault explains, in the published form; anything else is a violation.</summary>
    private void Told(string step, Exception error)
    {
        if (error is TimeoutException)
            Violations.Add($"I17: {step} does not end");
        else if (error is not HeliosException helios)
            Violations.Add($"I15: {step} fails with {error}");
        else if (!s_codes.Contains(helios.Code) || (helios.Code == "disk_full" && cell.Kind.Errno != StorageErrors.NoSpace && cell.Kind.Call != FileCall.SetLength))
            Violations.Add($"I15: {step} says {helios.Code}: {helios.Message}");
        else if (helios.Code != "closed" && !helios.Message.Contains("errno ", StringComparison.Ordinal))
            Violations.Add($"I15: {step} does not say what the system said: {helios.Message}");
        else
            _seen.Add($"{step}: {helios.Code}");
    }
}
