using System.Diagnostics;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Writes the workload at full with some commits in flight, with checkpoints all the time, and notes every acknowledgement.</summary>
internal sealed class WriterHost(string directory, Workload workload, PlantedBug bug)
{
    private const int InFlight = 8;

    // Answers in the order of the calls; null commits are refusals that rest on the commit named.
    private readonly Queue<(int Commit, bool IsRefusal, Task<CommitReceipt> Answer)> _answers = new();
    private int _acknowledged;

    /// <summary>Small sizes, so that a run of a second has many segments, flushes and trims.</summary>
    public static HeliosOptions Options(PlantedBug bug = PlantedBug.None) => new()
    {
        SafetyLevel = bug == PlantedBug.AnswerBeforeSync ? SafetyLevel.Async : SafetyLevel.Full,
        CacheBytes = 8 << 20,
        LogRetention = 0,
        Files = new PlantedFiles(PhysicalFiles.Instance, bug),
        Log = new WalOptions { SegmentBytes = [64 << 10, 128 << 10] },
        FlushBytes = 192 << 10,
    };

    /// <summary>Goes on after the last stored commit, up to a number of commits; kills itself once one number is acknowledged.</summary>
    public async Task RunAsync(int commits, int dieAt)
    {
        await using var engine = await HeliosEngine.OpenAsync(directory, Options(bug));
        var table = await engine.TableAsync(Workload.Table, Workload.Schema);
        var first = workload.CommitsIn(await table.CountAsync()) ?? throw new InvalidOperationException("The rows that are there are no whole commits.");
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
                await TakeAnswerAsync(dieAt);
            if (commit % 20 == 19 && checkpoint.IsCompleted)
            {
                await checkpoint;
                checkpoint = engine.CheckpointAsync();
            }
        }

        while (_answers.Count > 0)
            await TakeAnswerAsync(dieAt);
        await checkpoint;
    }

    private async Task TakeAnswerAsync(int dieAt)
    {
        var (commit, isRefusal, answer) = _answers.Dequeue();
        if (isRefusal)
            await MustBeRefusedAsync(answer);
        else
            PowerMark.Told((await answer).Lsn);
        if (commit < _acknowledged)
            return;
        _acknowledged = commit + 1;
        PowerMark.Promised(_acknowledged);
        if (_acknowledged == dieAt)
            Process.GetCurrentProcess().Kill();
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
