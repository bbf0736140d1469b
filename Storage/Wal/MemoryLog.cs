namespace Helios.Pipeline.Storage;

/// <summary>What stands in for the log where there is none: it counts LSNs, and keeps the newest frames for readers. Nothing of it outlives the process.</summary>
/// <remarks>
/// Commits are appended by Log, as with a log in files, and their frames are kept by Commit when it applies them (<see cref="Keep"/>): so what waits between the
/// two drives no frame out. Durable is what the store's files hold; nothing here makes it more.
/// </remarks>
internal sealed class MemoryLog : ILog
{
    private readonly Func<Lsn> _flushed;
    private ulong _head;
    private ulong _next;
    private ulong _durable;
    private long _bytes;

    /// <param name="start">Where the database is.</param>
    /// <param name="ringBytes">Bytes of frames that are kept; 0 keeps none.</param>
    /// <param name="flushed">What the store's files hold; any thread.</param>
    public MemoryLog(MemoryLogStart start, long ringBytes, Func<Lsn> flushed)
    {
        _flushed = flushed;
        _head = start.Head.Value;
        _next = start.Next.Value;
        _durable = start.Applied.Value;
        Begin = start.Next;
        Epoch = start.Epoch;
        Ring = new FrameRing(ringBytes, start.Applied);
    }

    public Lsn Head => new(Volatile.Read(ref _head));

    public Lsn Next => new(Volatile.Read(ref _next));

    /// <summary>The first LSN that this process gives out.</summary>
    public Lsn Begin { get; }

    public Lsn Durable => new(Volatile.Read(ref _durable));

    public Lsn Oldest => Ring.Oldest ?? Next;

    public ulong Epoch { get; }

    public bool IsPersistent => false;

    public long Bytes => Volatile.Read(ref _bytes);

    public long MemoryBytes => Ring.MemoryBytes;

    public long TotalBytes => 0;

    public int SyncCount => 0;

    public bool NeedsSpare => false;

    public bool FillsSegments { get; set; }

    public IReadOnlyList<WalSegment> Segments => [];

    /// <summary>The log that a clean close begins has the next epoch.</summary>
    public WalPosition? CleanPosition => new WalPosition(Epoch + 1, Head);

    public FrameRing Ring { get; }

    public void Append(Span<byte> frame, Lsn first, int commits, long commitTime, WalFlags flags = WalFlags.None)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frame.Length, WalFrame.HeaderSize, nameof(frame));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frame.Length, WalFormat.MaxFrame, nameof(frame));
        ArgumentOutOfRangeException.ThrowIfLessThan(commits, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(first, Next);
        if (first + (commits - 1) > Lsn.Max)
            throw WalErrors.Exhausted();
        Volatile.Write(ref _next, first.Value + (ulong)commits);
        Volatile.Write(ref _bytes, _bytes + frame.Length);
        Volatile.Write(ref _head, first.Value + (ulong)commits - 1);
    }

    /// <summary>Keeps the frame of commits that are being applied, for readers. One thread, in order.</summary>
    public void Keep(Span<byte> frame, Lsn first, int commits, long commitTime) => Ring.Add(frame, first, commits, commitTime);

    /// <summary>Makes nothing durable: says what the store has made so.</summary>
    public Lsn Sync()
    {
        var flushed = _flushed();
        ulong known;
        while ((known = Volatile.Read(ref _durable)) < flushed.Value && Interlocked.CompareExchange(ref _durable, flushed.Value, known) != known)
        {
        }

        return flushed;
    }

    public void PrepareSpare()
    {
    }

    public void BeginSegment()
    {
    }

    public void TrimBelow(Lsn lsn)
    {
    }

    public ILogReader Read(Lsn from) => new Reader(Ring, from);

    public void Dispose()
    {
    }

    private sealed class Reader : ILogReader
    {
        private readonly FrameRing _ring;
        private readonly ByteBuffer _frame = new(); // owned
        private Lsn _from;
        private long _at;

        public Reader(FrameRing ring, Lsn from)
        {
            _ring = ring;
            _from = from > Lsn.Zero ? from : new Lsn(1);
            _at = ring.Find(_from);
        }

        public bool TryRead(Lsn upTo, out WalFrame frame)
        {
            frame = default;
            do
            {
                if (!_ring.TryCopy(ref _at, _from, upTo, _frame))
                    return false;
                frame = new WalFrame(_frame.Written);
            }
            while (frame.Last < _from); // it was not there yet when the place was looked for
            _from = frame.Last.Next;
            return true;
        }

        public void Dispose() => _frame.Dispose();
    }
}

/// <summary>Where a database is when it goes on without a log.</summary>
/// <param name="Applied">What the store's files hold.</param>
/// <param name="Head">The last commit of the log that there was; more than <paramref name="Applied"/> while recovery applies it.</param>
/// <param name="Next">The LSN for the next commit.</param>
/// <param name="Epoch">Of this open.</param>
internal readonly record struct MemoryLogStart(Lsn Applied, Lsn Head, Lsn Next, ulong Epoch);
