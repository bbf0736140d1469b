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

    public WalSegmentList(IStorageFiles files, string directory, IReadOnlyList<WalSegment> found)
    {
        _files = files;
        _directory = directory;
        _segments = [.. found];
        _totalBytes = found.Sum(static segment => segment.Bytes);
    }

    public long TotalBytes => Volatile.Read(ref _totalBytes);

    public void Add(in WalSegment segment)
    {
        lock (_gate)
        {
            // The last LSN of the one before is known now; the new one has none yet.
            if (_segments.Count > 0 && _segments[^1] is { } before && before.Epoch == segment.Epoch)
                _segments[^1] = before with { Last = segment.Last };
            _segments.Add(segment with { Last = new Lsn(segment.First.Value - 1) });
            _totalBytes += segment.Bytes;
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

    public IReadOnlyList<WalSegment> Snapshot(Lsn head)
    {
        lock (_gate)
        {
            var copy = _segments.ToArray();
            if (head >= copy[^1].First)
                copy[^1] = copy[^1] with { Last = head };
            return copy;
        }
    }

    /// <summary>Oldest first, each deletion durable before the next, so that a power loss leaves no hole.</summary>
    public void TrimBelow(Lsn lsn, WalFence fence)
    {
        lock (_trimGate) // the other gate must not be held over deletions: the appender takes it
        {
            while (TryPeekBelow(lsn, out var oldest))
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

    private bool TryPeekBelow(Lsn lsn, out WalSegment oldest)
    {
        lock (_gate)
        {
            oldest = _segments[0];
            return _segments.Count > 1 && oldest.Last < lsn;
        }
    }
}
