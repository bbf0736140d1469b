using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Testing;

/// <summary>An open file of <see cref="MemoryFiles"/>. Like on Unix it stays usable when its name is deleted.</summary>
internal sealed class MemoryFile(string path, MemoryInode inode, Lock gate) : IStorageFile
{
    private bool _disposed;

    public string Path => path;

    public long Length
    {
        get
        {
            lock (gate)
                return Open().Content.Length;
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        lock (gate)
            Open().Write(bytes, offset);
    }

    public int Read(Span<byte> bytes, long offset)
    {
        lock (gate)
            return Open().Read(bytes, offset);
    }

    public void SetLength(long length)
    {
        lock (gate)
            Open().SetLength(length);
    }

    public void Sync()
    {
        lock (gate)
            Open().Sync();
    }

    public void Dispose() => _disposed = true;

    private MemoryInode Open()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return inode;
    }
}
