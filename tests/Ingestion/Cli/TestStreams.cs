using System.Text;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

/// <summary>Gives its text, then waits for more until disposed, as a pipe does whose writer has nothing to say.</summary>
internal sealed class StallingInput(string text) : Stream
{
    private readonly MemoryStream _bytes = new(Encoding.UTF8.GetBytes(text));
    private readonly ManualResetEventSlim _closed = new();

    /// <summary>Called when a read begins that gets nothing.</summary>
    public Action Stalled { get; set; } = () => { };

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = _bytes.Read(buffer, offset, count);
        if (read > 0)
            return read;
        Stalled();
        _closed.Wait();
        return 0;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _closed.Set();
        base.Dispose(disposing);
    }
}

/// <summary>A pipe that nobody reads any more.</summary>
internal sealed class GoneReader : Stream
{
    private const int BrokenPipe = 32; // EPIPE

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new IOException("Broken pipe", BrokenPipe);
}
