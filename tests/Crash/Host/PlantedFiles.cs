using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>The machine's files, with one sync left out: of the log, as a database that never came to be would be noticed too easily; or of a backup or a restore.</summary>
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
        if (!IsLeftOut(directory))
            inner.SyncDirectory(directory);
    }

    private bool IsLeftOut(string directory) => bug switch
    {
        PlantedBug.NoDirectorySync => Path.GetFileName(directory) == "log",
        PlantedBug.BackupNameUnsynced => Path.GetFileName(directory) == "backups",
        PlantedBug.RestoreNameUnsynced => Directory.Exists(Path.Combine(directory, "backups")), // both lie in it
        _ => false,
    };

    private IStorageFile Plant(IStorageFile file) => bug switch
    {
        PlantedBug.NoSync when IsLog(file) => new UnsyncedFile(file, int.MaxValue),
        PlantedBug.RareSync when IsLog(file) => new UnsyncedFile(file, WritesPerSync),
        PlantedBug.BackupContentUnsynced when file.Path.EndsWith("copying.new", StringComparison.Ordinal) => new UnsyncedFile(file, int.MaxValue),
        PlantedBug.RestoreContentUnsynced when file.Path.Contains(".restoring/store/", StringComparison.Ordinal) => new UnsyncedFile(file, int.MaxValue),
        _ => file,
    };

    private static bool IsLog(IStorageFile file) => file.Path.EndsWith(".wal", StringComparison.Ordinal);

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
