using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Reads a file or a pipe once, from front to back, through one bounded buffer.</summary>
/// <remarks>
/// One thread at a time. Offsets count from the very start of the input; a UTF-8 byte order mark is skipped and
/// counted. The buffer never grows beyond <see cref="MaxBufferBytes"/>. After <see cref="TryResume"/> has said
/// no, or an exception, only <see cref="Rewind"/> and <see cref="Dispose"/> may be called.
/// </remarks>
internal sealed class SourceInput : IDisposable
{
    private readonly Stream _stream;
    private byte[] _buffer; // rented from SourceBuffers; given to a batch by Detach, or returned by Dispose
    private int _start;
    private int _end;
    private byte[] _head = [];
    private uint _crc;

    private SourceInput(Stream stream, string name, BatchLimits limits)
    {
        _stream = stream;
        Name = name;
        Limits = limits;
        // Two bytes for the line ending: they decide whether a record of exactly the limit is one.
        MaxBufferBytes = Math.Max(Math.Max(limits.MaxRecordBytes + 2, limits.MaxBytes), SourceIdentity.MaxBytes) + limits.ReadBytes;
        _buffer = SourceBuffers.Rent(limits.ReadBytes);
    }

    /// <summary>What messages call the input: the path as given, or "standard input".</summary>
    public string Name { get; }

    /// <summary>Bounds of the records and batches that are cut from this input.</summary>
    public BatchLimits Limits { get; }

    /// <summary>Bytes the buffer may have: the largest record or batch, and a read.</summary>
    public int MaxBufferBytes { get; }

    /// <summary>Bytes the buffer has now.</summary>
    public int BufferBytes => _buffer.Length;

    /// <summary>Can the input be read again from its start?</summary>
    public bool CanRewind => _stream.CanSeek;

    /// <summary>What this input is known by.</summary>
    public SourceIdentity Identity { get; private set; }

    /// <summary>The input's first 64 KiB, or all of a smaller one: what a stored identity is tested against.</summary>
    public ReadOnlySpan<byte> Head => _head;

    /// <summary>True where the input has no bytes besides a byte order mark.</summary>
    public bool IsEmpty { get; private set; }

    /// <summary>True when no more bytes will come after <see cref="Unread"/>.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Offset in the input of the first byte of <see cref="Unread"/>.</summary>
    public long Offset { get; private set; }

