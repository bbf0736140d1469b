namespace Helios.Pipeline.Storage;

/// <summary>The log in files: appends at the tail of the current segment, begins new segments, deletes old ones.</summary>
/// <remarks>
/// Owned by the Log stage, which alone appends; see <see cref="ILog"/> for what other threads may call. Begins a new segment and epoch with
/// its first append, so that a process that only reads leaves the log as it was.
/// Disposing writes nothing: what was not synced is what a power loss may take.
/// </remarks>
internal sealed class WalWriter : ILog
{
    private readonly IStorageFiles _files;
    private readonly string _directory;
    private readonly Guid _databaseId;
    private readonly WalOptions _options;
    private readonly WalFence _fence = new();
    private readonly ulong _epoch;
    private readonly ulong _begin; // the first LSN of this process
    private readonly bool _wasClean;
    private readonly WalSegmentList _segments;
    private readonly FrameCipher? _cipher;
    private readonly ByteBuffer? _sealed; // owned; where frames are encrypted: the caller's bytes are applied after they are logged

    // Order of taking: sync, then spare. Append takes neither unless it must begin a segment.
    private readonly Lock _syncGate = new();
    private readonly Lock _spareGate = new();

    private WalSegmentFile? _current; // replaced under both gates
    private WalSegmentFile? _spare;   // under _spareGate
    private ulong _newestId;          // of _current, or the last one found
    private int _made;                // segments begun by this process
    private uint _lastCrc;
    private ulong _head;
    private ulong _next;
    private ulong _durable;
    private long _bytes;
    private int _syncCount;
    private volatile bool _fillsSegments; // set by the appender, read by whoever makes a segment
    private bool _disposed;

    public WalWriter(IStorageFiles files, string directory, Guid databaseId, WalOptions options, WalRecovered recovered, FrameCipher? cipher = null)
    {
        _files = files;
        _directory = directory;
        _databaseId = databaseId;
        _options = options;
        _cipher = cipher;
        _sealed = cipher is null ? null : new ByteBuffer();
        _fillsSegments = options.ZeroFill;
        _epoch = recovered.Epoch + 1;
        _wasClean = recovered.WasClean;
        _segments = new WalSegmentList(files, directory, recovered.Segments);
        _newestId = recovered.Segments[^1].Id;
        _lastCrc = recovered.LastCrc;
        _head = recovered.Head.Value;
        _next = _begin = recovered.Next.Value;
        _durable = recovered.Head.Value;
    }

    public Lsn Head => new(Volatile.Read(ref _head));

    public Lsn Next => new(Volatile.Read(ref _next));

    public Lsn Durable => new(Volatile.Read(ref _durable));

    public Lsn Oldest => _segments.Oldest(Next);

    public long Bytes => Volatile.Read(ref _bytes);

    public bool FillsSegments
    {
        get => _fillsSegments;
        set => _fillsSegments = value;
    }

    public int SyncCount => Volatile.Read(ref _syncCount);

    public bool IsPersistent => true;

    public ulong Epoch => _epoch;

    /// <summary>CRC of the last frame; the appender's thread only.</summary>
    public uint LastCrc => _lastCrc;

    public long MemoryBytes => _sealed?.Capacity ?? 0;

    /// <summary>Has a sync failed, so that nothing is appended or called durable any more?</summary>
    public bool IsFenced => _fence.IsDown;

    public long TotalBytes => _segments.TotalBytes + (Volatile.Read(ref _current)?.Length ?? 0) + (Volatile.Read(ref _spare)?.Length ?? 0);

    public IReadOnlyList<WalSegment> Segments => _segments.Snapshot(Head, Volatile.Read(ref _current)?.Length);

    public WalPosition? CleanPosition
    {
        get
        {
            if (_fence.IsDown || Durable != Head)
                return null;
            if (_made > 0)
                return new WalPosition(_epoch, Head);
            return _wasClean ? new WalPosition(_epoch - 1, Head) : null; // a crash before us may have shown LSNs: only appending passes over them
        }
    }

