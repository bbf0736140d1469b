namespace Helios.Pipeline.Storage;

/// <summary>Which segments there are; deletes the old ones. Thread-safe.</summary>
internal sealed class WalSegmentList
{
    private readonly IStorageFiles _files;
    private readonly string _directory;
    private readonly Lock _gate = new();
    private readonly Lock _trimGate = new();
    private readonly List<WalSegment> _segments;
    private long _totalBytes;

    /// <param name="files">Where they are.</param>
    /// <param name="directory">Of the log.</param>
    /// <param name="found">Those of earlier processes, oldest first.</param>
    public WalSegmentList(IStorageFiles files, string directory, IReadOnlyList<WalSegment> found)
    {
        _files = files;
        _directory = directory;
        _segments = [.. found];
        _totalBytes = found.Sum(static segment => segment.Bytes);
    }

    /// <summary>Bytes of all but the one that is being written.</summary>
    public long TotalBytes => Volatile.Read(ref _totalBytes);

    /// <param name="segment">The one that is written from now on; its bytes are not counted yet.</param>
    /// <param name="beforeBytes">What the one before has come to, where this process wrote it.</param>
    public void Add(in WalSegment segment, long beforeBytes)
    {
        lock (_gate)
        {
            // The last LSN of the one before is known now; the new one has none yet.
            if (_segments.Count > 0 && _segments[^1] is { } before && before.Epoch == segment.Epoch)
            {
                _segments[^1] = before with { Last = segment.Last, Bytes = beforeBytes };
                _totalBytes += beforeBytes;
            }

            _segments.Add(segment with { Last = new Lsn(segment.First.Value - 1) });
        }
    }

    public Lsn Oldest(Lsn next)
    {
        lock (_gate)
        {
            foreach (var segment in _segments)
            {
                if (segment.Last >= segment.First || segment.Id == _segments[^1].Id)
                    return segment.First < next ? segment.First : next;
            }

            return next;
        }
    }

    /// <param name="head">The last commit of the log.</param>
    /// <param name="bytes">What the newest segment has come to; null where this process has not written it.</param>
    public IReadOnlyList<WalSegment> Snapshot(Lsn head, long? bytes)
    {
        lock (_gate)
        {
            var copy = _segments.ToArray();
            if (head >= copy[^1].First)
                copy[^1] = copy[^1] with { Last = head };
            if (bytes is { } written)
                copy[^1] = copy[^1] with { Bytes = written };
            return copy;
        }
    }

    /// <summary>Oldest first, each deletion durable before the next, so that a power loss leaves no hole.</summary>
    /// <remarks>
    /// The newest segment alone does not do while no sync has covered its header: a power loss would leave a log without a beginning.
    /// The one before it stays until then.
    /// </remarks>
    public void TrimBelow(Lsn lsn, Func<Lsn> durable, WalFence fence)
    {
        lock (_trimGate) // the other gate must not be held over deletions: the appender takes it
        {
            while (TryPeekBelow(lsn, durable(), out var oldest))
            {
                fence.ThrowIfDown();
                try
                {
                    _files.Delete(oldest.Path);
                }
                catch (IOException error)
                {
                    throw StorageErrors.From(error, $"The old log segment '{oldest.Path}' could not be deleted. Nothing is lost by it.");
                }

                lock (_gate)
                {
                    _totalBytes -= oldest.Bytes;
                    _segments.RemoveAt(0);
                }

                fence.Guard(() => _files.SyncDirectory(_directory));
            }
        }
    }

    private bool TryPeekBelow(Lsn lsn, Lsn durable, out WalSegment oldest)
    {
        lock (_gate)
        {
            oldest = _segments[0];
            return _segments.Count > 1 && oldest.Last < lsn && (_segments.Count > 2 || _segments[1].First <= durable);
        }
    }
}
