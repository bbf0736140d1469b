namespace Helios.Pipeline.Storage;

/// <summary>Who is reading: each reader announces the epoch in which it began, and the writer frees nothing that was unlinked in it or later.</summary>
/// <remarks>
/// Readers: <see cref="Enter"/>, read, <see cref="Exit"/>; any number at once, never waiting, no allocation.
/// Writer: unlink a slot, note <see cref="Current"/> with it, <see cref="Advance"/>; the slot may be freed once <see cref="OldestReader"/> is later.
/// Why that suffices: announcing is an interlocked exchange and reading the announcements begins with a full fence, so either the writer
/// sees the announcement, or the reader sees the unlinking.
/// </remarks>
internal sealed class ArtEpochs
{
    /// <summary>One announcement per two cache lines, since neighbours are fetched in pairs.</summary>
    private const int Stride = 16;
    private const int Places = 32;
    private const int Crowded = -1;

    private readonly long[] _announced = new long[(Places + 1) * Stride];
    private long _current = 1;
    private int _crowd;
    private bool _isClosed;

    public long Current => _current;

    public static long Bytes => (Places + 1) * Stride * sizeof(long);

    /// <summary>Begins to read. Give the answer to <see cref="Exit"/>, on any thread; sections may nest.</summary>
    /// <exception cref="ObjectDisposedException">The tree has been disposed.</exception>
    public int Enter()
    {
        var current = Volatile.Read(ref _current);
        var place = Announce(current, Environment.CurrentManagedThreadId);
        if (Volatile.Read(ref _isClosed))
        {
            Exit(place);
            throw new ObjectDisposedException(nameof(ArtTree));
        }

        return place;
    }

    public void Exit(int place)
    {
        if (place == Crowded)
            Interlocked.Decrement(ref _crowd);
        else
            Volatile.Write(ref _announced[place], 0);
    }

    /// <summary>Begins the next epoch. The writer alone.</summary>
    public void Advance() => Volatile.Write(ref _current, _current + 1);

    /// <summary>The earliest epoch in which a reader that still reads may have begun; <see cref="long.MaxValue"/> without readers.</summary>
    public long OldestReader()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _crowd) != 0)
            return 0;
        var oldest = long.MaxValue;
        for (var i = 1; i <= Places; i++)
        {
            var announced = Volatile.Read(ref _announced[i * Stride]);
            if (announced != 0 && announced < oldest)
                oldest = announced;
        }

        return oldest;
    }

    /// <summary>Refuses new readers and waits for those inside, each of which is done in microseconds.</summary>
    public void Close()
    {
        Volatile.Write(ref _isClosed, true);
        var wait = default(SpinWait);
        while (OldestReader() != long.MaxValue)
            wait.SpinOnce(sleep1Threshold: -1);
    }

    private int Announce(long current, int start)
    {
        for (var i = 0; i < Places; i++)
        {
            var place = (((start + i) % Places) + 1) * Stride;
            if (Volatile.Read(ref _announced[place]) == 0 && Interlocked.CompareExchange(ref _announced[place], current, 0) == 0)
                return place;
        }

        // More readers than places: they share a counter, and while one of them reads nothing is freed at all.
        Interlocked.Increment(ref _crowd);
        return Crowded;
    }
}
