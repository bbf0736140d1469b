namespace Helios.Pipeline.Testing;

/// <summary>One file of <see cref="MemoryFiles"/>: what programs see, and what the disk has. Not thread-safe.</summary>
internal sealed class MemoryInode(int id)
{
    private readonly SortedSet<long> _dirty = [];
    private byte[] _content = [];
    private byte[] _durable = [];
    private int _length;
    private int _durableLength;

    public int Id => id;

    public ReadOnlySpan<byte> Content => _content.AsSpan(0, _length);

    public IReadOnlyCollection<long> DirtyPages => _dirty;

    public bool LengthIsUnsynced => _length != _durableLength;

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        var end = (int)(offset + bytes.Length);
        Grow(ref _content, end);
        bytes.CopyTo(_content.AsSpan((int)offset));
        _length = Math.Max(_length, end);
        if (bytes.Length == 0)
            return;
        for (var page = offset / MemoryFiles.PageSize; page <= (end - 1) / MemoryFiles.PageSize; page++)
            _dirty.Add(page);
    }

    public int Read(Span<byte> bytes, long offset)
    {
        if (offset >= _length)
            return 0;
        var count = Math.Min(bytes.Length, _length - (int)offset);
        _content.AsSpan((int)offset, count).CopyTo(bytes);
        return count;
    }

    public void SetLength(long length)
    {
        Grow(ref _content, (int)length);
        if (length < _length)
        {
            _content.AsSpan((int)length, _length - (int)length).Clear();
            _dirty.RemoveWhere(page => page * MemoryFiles.PageSize >= length);
        }

        _length = (int)length;
    }

    public void Sync()
    {
        Grow(ref _durable, _content.Length);
        foreach (var page in _dirty)
            CopyPage(page, _content, _durable);
        _dirty.Clear();
        if (_length < _durableLength)
            _durable.AsSpan(_length).Clear();
        _durableLength = _length;
    }

    public void ForgetDirtyPages() => _dirty.Clear();

    public void FlipDurably(long offset, byte mask)
    {
        _content[offset] ^= mask;
        if (offset < _durableLength)
            _durable[offset] ^= mask;
    }

    public MemoryInode AfterPowerLoss(int newId, bool keepLength, Func<long, bool> keepPage)
    {
        var after = new MemoryInode(newId);
        Grow(ref after._content, Math.Max(_content.Length, _durable.Length));
        _durable.CopyTo(after._content.AsSpan());
        var length = keepLength || !LengthIsUnsynced ? _length : _durableLength;
        foreach (var page in _dirty)
        {
            if (!keepPage(page))
                continue;
            CopyPage(page, _content, after._content);
            if (!LengthIsUnsynced || _length > _durableLength) // a page that was written out made the file reach it
                length = Math.Max(length, (int)Math.Min(_length, (page + 1) * MemoryFiles.PageSize));
        }

        after._length = length;
        after._content.AsSpan(length).Clear();
        after._durable = (byte[])after._content.Clone();
        after._durableLength = length;
        return after;
    }

    private static void CopyPage(long page, byte[] from, byte[] to)
    {
        var start = (int)(page * MemoryFiles.PageSize);
        from.AsSpan(start, MemoryFiles.PageSize).CopyTo(to.AsSpan(start));
    }

    private static void Grow(ref byte[] bytes, int length)
    {
        var pages = (length + MemoryFiles.PageSize - 1) / MemoryFiles.PageSize * MemoryFiles.PageSize;
        if (pages > bytes.Length)
            Array.Resize(ref bytes, Math.Max(pages, Math.Min(bytes.Length * 2, 1 << 29)));
    }
}
