using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Load;

/// <summary>The machine's files with a disk that takes longer to sync.</summary>
internal sealed class SlowSyncFiles(TimeSpan delay) : IStorageFiles
{
    /// <summary>How much longer: as a disk that seeks under load.</summary>
    public static readonly TimeSpan SyncDelay = TimeSpan.FromMilliseconds(50);

    private readonly PhysicalFiles _files = PhysicalFiles.Instance;

    public IStorageFile Create(string path) => new SlowFile(_files.Create(path), delay);

    public IStorageFile Open(string path, bool writable) => new SlowFile(_files.Open(path, writable), delay);

    public bool Exists(string path) => _files.Exists(path);

    public IReadOnlyList<string> List(string directory) => _files.List(directory);

    public void CreateDirectory(string path) => _files.CreateDirectory(path);

    public void Rename(string source, string target) => _files.Rename(source, target);

    public void Delete(string path) => _files.Delete(path);

    public void SyncDirectory(string directory) => _files.SyncDirectory(directory);

    private sealed class SlowFile(IStorageFile file, TimeSpan delay) : IStorageFile
    {
        public string Path => file.Path;

        public long Length => file.Length;

        public void Write(ReadOnlySpan<byte> bytes, long offset) => file.Write(bytes, offset);

        public int Read(Span<byte> bytes, long offset) => file.Read(bytes, offset);

        public void SetLength(long length) => file.SetLength(length);

        public void Sync()
        {
            Thread.Sleep(delay);
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
