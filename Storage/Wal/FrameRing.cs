namespace Helios.Pipeline.Storage;

/// <summary>The newest frames, in memory, within a bound: what is new drives out what is oldest. One thread adds, any reads.</summary>
/// <remarks>
/// Frames stand behind each other as in a segment, over pieces of 1 MiB that are made when they are first needed. They have no checksum: nothing reads
/// them from a disk.
/// </remarks>
internal sealed class FrameRing
{
    private const int PieceBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly byte[]?[] _pieces;
    private long _begin; // where the oldest frame stands, counted from the first ever
    private long _end;
    private int _taken; // pieces
    private Lsn _before;

    /// <param name="capacity">Bytes at most; 0 keeps nothing.</param>
    /// <param name="before">The last commit before the first frame.</param>
    public FrameRing(long capacity, Lsn before)
    {
        Capacity = capacity;
        _before = before;
        _pieces = new byte[]?[(capacity + PieceBytes - 1) / PieceBytes];
    }

    public long Capacity { get; }

    /// <summary>Memory taken so far: a piece is taken when it is first filled, and kept.</summary>
    public long MemoryBytes => (long)Volatile.Read(ref _taken) * PieceBytes;

    /// <summary>Bytes added, ever.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>The first LSN that it holds; null where it holds none.</summary>
    public Lsn? Oldest
    {
        get
        {
            lock (_gate)
                return _begin == _end ? null : OldestHeld();
        }
    }

    /// <summary>Takes a copy of a frame in; drops the oldest ones where there is no room. A frame larger than the ring is not kept, nor what was before it.</summary>
    /// <param name="frame">Room for the header, which is filled, and the payload.</param>
    /// <param name="first">LSN of its first commit.</param>
    /// <param name="commits">1 or more.</param>
    /// <param name="commitTime">UTC ticks.</param>
    public void Add(Span<byte> frame, Lsn first, int commits, long commitTime)
    {
        WalFrame.WriteHeader(frame, new WalFrameFields { First = first, Commits = commits, CommitTime = commitTime });
        lock (_gate)
        {
            while (_begin < _end && _end + frame.Length - _begin > Capacity)
                DropOldest();
            if (frame.Length > Capacity)
            {
                _before = first + (commits - 1);
                return;
            }

            CopyIn(frame, _end);
            Volatile.Write(ref _end, _end + frame.Length);
        }
    }

    /// <summary>Where the frame that holds an LSN stands, or the first one after it.</summary>
    /// <exception cref="HeliosException"><c>lsn_too_old</c>.</exception>
    public long Find(Lsn from)
    {
        lock (_gate)
        {
            ThrowIfGone(from);
            Span<byte> header = stackalloc byte[WalFrame.HeaderSize];
            var at = _begin;
            while (at < _end)
            {
                CopyOut(header, at);
                var frame = new WalFrame(header);
                if (frame.Last >= from)
                    break;
                at += frame.Length;
            }

            return at;
        }
    }

    /// <summary>Copies the frame at a place, where it lies wholly at or before an LSN; moves the place on.</summary>
    /// <param name="at">From <see cref="Find"/>.</param>
    /// <param name="asked">The first LSN that is wanted.</param>
    /// <param name="upTo">The last LSN that may be read.</param>
    /// <param name="into">Emptied, then filled.</param>
    /// <exception cref="HeliosException"><c>lsn_too_old</c>: the frame has been driven out.</exception>
    public bool TryCopy(ref long at, Lsn asked, Lsn upTo, ByteBuffer into)
    {
        lock (_gate)
        {
            ThrowIfGone(asked);
            at = Math.Max(at, _begin); // what was driven out in between was not asked for
            if (at == _end)
                return false;
            Span<byte> header = stackalloc byte[WalFrame.HeaderSize];
            CopyOut(header, at);
            var frame = new WalFrame(header);
            if (frame.Last > upTo)
                return false;
            into.Truncate(0);
            var length = frame.Length;
            CopyOut(into.GetSpan(length)[..length], at);
            into.Advance(length);
            at += length;
            return true;
        }
    }

    private void ThrowIfGone(Lsn asked)
    {
        if (asked <= _before)
            throw WalErrors.TooOldInMemory(asked, _begin == _end ? _before.Next : OldestHeld());
    }

    private Lsn OldestHeld()
    {
        Span<byte> header = stackalloc byte[WalFrame.HeaderSize];
        CopyOut(header, _begin);
        return new WalFrame(header).First;
    }

    private void DropOldest()
    {
        Span<byte> header = stackalloc byte[WalFrame.HeaderSize];
        CopyOut(header, _begin);
        var frame = new WalFrame(header);
        _before = frame.Last;
        _begin += frame.Length;
    }

    private void CopyIn(ReadOnlySpan<byte> bytes, long at)
    {
        while (bytes.Length > 0)
        {
            var piece = Piece(at);
            var count = Math.Min(piece.Length, bytes.Length);
            bytes[..count].CopyTo(piece);
            bytes = bytes[count..];
            at += count;
        }
    }

    private void CopyOut(Span<byte> bytes, long at)
    {
        while (bytes.Length > 0)
        {
            var piece = Piece(at);
            var count = Math.Min(piece.Length, bytes.Length);
            piece[..count].CopyTo(bytes);
            bytes = bytes[count..];
            at += count;
        }
    }

    /// <summary>The memory from a place to the end of its piece.</summary>
    private Span<byte> Piece(long at)
    {
        var place = at % Capacity;
        var index = place / PieceBytes;
        if (_pieces[index] is not { } piece)
        {
            piece = _pieces[index] = GC.AllocateUninitializedArray<byte>((int)Math.Min(PieceBytes, Capacity - (index * PieceBytes)));
            Volatile.Write(ref _taken, _taken + 1);
        }

        return piece.AsSpan((int)(place % PieceBytes));
    }
}
