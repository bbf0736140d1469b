using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>Byte arrays as the files of a directory, to be read only.</summary>
internal sealed class BytesAsFiles(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) : IStorageFiles
{
    public IStorageFile Create(string path) => throw new NotSupportedException();

    public IStorageFile Open(string path, bool writable) => new File(path, files[path]);

    public bool Exists(string path) => files.ContainsKey(path);

    public IReadOnlyList<string> List(string directory) => [.. files.Keys];

    public void CreateDirectory(string path) => throw new NotSupportedException();

    public void Rename(string source, string target) => throw new NotSupportedException();

    public void Delete(string path) => throw new NotSupportedException();

    public void SyncDirectory(string directory) => throw new NotSupportedException();

    private sealed class File(string path, ReadOnlyMemory<byte> bytes) : IStorageFile
    {
        public string Path => path;

        public long Length => bytes.Length;

        public int Read(Span<byte> into, long offset)
        {
            if (offset >= bytes.Length)
                return 0;
            var count = (int)Math.Min(into.Length, bytes.Length - offset);
            bytes.Span.Slice((int)offset, count).CopyTo(into);
            return count;
        }

        public void Write(ReadOnlySpan<byte> from, long offset) => throw new NotSupportedException();

        public void SetLength(long length) => throw new NotSupportedException();

        public void Sync() => throw new NotSupportedException();

        public void Dispose()
        {
            // The bytes are the caller's.
        }
    }
}
