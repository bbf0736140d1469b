namespace Helios.Pipeline.Storage;

/// <summary>A segment that this process made: zero-filled, synced and named durably before its first frame.</summary>
internal sealed class WalSegmentFile : IDisposable
{
    private static readonly byte[] Zeros = new byte[1 << 20];

    private readonly IStorageFile _file;

    private WalSegmentFile(IStorageFile file, ulong id, bool zeroFill)
    {
        _file = file;
        IsFilled = zeroFill;
        Id = id;
    }

    public ulong Id { get; }

    public string Path => _file.Path;

    public IStorageFile File => _file;

    /// <summary>Where the segment is to end. With zero filling these bytes are there already, so that a sync need not write the file's length.</summary>
    public long Capacity { get; private set; }

    /// <summary>Where the next frame goes.</summary>
    public long Tail { get; set; } = WalSegmentHeader.Size;

    /// <summary>Bytes of the file.</summary>
    public long Length => IsFilled ? Capacity : Tail;

    /// <summary>Was it filled with zeros?</summary>
    public bool IsFilled { get; }

    public WalSegmentHeader Header { get; private set; }

    /// <summary>Has a sync covered the header? Until then a power loss may take it.</summary>
    public bool IsHeaderSynced { get; set; }

    /// <summary>Leaves no file behind where it fails before a sync. Throws <see cref="IOException"/>.</summary>
    public static WalSegmentFile Create(IStorageFiles files, string directory, ulong id, long capacity, bool zeroFill, WalFence fence)
    {
        var path = WalFormat.SegmentPath(directory, id);
        if (files.Exists(path))
            files.Delete(path); // of an attempt that failed: ids ahead of the newest segment hold nothing

        var segment = new WalSegmentFile(files.Create(path), id, zeroFill);
        try
        {
            segment.Grow(capacity, fence);
            fence.Guard(() => files.SyncDirectory(directory));
            return segment;
        }
        catch (Exception)
        {
            segment.Dispose();
            if (!fence.IsDown)
                files.Delete(path); // give the space back: the next attempt may come when there is some
            throw;
        }
    }

    /// <summary>Moves the end on; with zero filling durably, so that a sync of frames changes no metadata of the file.</summary>
    public void Grow(long capacity, WalFence fence)
    {
        if (!IsFilled)
        {
            Capacity = Math.Max(Capacity, capacity);
            return;
        }

        while (Capacity < capacity)
        {
            var count = (int)Math.Min(Zeros.Length, capacity - Capacity);
            _file.Write(Zeros.AsSpan(0, count), Capacity);
            Capacity += count;
        }

        fence.Guard(_file.Sync);
    }

    public void WriteHeader(in WalSegmentHeader header)
    {
        Span<byte> block = stackalloc byte[WalSegmentHeader.Size];
        header.WriteTo(block);
        _file.Write(block, 0);
        Header = header;
    }

    public void Dispose() => _file.Dispose();
}
