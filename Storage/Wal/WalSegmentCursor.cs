using System.Buffers;

namespace Helios.Pipeline.Storage;

/// <summary>Walks over one segment, frame by frame, and believes nothing: every frame must be intact, sane and fit behind the one before.</summary>
/// <remarks>One thread. Holds a chunk or one frame in memory, whichever is larger. Throws what <see cref="IStorageFile"/> throws, and <c>format_too_new</c>.</remarks>
internal sealed class WalSegmentCursor : IDisposable
{
    /// <summary>One read for many small frames.</summary>
    private const int Chunk = 256 << 10;

    private readonly IStorageFile _file;
    private readonly Guid _databaseId;
    private readonly ulong _id;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Chunk);
    private long _bufferOffset;
    private int _bufferLength;

    public WalSegmentCursor(IStorageFiles files, string directory, ulong id, Guid databaseId)
    {
        _file = files.Open(WalFormat.SegmentPath(directory, id), writable: false);
        _id = id;
        _databaseId = databaseId;
    }

    public string Path => _file.Path;

    public long Length => _file.Length;

    public WalSegmentHeader Header { get; private set; }

    /// <summary>Where the next frame begins.</summary>
    public long Offset { get; private set; } = WalSegmentHeader.Size;

    /// <summary>The first LSN that the next frame must have.</summary>
    public Lsn Expected { get; private set; }

    /// <summary>The last LSN read, or the last one before the segment.</summary>
    public Lsn Last { get; private set; }

    /// <summary>The CRC that the next frame must name.</summary>
    public uint Crc { get; private set; }

    /// <summary>False where there is no intact header of this segment. Throws <c>corrupt</c> for a header of another database.</summary>
    public bool TryReadHeader()
    {
        Offset = WalSegmentHeader.Size;
        if (!WalSegmentHeader.TryRead(Bytes(0, WalSegmentHeader.Size), Path, out var header) || header.SegmentId != _id)
            return false;
        if (header.DatabaseId != _databaseId)
            throw WalErrors.Unfit(System.IO.Path.GetDirectoryName(Path) ?? "", $"segment '{Path}' belongs to another database: {header.DatabaseId}, not {_databaseId}");

        Header = header;
        Expected = header.First;
        Last = header.Before;
        Crc = header.PreviousCrc;
        return true;
    }

    /// <summary>Does this segment go on where the other one ended?</summary>
    public bool Follows(WalSegmentCursor before) =>
        _id == before._id + 1 && Header.Before == before.Last && Header.PreviousCrc == before.Crc && Header.Epoch >= before.Header.Epoch
        && (Header.Epoch > before.Header.Epoch || Header.First == before.Expected);

    /// <summary>The next frame; false where there is none that fits. It may be asked again when more has been written.</summary>
    /// <param name="frame">Valid until the next call.</param>
    public bool TryReadFrame(out WalFrame frame)
    {
        if (TryFrame(out frame))
            return true;

        _bufferLength = 0; // what was read ahead may be older than what has been written since
        return TryFrame(out frame);
    }

    public void Dispose()
    {
        _file.Dispose();
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _bufferLength = 0;
    }

    private bool TryFrame(out WalFrame frame)
    {
        frame = default;
        var header = Bytes(Offset, WalFrame.HeaderSize);
        if (header.Length < WalFrame.HeaderSize)
            return false;
        var found = new WalFrame(header);
        if (found.Magic != WalFormat.FrameMagic || !found.HasPlausibleLength)
            return false;
        var whole = Bytes(Offset, found.Length);
        if (whole.Length < WalFrame.HeaderSize)
            return false;
        found = new WalFrame(whole);
        if (!found.IsIntact)
            return false;
        if (found.IsTooNew)
            throw WalErrors.TooNew(Path, Offset, found.Version);
        if (!found.IsSane || found.DatabaseId != _databaseId || found.SegmentId != _id || found.Epoch != Header.Epoch
            || found.PreviousCrc != Crc || found.First != Expected)
        {
            return false;
        }

        Offset += found.Length;
        Expected = found.Last.Next;
        Last = found.Last;
        Crc = found.Crc;
        frame = found;
        return true;
    }

    /// <summary>Bytes of the file, fewer where it ends.</summary>
    private ReadOnlySpan<byte> Bytes(long offset, int count)
    {
        if (offset < _bufferOffset || offset + count > _bufferOffset + _bufferLength)
        {
            if (count > _buffer.Length)
            {
                if (offset + count > _file.Length) // a length that lies must not make us allocate
                    return [];
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = [];
                _buffer = ArrayPool<byte>.Shared.Rent(count);
            }

            _bufferLength = 0;
            _bufferLength = _file.Read(_buffer, offset);
            _bufferOffset = offset;
        }

        var start = (int)(offset - _bufferOffset);
        return _buffer.AsSpan(start, Math.Min(count, _bufferLength - start));
    }
}
