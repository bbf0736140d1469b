namespace Helios.Pipeline.Storage;

/// <summary>Goes down at the first failed sync and never comes up again.</summary>
/// <remarks>
/// After a failed sync the system may count the lost pages as clean, and the next sync succeeds without them: no answer of this process
/// could be believed any more. Thread-safe.
/// </remarks>
internal sealed class WalFence
{
    private Exception? _cause;

    public bool IsDown => Volatile.Read(ref _cause) is not null;

    /// <summary>Throws <c>durability_lost</c> where the fence is down.</summary>
    public void ThrowIfDown()
    {
        if (Volatile.Read(ref _cause) is { } cause)
            throw WalErrors.Fenced(cause);
    }

    /// <summary>Runs a sync; where it fails, the fence goes down and the failure is thrown as <c>durability_lost</c>.</summary>
    public void Guard(Action sync)
    {
        try
        {
            sync();
        }
        catch (IOException error)
        {
            throw Drop(error);
        }
    }

    /// <summary>Takes the fence down; the first cause is kept.</summary>
    public HeliosException Drop(Exception cause)
    {
        Interlocked.CompareExchange(ref _cause, cause, null);
        return WalErrors.Fenced(cause);
    }
}
