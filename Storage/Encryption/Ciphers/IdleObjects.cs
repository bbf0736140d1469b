namespace Helios.Pipeline.Storage;

/// <summary>Objects that are not thread-safe and dear to make, waiting for whoever needs one for a moment: no lock, no allocation while one is idle.</summary>
/// <remarks>Thread-safe. After disposal what comes back is disposed of too.</remarks>
internal sealed class IdleObjects<T>(Func<T> make) : IDisposable
    where T : class, IDisposable
{
    /// <summary>As many threads as work at once on a large machine; more of them make an object each time.</summary>
    private const int Slots = 16;

    private readonly T?[] _idle = new T?[Slots];
    private volatile bool _disposed;

    /// <summary>One for the caller alone, until <see cref="Return"/>.</summary>
    public T Rent()
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(DatabaseKeys));
        var start = Environment.CurrentManagedThreadId;
        for (var i = 0; i < Slots; i++)
        {
            // Looked at first: an exchange takes the line from the others even where nothing is there.
            ref var slot = ref _idle[(start + i) % Slots];
            if (slot is not null && Interlocked.Exchange(ref slot, null) is { } idle)
                return idle;
        }

        return make();
    }

    public void Return(T rented)
    {
        var start = Environment.CurrentManagedThreadId;
        for (var i = 0; i < Slots; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[(start + i) % Slots], rented, null) is null)
            {
                if (_disposed)
                    Clear(); // the owner may have looked before this one was back
                return;
            }
        }

        rented.Dispose();
    }

    public void Dispose()
    {
        _disposed = true;
        Clear();
    }

    private void Clear()
    {
        for (var i = 0; i < Slots; i++)
            Interlocked.Exchange(ref _idle[i], null)?.Dispose();
    }
}
