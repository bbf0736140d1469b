using System.Buffers.Binary;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>Hands out commits of the log in order, one after the other, and goes on where it was. One thread.</summary>
internal sealed class CommitSource(ILog log) : IDisposable
{
    private readonly ByteBuffer _payload = new(); // owned; the log's own memory is gone at its next read
    private ILogReader? _frames;
    private Lsn _next; // of the commit that comes next in the frame, or may come in the next frame
    private int _offset;

    /// <summary>Goes to the first commit at or after an LSN.</summary>
    /// <exception cref="HeliosException"><c>lsn_too_old</c>: the log does not have it any more.</exception>
    public void Seek(Lsn from)
    {
        if (_frames is null || from < _next || IsFar(from))
            Open(from);
        while (_next < from && TryTakeOne(out _)) // the frame that is at hand
        {
        }

        if (_next < from)
            _next = from;
    }

    /// <summary>The next commit at or before an LSN; false where there is none.</summary>
    /// <param name="limit">The last one that is wanted.</param>
    /// <param name="readable">What is durable and visible: an end of a frame, at or after <paramref name="limit"/>.</param>
    /// <param name="lsn">Its LSN.</param>
    /// <param name="operations">Valid until the next call.</param>
    public bool TryNext(Lsn limit, Lsn readable, out Lsn lsn, out OperationReader operations)
    {
        var from = _next;
        while (true)
        {
            if (_offset < _payload.Length)
            {
                lsn = _next;
                operations = default;
                if (lsn > limit)
                    return false;
                TryTakeOne(out operations);
                if (lsn >= from)
                    return true;
                continue;
            }

            if (!TryLoad(readable))
            {
                lsn = default;
                operations = default;
                return false;
            }
        }
    }

    /// <summary>Forgets its place, and the file that it stands in.</summary>
    public void Close()
    {
        _frames?.Dispose();
        _frames = null;
        _payload.Dispose(); // its memory; it may be filled again
        _payload.Truncate(0);
        _offset = 0;
    }

    public void Dispose() => Close();

    private void Open(Lsn from)
    {
        Close();
        _frames = log.Read(from);
        _next = from;
    }

    private bool TryTakeOne(out OperationReader operations)
    {
        operations = default;
        if (_offset >= _payload.Length)
            return false;
        var commits = new CommitReader(_payload.Written[_offset..]);
        commits.TryNext(out operations);
        _offset += (int)BinaryPrimitives.ReadUInt32LittleEndian(_payload.Written[_offset..]);
        _next = _next.Next;
        return true;
    }

    private bool TryLoad(Lsn readable)
    {
        if (!_frames!.TryRead(readable, out var frame))
            return false;
        _payload.Truncate(0);
        _payload.Append(frame.Payload);
        _offset = 0;
        _next = frame.First;
        return true;
    }

    /// <summary>Does the place lie in another segment than the reader's? Then it is cheaper to begin there than to read all that lies between.</summary>
    private bool IsFar(Lsn from)
    {
        var between = 0;
        foreach (var segment in log.Segments)
            between += segment.First > _next && segment.First <= from ? 1 : 0;
        return between > 0;
    }
}
