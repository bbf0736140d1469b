using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Model.Tests;

/// <summary>One sequence of operations on a database and on the model; what differs is thrown as a failed assertion.</summary>
internal sealed class SequenceRun : IAsyncDisposable
{
    /// <summary>Longer than any operation takes on a busy machine; an engine that hangs is a failure too.</summary>
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    private readonly RunCounts _counts;
    private ulong? _previous; // the last LSN of this opening

    private SequenceRun(string path, PlantedDefect defect, RunCounts counts, IKeyProvider? encryption, bool spills)
    {
        Defect = defect;
        _counts = counts;
        Database = new ModelDatabase(path, defect, encryption, spills);
    }

    public ModelDatabase Database { get; }

    public ModelEngine Model { get; } = new();

    public PlantedDefect Defect { get; }

    public HeliosEngine Engine => Database.Engine;

    /// <summary>Has the engine failed? Then reads go on and writes are refused until it is opened again.</summary>
    public bool IsFaulted { get; private set; }

    public HeldReads Reads { get; } = new();

    public static async Task RunAsync(IReadOnlyList<Operation> operations, string path, PlantedDefect defect, RunCounts counts, IKeyProvider? encryption)
    {
        await using var run = new SequenceRun(path, defect, counts, encryption, operations.Any(static operation => operation is SpillIndexes));
        var at = -1;
        try
        {
            await run.Database.OpenAsync(SafetyLevel.Full).WaitAsync(s_hang);
            for (at = 0; at < operations.Count; at++)
            {
                await operations[at].RunAsync(run).WaitAsync(s_hang);
                counts.Note(operations[at].GetType().Name);
                Comparison.Check(run);
            }

            await run.CloseAsync().WaitAsync(s_hang);
            run.Database.Verify();
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{(at < 0 ? "opening" : at == operations.Count ? "closing" : $"operation {at + 1}, {operations[at]}")}: {error.Message}", error);
        }
    }

    /// <summary>The table, or null where neither the engine nor the model has it.</summary>
    public Table? Table(int table)
    {
        var found = Engine.FindTable(ModelSchema.Tables[table].Name);
        Assert.Equal(Model.Head[table] is not null, found is not null);
        return found;
    }

    public void Note(string what) => _counts.Note(what);

    /// <summary>Commits on both sides and compares the answers; null where nothing was written.</summary>
    public async Task<ModelDecision?> CommitAsync(ModelRequest request, Func<ValueTask<CommitReceipt>> commit)
    {
        var decision = Model.Decide(request);
        return IsWritten(decision, await Answer.OfAsync(commit)) ? decision : null;
    }

    /// <summary>Compares an answer with what the model has decided, and takes it over; false where nothing was written.</summary>
    public bool IsWritten(ModelDecision decision, Answer answer)
    {
        if (IsFaulted)
        {
            answer.IsRefused(HeliosErrorKind.Unavailable);
            return false;
        }

        answer.IsSameAs(decision, _counts);
        if (decision.Refusal is not null)
            return false;
        Acknowledged(answer.Receipt.Lsn.Value, decision.Changes);
        return true;
    }

    /// <summary>The engine has given a commit an LSN and answered it.</summary>
    public void Acknowledged(ulong lsn, IReadOnlyList<ModelChange> changes)
    {
        if (_previous is { } previous)
            Assert.Equal(previous + 1, lsn);
        _previous = lsn;
        Model.Add(lsn, changes);
        if (Database.Level == SafetyLevel.Full)
            Model.MakeDurable();
    }

    /// <summary>The engine has failed: its stages stop by themselves.</summary>
    public async Task FaultedAsync()
    {
        IsFaulted = true;
        await Engine.WritePath.StopAsync();
        Database.Files.Heal();
        Assert.Equal(EngineState.Faulted, Engine.State);
    }

    /// <summary>The engine goes on; it has synced what was logged. Scans go on too, feeds have ended with the failure.</summary>
    public async Task ResumedAsync()
    {
        IsFaulted = false;
        Model.MakeDurable();
        await Reads.CloseFeedsAsync();
    }

    /// <summary>Closes in order, which keeps everything.</summary>
    public async Task CloseAsync()
    {
        await Reads.CloseAsync();
        await Database.CloseAsync();
        if (!IsFaulted)
            Model.MakeDurable();
    }

    /// <summary>Opens again and takes over what survived.</summary>
    public async Task ReopenAsync(SafetyLevel level, ulong atLeast)
    {
        var before = Model.LastLsn;
        await Database.OpenAsync(level);
        IsFaulted = false;
        _previous = null;
        Model.Recover(Engine.Visible.Value, atLeast);
        if (Model.LastLsn != before)
            Note(Model.LastLsn < before ? "commits lost" : "unknown commit found");
        Comparison.Check(this);
    }

    public async ValueTask DisposeAsync()
    {
        await Reads.CloseAsync();
        await Database.DisposeAsync();
    }
}