    /// <summary>Bytes that have been read and not been consumed; valid until the next call.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Opens a file and reads its head.</summary>
    /// <exception cref="HeliosException">The file is missing, a directory, not readable, or no UTF-8.</exception>
    public static SourceInput OpenFile(string path, CancellationToken cancellationToken, BatchLimits? limits = null)
    {
        if (Directory.Exists(path))
            throw SourceErrors.IsDirectory(path);

        FileStream file;
        try
        {
            // No buffer of its own: reads go straight into ours.
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw SourceErrors.NotFound(path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SourceErrors.NotReadable(path, e);
        }

        return Open(file, path, cancellationToken, limits);
    }

    /// <summary>Takes over a stream that stands at its start, and reads the head; a failure disposes the stream.</summary>
    /// <remarks>Waits until 64 KiB or the end have come, because the fingerprint needs them.</remarks>
    /// <exception cref="HeliosException">Reading failed, or the input is UTF-16.</exception>
    public static SourceInput Open(Stream stream, string name, CancellationToken cancellationToken, BatchLimits? limits = null)
    {
        limits ??= BatchLimits.Default;
        limits.Check();
        var input = new SourceInput(stream, name, limits);
        try
        {
            input.ReadHead(cancellationToken);
            return input;
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    /// <summary>Goes back to the start; the input may have grown or be another one meanwhile.</summary>
    /// <exception cref="NotSupportedException">The input is a pipe.</exception>
    public void Rewind(CancellationToken cancellationToken)
    {
        try
        {
            _stream.Seek(0, SeekOrigin.Begin);
        }
        catch (IOException e)
        {
            throw SourceErrors.ReadFailed(Name, 0, e);
        }

        _start = _end = 0;
        _crc = 0;
        Offset = 0;
        IsEnded = false;
        ReadHead(cancellationToken);
    }

    /// <summary>Reads the bytes before a stored position and goes on there if they are the same.</summary>
    /// <returns>False where they differ or end earlier: it is another source; <see cref="Rewind"/> and read it from its start.</returns>
    /// <exception cref="HeliosException">They differ, and the input cannot be read again (<c>source_mismatch</c>).</exception>
    public bool TryResume(SourcePosition position, CancellationToken cancellationToken)
    {
        if (position.Offset == 0)
            return true; // nothing was read before, so nothing can differ
        if (ReadTo(position.Offset, cancellationToken) && _crc == position.Crc)
            return true;
        if (!CanRewind)
            throw SourceErrors.Mismatch(Name, position.Offset);
        return false;
    }

    /// <summary>Reads one more chunk behind <see cref="Unread"/>; false at the end of the input.</summary>
    public bool Fill(CancellationToken cancellationToken)
    {
        if (IsEnded)
            return false;

        MakeRoom();
        cancellationToken.ThrowIfCancellationRequested();
        int read;
        try
        {
            read = _stream.Read(_buffer, _end, Math.Min(_buffer.Length - _end, Limits.ReadBytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SourceErrors.ReadFailed(Name, Offset + (_end - _start), e);
        }

        _end += read;
        IsEnded = read == 0;
        return !IsEnded;
    }

    /// <summary>Leaves bytes of <see cref="Unread"/> behind; they count into position and CRC.</summary>
    public void Consume(int bytes)
    {
        _crc = RunningCrc.Append(_crc, _buffer.AsSpan(_start, bytes));
        _start += bytes;
        Offset += bytes;
    }

    /// <summary>Consumes the first bytes of <see cref="Unread"/> and hands them over with their memory.</summary>
    /// <returns>A buffer in which they begin at <paramref name="start"/>; the caller returns it to <see cref="SourceBuffers"/>.</returns>
    public byte[] Detach(int bytes, out int start)
    {
        start = _start;
        Consume(bytes);
        var rest = _end - _start;
        if (rest > bytes || rest > Limits.ReadBytes)
        {
            // The smaller part moves: after a quote that was never closed, megabytes wait behind one short line.
            var copy = SourceBuffers.Rent(bytes);
            _buffer.AsSpan(start, bytes).CopyTo(copy);
            start = 0;
            return copy;
        }

        var detached = _buffer;
        _buffer = SourceBuffers.Rent(Limits.ReadBytes);
        detached.AsSpan(_start, rest).CopyTo(_buffer);
        (_start, _end) = (0, rest);
        return detached;
    }

    /// <summary>The position before <see cref="Unread"/>.</summary>
    public SourcePosition PositionAfter(long record) => new(Offset, record, _crc);

    public void Dispose()
    {
        _stream.Dispose();
        SourceBuffers.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
        IsEnded = true;
    }

    private void ReadHead(CancellationToken cancellationToken)
    {
        while (_end < SourceIdentity.MaxBytes && Fill(cancellationToken))
        {
        }

        var head = Unread[..Math.Min(_end, SourceIdentity.MaxBytes)];
        if (LooksLikeUtf16(head))
            throw SourceErrors.UnsupportedEncoding(Name);

        _head = head.ToArray();
        Identity = SourceIdentity.Of(head);
        if (head.StartsWith("\uFEFF"u8))
            Consume(3);
        IsEmpty = _start == _end && IsEnded;
    }

    // A byte order mark, or a NUL as one of the first two bytes: no text in UTF-8 begins so.
    private static bool LooksLikeUtf16(ReadOnlySpan<byte> head) =>
        head.Length >= 2 && (head[0], head[1]) is (0xFF, 0xFE) or (0xFE, 0xFF) or (0, _) or (_, 0);

    private bool ReadTo(long offset, CancellationToken cancellationToken)
    {
        if (offset < Offset)
            return false;
        while (Offset < offset)
        {
            if (_start == _end && !Fill(cancellationToken))
                return false;
            Consume((int)Math.Min(_end - _start, offset - Offset));
        }

        return true;
    }

    private void MakeRoom()
    {
        if (_start == _end)
            _start = _end = 0;
        if (_end < _buffer.Length)
            return;

        var unread = _end - _start;
        if (_start >= Limits.ReadBytes || unread <= _start)
        {
            _buffer.AsSpan(_start, unread).CopyTo(_buffer);
        }
        else
        {
            var larger = (int)Math.Min(MaxBufferBytes, 2L * _buffer.Length);
            if (larger <= unread)
                throw new InvalidOperationException("A record larger than the limit was not cut."); // the reader cuts earlier
            var buffer = SourceBuffers.Rent(larger);
            Unread.CopyTo(buffer);
            SourceBuffers.Return(_buffer);
            _buffer = buffer;
        }

        (_start, _end) = (0, unread);
    }
}
