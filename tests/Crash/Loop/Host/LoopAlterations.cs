using System.Globalization;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Adds constraints to the tables of a loop and drops them, one at a time, beside the commits; tells of each before and after.</summary>
internal sealed class LoopAlterations(HeliosEngine engine, LoopVoice voice, LoopContent content, Random random)
{
    /// <summary>So few that a table does not come to the 255 indexes of its life.</summary>
    private const int Most = 4;

    private const int OneIn = 6; // commits

    // Written by the one that runs, read when none runs.
    private readonly HashSet<LoopConstraint> _there = [.. content.Constraints];
    private Task _running = Task.CompletedTask;
    private int _begun;

    /// <summary>Begins one, where it is its turn and none runs.</summary>
    public async Task TurnAsync()
    {
        if (!_running.IsCompleted)
            return;
        await _running;
        if (_begun == Most || random.Next(OneIn) != 0)
            return;
        _begun++;
        var constraint = new LoopConstraint(random.Next(LoopWorkload.Tables.Count), IsUnique: random.Next(3) > 0);
        _running = AlterAsync(constraint, waits: random.Next(2) == 0);
    }

    public Task DrainAsync() => _running;

    /// <summary>Is the condition of <see cref="LoopWorkload.Trips"/> known to be there, and is it the turn of a row that does not meet it?</summary>
    public bool WantsCheck() => _running.IsCompletedSuccessfully && _there.Contains(new LoopConstraint(LoopWorkload.Trips, IsUnique: false)) && random.Next(OneIn) == 0;

    private async Task AlterAsync(LoopConstraint constraint, bool waits)
    {
        var adds = _there.Add(constraint);
        voice.Say($"alter {constraint} {adds}");
        PendingConstraint? pending = null;
        if (adds)
        {
            pending = await constraint.AddAsync(engine);
        }
        else
        {
            await engine.DropConstraintAsync(constraint.TableName, constraint.Name);
            _there.Remove(constraint);
        }

        voice.Say(string.Create(CultureInfo.InvariantCulture, $"altered {engine.Visible.Value}"));
        if (!waits || pending is null)
            return; // the rows may be looked at until the kill, or the next open
        if (await pending.Completion is { IsValid: false } outcome)
            throw new InvalidOperationException($"Constraint {constraint.Name} of {constraint.TableName} failed for {outcome.FailingRows} rows: {outcome.Failing.FirstOrDefault()?.Reason}");
        voice.Say("filled");
    }
}
