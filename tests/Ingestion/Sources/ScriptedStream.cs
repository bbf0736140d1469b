namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A stream that gives its bytes in pieces of sizes the test chooses; as a pipe it cannot seek.</summary>
internal sealed class ScriptedStream(byte[] bytes, Func<int, int>? pieceAt = null, bool isPipe = false) : Stream
{
    private int _position;

    public bool IsDisposed { get; private set; }

    /// <summary>Reading at or behind this offset fails.</summary>
    public long FailAt { get; init; } = long.MaxValue;

    public override bool CanRead => true;

    public override bool CanSeek => !isPipe;

    public override bool CanWrite => false;

    public override long Length => bytes.Length;

    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_position >= FailAt)
            throw new IOException("The disk is gone.");
        var piece = Math.Min(Math.Min(count, bytes.Length - _position), Math.Max(1, pieceAt?.Invoke(_position) ?? int.MaxValue));
        bytes.AsSpan(_position, piece).CopyTo(buffer.AsSpan(offset));
        _position += piece;
        return piece;
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        if (isPipe || origin != SeekOrigin.Begin)
            throw new NotSupportedException();
        return _position = (int)offset;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