    /// <summary>True once a quarter of the current segment is used: then a spare is worth its disk space.</summary>
    public bool NeedsSpare
    {
        get
        {
            if (Volatile.Read(ref _spare) is not null || _fence.IsDown || _disposed)
                return false;
            return Volatile.Read(ref _current) is { } current && current.Tail >= current.Capacity / 4;
        }
    }

    public void Append(Span<byte> frame, Lsn first, int commits, long commitTime, WalFlags flags = WalFlags.None)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(frame.Length, WalFrame.HeaderSize, nameof(frame));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frame.Length, WalFormat.MaxFrame, nameof(frame));
        ArgumentOutOfRangeException.ThrowIfLessThan(commits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(commits, _options.LsnSkip);
        ArgumentOutOfRangeException.ThrowIfNotEqual(first, Next);
        ArgumentOutOfRangeException.ThrowIfNotEqual(flags & ~WalFormat.KnownFlags, WalFlags.None, nameof(flags));
        ArgumentOutOfRangeException.ThrowIfNotEqual(flags & WalFlags.Encrypted, WalFlags.None, nameof(flags));
        if (first + (commits - 1) > Lsn.Max)
            throw WalErrors.Exhausted();
        _fence.ThrowIfDown();

        // The next open skips LsnSkip LSNs: no more than these may be lost.
        if (_next - Math.Max(Durable.Value + 1, _begin) + (ulong)commits > (ulong)_options.LsnSkip)
            Sync();
        var length = _cipher is null ? frame.Length : frame.Length + FrameCipher.TagSize;
        if (_current is null || IsFull(_current, length))
            Roll(length);

        var current = _current!;
        var fields = new WalFrameFields
        {
            Flags = flags,
            DatabaseId = _databaseId,
            Epoch = _epoch,
            SegmentId = current.Id,
            First = first,
            Commits = commits,
            PreviousCrc = _lastCrc,
            CommitTime = commitTime,
            Durable = Durable,
        };
        var written = (ReadOnlySpan<byte>)frame;
        var crc = _cipher is null ? WalFrame.Seal(frame, fields) : Encrypt(_cipher, frame[WalFrame.HeaderSize..], fields, out written);
        try
        {
            current.File.Write(written, current.Tail);
        }
        catch (IOException error)
        {
            CutBack(current);
            throw StorageErrors.From(error, $"The log refused the commits from LSN {first} on; none of them is in it. Everything before holds.");
        }

        current.Tail += length;
        _lastCrc = crc;
        Volatile.Write(ref _next, first.Value + (ulong)commits);
        Volatile.Write(ref _bytes, _bytes + length);
        Volatile.Write(ref _head, first.Value + (ulong)commits - 1); // last: who sees the head may read the frame
    }

    public Lsn Sync()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_syncGate)
            return SyncHeld();
    }

    public void PrepareSpare()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_spareGate)
        {
            _fence.ThrowIfDown();
            if (_spare is not null || _disposed)
                return;
            try
            {
                MakeSpare(0);
            }
            catch (IOException error)
            {
                throw StorageErrors.From(error, "The next log segment could not be prepared. Nothing is lost by it: it is tried again when it is needed.");
            }
        }
    }

    public void BeginSegment()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _fence.ThrowIfDown();
        Roll(0);
    }

    public void TrimBelow(Lsn lsn) => _segments.TrimBelow(lsn, () => Durable, _fence);

    public ILogReader Read(Lsn from) => new WalReader(_files, _directory, _databaseId, from, _cipher);

    public void Dispose()
    {
        lock (_syncGate)
        {
            lock (_spareGate)
            {
                _disposed = true;
                _current?.Dispose();
                _spare?.Dispose();
                _current = null;
                _spare = null;
                _sealed?.Dispose();
            }
        }
    }

    /// <summary>Makes the frame that is written of a payload; returns its CRC. A nonce that is not written after all is lost, never used again.</summary>
    private uint Encrypt(FrameCipher cipher, ReadOnlySpan<byte> payload, scoped in WalFrameFields fields, out ReadOnlySpan<byte> written)
    {
        var use = cipher.TakeNonce();
        var length = WalFrame.HeaderSize + payload.Length + FrameCipher.TagSize;
        _sealed!.Truncate(0);
        var frame = _sealed.GetSpan(length)[..length];
        var body = frame.Slice(WalFrame.HeaderSize, payload.Length);
        payload.CopyTo(body);
        WalFrame.WriteHeader(frame, fields with { Flags = fields.Flags | WalFlags.Encrypted, KeyId = use.KeyId, Counter = use.Counter });
        Span<byte> aad = stackalloc byte[FrameCipher.AadSize];
        FrameCipher.WriteAad(frame, aad);
        cipher.Encrypt(body, frame[^FrameCipher.TagSize..], aad, use);
        written = frame;
        return WalFrame.WriteChecksum(frame);
    }

    private Lsn SyncHeld()
    {
        _fence.ThrowIfDown();
        var head = Head; // before the sync: it covers only what was written before it began
        if (_current is null || head == Durable)
            return Durable;

        try
        {
            _current.File.Sync();
        }
        catch (IOException error)
        {
            throw _fence.Drop(error);
        }

        _current.IsHeaderSynced = true;
        Volatile.Write(ref _syncCount, _syncCount + 1);
        Volatile.Write(ref _durable, head.Value);
        return head;
    }

    /// <summary>Filled segments end where the zeros do. Others are left once a sync has covered them, so that leaving costs no sync of its own.</summary>
    private bool IsFull(WalSegmentFile current, int frameLength)
    {
        var end = current.Tail + frameLength;
        return end > current.Capacity && (current.IsFilled || Durable == Head || end > _options.MaxSegmentBytes);
    }

    /// <summary>Begins the next segment.</summary>
    /// <remarks>
    /// The old one is synced first, where it is not yet. So an intact header proves that everything before it was durable; unsynced pages never span more than
    /// one segment, which is all that a later sync has to cover and all that recovery has to write again; and what a crash may take
    /// stays bounded.
    /// </remarks>
    private void Roll(int frameLength)
    {
        lock (_syncGate)
        {
            SyncHeld();
            if (_current is { IsHeaderSynced: false } left)
                _fence.Guard(left.File.Sync); // left without a frame: the header of the next one vouches for it too
            lock (_spareGate)
            {
                try
                {
                    if (_spare is null)
                        MakeSpare(frameLength);
                    var spare = _spare!;
                    if (spare.Capacity < WalSegmentHeader.Size + frameLength)
                        spare.Grow(WalSegmentHeader.Size + frameLength, _fence); // a frame larger than a segment gets one of its own size
                    Begin(spare);
                }
                catch (IOException error)
                {
                    throw StorageErrors.From(error, $"The log could not begin segment '{WalFormat.SegmentPath(_directory, _newestId + 1)}', and refused the commits from LSN {Next} on. Everything before holds.");
                }
            }
        }
    }

    private void Begin(WalSegmentFile spare)
    {
        spare.WriteHeader(new WalSegmentHeader
        {
            DatabaseId = _databaseId,
            SegmentId = spare.Id,
            Epoch = _epoch,
            First = Next,
            Before = Head,
            PreviousCrc = _lastCrc,
        });
        if (_made == 0)
        {
            _fence.Guard(spare.File.Sync); // a new epoch must be known even if all its frames are lost, or its LSNs would be given out again
            spare.IsHeaderSynced = true;
        }

        _segments.Add(new WalSegment(spare.Id, spare.Path, 0, Next, Head, _epoch), _current?.Length ?? 0);
        var old = _current;
        Volatile.Write(ref _current, spare);
        Volatile.Write(ref _spare, null);
        _newestId = spare.Id;
        _made++;
        old?.Dispose();
    }

    private void MakeSpare(int frameLength)
    {
        var capacity = Math.Max(_options.SizeOf(_made), WalSegmentHeader.Size + (long)frameLength);
        Volatile.Write(ref _spare, WalSegmentFile.Create(_files, _directory, _newestId + 1, capacity, FillsSegments, _fence));
    }

    /// <summary>Removes what a failed write may have left, so that a refused commit does not come back at the next open.</summary>
    private void CutBack(WalSegmentFile current)
    {
        try
        {
            current.File.SetLength(current.Tail); // later frames make it grow again
        }
        catch (IOException error)
        {
            throw _fence.Drop(error); // it cannot be said any more what the log holds
        }
    }
}
