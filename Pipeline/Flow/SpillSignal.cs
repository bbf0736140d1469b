namespace Helios.Pipeline;

/// <summary>Says that an index is larger than it may be. Constrain raises it, one task waits.</summary>
internal sealed class SpillSignal
{
    private readonly SemaphoreSlim _raised = new(0);

    public void Raise()
    {
        if (_raised.CurrentCount == 0)
            _raised.Release(); // twice at once does no harm
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _raised.WaitAsync(cancellationToken);
}
