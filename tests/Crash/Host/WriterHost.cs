using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Writes the workload at full or unsafe, with a log or without, with some commits in flight and checkpoints all the time; notes every acknowledgement and all that is told to be durable.</summary>
internal sealed class WriterHost(string directory, Workload workload, PlantedBug bug)
{
    private const int InFlight = 8;

    // Answers in the order of the calls; null commits are refusals that rest on the commit named.
    private readonly Queue<(int Commit, bool IsRefusal, Task<CommitReceipt> Answer)> _answers = new();
    private readonly Queue<(Lsn Lsn, int Commits)> _undurable = new(); // answered, and not seen to be durable
    private int _acknowledged;
    private Lsn _visible;
    private long _counted;

    /// <summary>Small sizes, so that a run of a second has many segments, flushes and trims.</summary>
    public static HeliosOptions Options(PlantedBug bug = PlantedBug.None) => Small(bug) with { SafetyLevel = bug == PlantedBug.AnswerBeforeSync ? SafetyLevel.Async : SafetyLevel.Full };

    private static HeliosOptions Small(PlantedBug bug) => new()
    {
        CacheBytes = 8 << 20,
        LogRetention = 0,
        Files = bug == PlantedBug.RetriedSync ? new SyncsOtherwise(PhysicalFiles.Instance, static (sync, _) => sync()) : new PlantedFiles(PhysicalFiles.Instance, bug),
        Log = new WalOptions { SegmentBytes = [64 << 10, 128 << 10] },
        FlushBytes = 192 << 10,
    };

    /// <summary>Goes on after the last stored commit, up to a number of commits; kills itself once one number is acknowledged.</summary>
    public async Task RunAsync(int commits, int dieAt)
    {
        var options = workload.Level == SafetyLevel.Full ? Options(bug) : Small(bug) with { SafetyLevel = workload.Level, WithoutLog = workload.WithoutLog };
        await using var engine = await HeliosEngine.OpenAsync(directory, options);
        var table = await engine.TableAsync(Workload.Table, Workload.Schema);
        var first = workload.CommitsIn(await table.CountAsync()) ?? throw new InvalidOperationException("The rows that are there are no whole commits.");
        PowerMark.Promised(first); // recovery makes durable what it finds
        PowerMark.Mark(PowerMark.AnsweredTag, (ulong)first);
        using var session = engine.OpenSession();
        var checkpoint = Task.CompletedTask;
        for (var commit = first; commit < commits; commit++)
        {
            foreach (var row in workload.Rows(commit))
                session.Insert(table, row);
            var answer = session.CommitAsync().AsTask();
            if (commit % 5 == 0)
            {
                // Awaited before the commit itself: a refusal is a promise that the row it rests on is durable.
                session.Insert(table, workload.Duplicate(commit));
                _answers.Enqueue((commit, true, session.CommitAsync().AsTask()));
            }

            _answers.Enqueue((commit, false, answer));
            while (_answers.Count > InFlight)
                await TakeAnswerAsync(engine, table, dieAt);
            if (commit % 20 == 19 && checkpoint.IsCompleted)
            {
                await checkpoint;
                checkpoint = CheckpointAsync(engine);
            }
        }

        while (_answers.Count > 0)
            await TakeAnswerAsync(engine, table, dieAt);
        await checkpoint;
    }

    /// <summary>What was answered before a checkpoint began is durable, at every level, once it has ended.</summary>
    private async Task CheckpointAsync(HeliosEngine engine)
    {
        var answered = _acknowledged;
        if (bug == PlantedBug.LogDeletedTooEarly)
            engine.Parts.Log.TrimBelow(engine.Parts.Log.Next);
        else if (bug != PlantedBug.CheckpointWithoutFlush)
            await engine.CheckpointAsync();
        PowerMark.Promised(answered);
    }

    private async Task TakeAnswerAsync(HeliosEngine engine, Table table, int dieAt)
    {
        var (commit, isRefusal, answer) = _answers.Dequeue();
        if (isRefusal)
        {
            await MustBeRefusedAsync(answer);
            PowerMark.Mark(PowerMark.RefusedTag, (ulong)commit + 1);
            return;
        }

        var lsn = (await answer).Lsn;
        PowerMark.Told(lsn);
        _acknowledged = commit + 1;
        _undurable.Enqueue((lsn, _acknowledged));
        PowerMark.Mark(PowerMark.AnsweredTag, (ulong)_acknowledged);
        await LookAsync(engine, table);
        if (_acknowledged == dieAt)
            PowerMark.KillProcess();
    }

    /// <summary>What a reader sees never goes back, and at full it is durable; at unsafe it may ask how much is.</summary>
    private async Task LookAsync(HeliosEngine engine, Table table)
    {
        var durable = engine.Durable;
        for (; _undurable.TryPeek(out var oldest) && oldest.Lsn <= durable; _undurable.Dequeue())
            PowerMark.Promised(oldest.Commits);
        var (visible, counted) = (engine.Visible, await table.CountAsync());
        InvariantException.Require(visible >= _visible, "I10", $"LSN {_visible} was visible, then {visible}");
        InvariantException.Require(counted >= _counted, "I7", $"{_counted} rows were counted, then {counted}");
        PowerMark.Mark(PowerMark.PublishedTag, visible.Value);
        PowerMark.Mark(PowerMark.CountedTag, (ulong)counted);
        (_visible, _counted) = (visible, counted);
    }

    private static async Task MustBeRefusedAsync(Task<CommitReceipt> answer)
    {
        try
        {
            await answer;
        }
        catch (HeliosException error) when (error.Code == "duplicate_key")
        {
            return;
        }

        throw new InvalidOperationException("A duplicate key was taken.");
    }
}
