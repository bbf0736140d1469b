using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Says that an index is larger than it may be: one task waits, and moves entries to the store. Where it is behind, commits wait before they are let in.
/// </summary>
internal sealed class SpillSignal
{
    /// <summary>So long a commit waits for an index to become smaller.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _raised = new(0);
    private TaskCompletionSource? _full;

    /// <summary>Not null while an index is too large even for a moment; ends when none is.</summary>
    public Task? Full => Volatile.Read(ref _full)?.Task;

    /// <summary>Constrain alone, after each run.</summary>
    public void Look(TablePlans plans)
    {
        if (plans.MaxIndexBytes == 0)
            return;
        if (plans.IsOverBudget)
            Raise();
        if (plans.BeyondLimit is null)
            Release();
        else if (_full is null)
            Volatile.Write(ref _full, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <summary>Lets those go on that wait.</summary>
    public void Release() => Interlocked.Exchange(ref _full, null)?.TrySetResult();

    public void Raise()
    {
        if (_raised.CurrentCount == 0)
            _raised.Release(); // twice at once does no harm
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _raised.WaitAsync(cancellationToken);

    /// <summary>Waits until no index is too large.</summary>
    /// <exception cref="HeliosException">Busy: it has not become smaller in time.</exception>
    public static async Task WaitForRoomAsync(Task full, TablePlans plans, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await full.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            if (plans.BeyondLimit is not { BeyondLimit: >= 0 and var index } plan)
                return;
            throw new HeliosException(HeliosErrorKind.Busy, "index_behind",
                $"Index {plan.IndexName(index)} of table {plan.Definition.Name} takes {plan.Trees[index].LiveBytes} bytes, and may take {plan.Trees[index].Budget}; in {Patience.TotalSeconds} s its keys could not go to the store. "
                + "Nothing of the commit was written: try again. Readers and transactions that are open for long hold back every key that is newer than they are.") { Table = plan.Definition.Name };
        }
    }
}
