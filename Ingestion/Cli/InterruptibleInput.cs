namespace Helios.Pipeline.Cli;

/// <summary>Reads a pipe or a terminal ahead on a thread of its own, so that a signal ends a wait for bytes that may never come.</summary>
/// <remarks>
/// One reader. Reads throw <see cref="OperationCanceledException"/> once the token is cancelled. The thread may stay blocked
/// in its read after that: it is a background thread, and does not touch the stream's user again.
/// </remarks>
internal sealed class InterruptibleInput : Stream
{
    private const int ChunkBytes = 64 * 1024; // what a pipe gives at once

    private readonly Stream _stream;
    private readonly CancellationToken _stop;
    private readonly CancellationTokenRegistration _registration;
    private readonly Lock _starting = new();
    private readonly object _gate = new();
    private byte[] _filled = new byte[ChunkBytes]; // guarded by _gate while _length is above 0
    private byte[] _spare = new byte[ChunkBytes]; // the thread's
    private int _start;
    private int _length; // unread bytes of _filled; 0 = the thread may hand over more
    private bool _started;
    private bool _ended;
    private bool _disposed;
    private Exception? _failure;

    public InterruptibleInput(Stream stream, CancellationToken stop)
    {
        _stream = stream;
        _stop = stop;
        _registration = stop.Register(Wake);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        Start();
        lock (_gate)
        {
            while (_length == 0 && !_ended && !_stop.IsCancellationRequested)
                Monitor.Wait(_gate);
            _stop.ThrowIfCancellationRequested();
            if (_length == 0 && _failure is not null)
                throw new IOException(_failure.Message, _failure);
            var read = Math.Min(_length, buffer.Length);
            _filled.AsSpan(_start, read).CopyTo(buffer);
            _start += read;
            _length -= read;
            if (_length == 0)
                Monitor.PulseAll(_gate);
            return read;
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            lock (_gate)
            {
                _disposed = true;
                Monitor.PulseAll(_gate);
            }

            _registration.Dispose();
            // Closing a descriptor under a blocked read waits for that read: only a thread that has ended lets go of it.
            if (!_started || _ended)
                _stream.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    private void Start()
    {
        lock (_starting)
        {
            if (_started)
                return;
            _started = true;
            new Thread(ReadAhead) { Name = "helios input", IsBackground = true }.Start();
        }
    }

    private void ReadAhead()
    {
        try
        {
            while (Hand(_stream.Read(_spare, 0, ChunkBytes)))
            {
            }
        }
        catch (Exception error)
        {
            lock (_gate)
                _failure = error;
        }
        finally
        {
            lock (_gate)
            {
                _ended = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private bool Hand(int read)
    {
        if (read == 0)
            return false;
        lock (_gate)
        {
            while (_length > 0 && !_disposed && !_stop.IsCancellationRequested)
                Monitor.Wait(_gate);
            if (_disposed || _stop.IsCancellationRequested)
                return false;
            (_filled, _spare) = (_spare, _filled);
            (_start, _length) = (0, read);
            Monitor.PulseAll(_gate);
            return true;
        }
    }
}
