namespace Helios.Pipeline.Storage;

/// <summary>One data key of an open database, with cipher objects for readers: some wait here, so that a read neither locks nor unwraps.</summary>
/// <remarks>Thread-safe. The key itself is not kept: only cipher objects hold it, in native memory.</remarks>
internal sealed class DataKey(DatabaseKeys owner, uint id, KeyPurpose purpose) : IDisposable
{
    /// <summary>As many readers as decrypt at once on a large machine; more of them make an object each time.</summary>
    private const int Slots = 16;

    private readonly GcmContext?[] _idle = new GcmContext?[Slots];
    private volatile bool _disposed;

    public uint Id => id;

    public KeyPurpose Purpose => purpose;

    /// <summary>A cipher object for the caller alone, until <see cref="Return"/>.</summary>
    public GcmContext Rent()
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(DatabaseKeys));
        var start = Environment.CurrentManagedThreadId;
        for (var i = 0; i < Slots; i++)
        {
            // Looked at first: an exchange takes the line from the others even where nothing is there.
            ref var slot = ref _idle[(start + i) % Slots];
            if (slot is not null && Interlocked.Exchange(ref slot, null) is { } context)
                return context;
        }

        return owner.OpenContext(this);
    }

    public void Return(GcmContext context)
    {
        var start = Environment.CurrentManagedThreadId;
        for (var i = 0; i < Slots; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[(start + i) % Slots], context, null) is null)
            {
                if (_disposed)
                    Clear(); // the owner may have looked before this one was back
                return;
            }
        }

        context.Dispose();
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
