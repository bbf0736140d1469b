using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// Writes at a level that answers before the sync, on a clock that stands unless this moves it, and notes what a power loss may
/// take by the count of answers and by the moves of the clock: both follow from the order of events alone, not from how fast
/// the machine is.
/// </summary>
internal sealed class LevelHost(string directory, Workload workload, PlantedBug bug)
{
    private const int InFlight = 8;
    private const int CommitsPerMove = 150;

    private static readonly SyncRules s_rules = new(SafetyLevel.Batched);

    private readonly FakeTimeProvider _clock = new();
    private readonly Queue<Task<CommitReceipt>> _answers = new();
    private int _submitted;
    private int _answered;

    private TimeSpan Delay => workload.Level == SafetyLevel.Batched ? s_rules.BatchedDelay : s_rules.AsyncDelay;

    /// <summary>Goes on after the last stored commit, up to a number of commits, the second half of them with the clock; kills itself once one number is answered.</summary>
    public async Task RunAsync(int commits, int dieAt)
    {
        await using var engine = await HeliosEngine.OpenAsync(directory, Options());
        var table = await engine.TableAsync(Workload.Table, Workload.Schema);
        _submitted = _answered = workload.CommitsIn(await table.CountAsync()) ?? throw new InvalidOperationException("The rows that are there are no whole commits.");
        PowerMark.Promised(_answered); // recovery makes durable what it finds
        PowerMark.Mark(PowerMark.AnsweredTag, (ulong)_answered);
        using var session = engine.OpenSession();
        while (_submitted < commits)
        {
            if (_submitted > commits / 2 && _submitted % CommitsPerMove == 0)
                await MoveClockAsync(table, session, dieAt);
            if (_answers.Count == InFlight)
                await TakeAnswerAsync(dieAt);
            Submit(table, session);
        }

        while (_answers.Count > 0)
            await TakeAnswerAsync(dieAt);
    }

    private HeliosOptions Options() => new()
    {
        SafetyLevel = workload.Level,
        CacheBytes = 8 << 20,
        TimeProvider = bug == PlantedBug.NoClock ? new FakeTimeProvider() : _clock,
        Files = new PlantedFiles(PhysicalFiles.Instance, bug),
    };

    private void Submit(Table table, Session session)
    {
        foreach (var row in workload.Rows(_submitted++))
            session.Insert(table, row);
        _answers.Enqueue(session.CommitAsync().AsTask());
    }

    private async Task MoveClockAsync(Table table, Session session, int dieAt)
    {
        while (_answers.Count > 0)
            await TakeAnswerAsync(dieAt);
        var before = _answered;
        _clock.Advance(Delay);
        // The first may be answered while the sync that is due now still runs; the second is appended after it.
        for (var i = 0; i < 2; i++)
        {
            Submit(table, session);
            await TakeAnswerAsync(dieAt);
        }

        PowerMark.Promised(before);
    }

    private async Task TakeAnswerAsync(int dieAt)
    {
        PowerMark.Told((await _answers.Dequeue()).Lsn);
        _answered++;
        PowerMark.Mark(PowerMark.AnsweredTag, (ulong)_answered);
        // A sync that is due begins behind the run that made it so, and no more than what was in flight can be answered meanwhile.
        if (workload.Level == SafetyLevel.Batched)
            PowerMark.Promised(_answered - s_rules.BatchedCommits - InFlight);
        if (_answered == dieAt)
            PowerMark.KillProcess();
    }
}
