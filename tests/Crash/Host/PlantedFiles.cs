using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>The machine's files, with one sync of the log left out. Only of the log: a database that never came to be would be noticed too easily.</summary>
internal sealed class PlantedFiles(IStorageFiles inner, PlantedBug bug) : IStorageFiles
{
    private const int WritesPerSync = 5_000;

    public IStorageFile Create(string path) => Plant(inner.Create(path));

    public IStorageFile Open(string path, bool writable) => Plant(inner.Open(path, writable));

    public bool Exists(string path) => inner.Exists(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public void Rename(string source, string target) => inner.Rename(source, target);

    public void Delete(string path) => inner.Delete(path);

    public void SyncDirectory(string directory)
    {
        if (bug != PlantedBug.NoDirectorySync || Path.GetFileName(directory) != "log")
            inner.SyncDirectory(directory);
    }

    private IStorageFile Plant(IStorageFile file) =>
        (bug is PlantedBug.NoSync or PlantedBug.RareSync) && file.Path.EndsWith(".wal", StringComparison.Ordinal)
            ? new UnsyncedFile(file, bug == PlantedBug.NoSync ? int.MaxValue : WritesPerSync)
            : file;

    private sealed class UnsyncedFile(IStorageFile inner, int writesPerSync) : IStorageFile
    {
        private int _writes;
        private bool _begun;

        public string Path => inner.Path;

        public long Length => inner.Length;

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            inner.Write(bytes, offset);
            _writes++;
        }

        public int Read(Span<byte> bytes, long offset) => inner.Read(bytes, offset);

        public void SetLength(long length) => inner.SetLength(length);

        public void Sync()
        {
            if (_writes < writesPerSync && (_begun || writesPerSync == int.MaxValue))
                return; // the defect
            inner.Sync();
            (_begun, _writes) = (true, 0);
        }

        public void Dispose() => inner.Dispose();
    }
}
