namespace Helios.Pipeline.Storage;

/// <summary>A file of the system. Thread-safe: reads and writes name their offset.</summary>
internal sealed class PhysicalFile : IStorageFile
{
    private readonly FileStream _stream; // kept because it owns the handle; never read or written through

    /// <summary>Takes the stream over; it must be unbuffered.</summary>
    public PhysicalFile(FileStream stream, string path)
    {
        _stream = stream;
        Path = path;
    }

    public string Path { get; }

    public long Length => Guard("fstat", static (file, _) => RandomAccess.GetLength(file._stream.SafeFileHandle), 0L);

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(_stream.SafeFileHandle, bytes, offset); // goes on after a short write
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Normalize(error, "write", Path);
        }
    }

    public int Read(Span<byte> bytes, long offset)
    {
        try
        {
            var done = 0;
            while (done < bytes.Length)
            {
                var count = RandomAccess.Read(_stream.SafeFileHandle, bytes[done..], offset + done);
                if (count == 0)
                    break;
                done += count;
            }

            return done;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Normalize(error, "read", Path);
        }
    }

    public void SetLength(long length)
    {
        Guard("ftruncate", static (file, length) =>
        {
            RandomAccess.SetLength(file._stream.SafeFileHandle, length);
            return 0L;
        }, length);
    }

    public void Sync() => NativeSync.File(_stream.SafeFileHandle, Path);

    public void Dispose() => _stream.Dispose();

    private long Guard(string operation, Func<PhysicalFile, long, long> action, long argument)
    {
        try
        {
            return action(this, argument);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Normalize(error, operation, Path);
        }
    }
}
