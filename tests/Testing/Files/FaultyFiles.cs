using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Testing;

/// <summary>The calls that can be made to fail.</summary>
internal enum FileCall
{
    Create,
    Open,
    Write,
    SetLength,
    Read,
    Sync,
    SyncDirectory,
    Rename,
    Delete,
}

/// <summary>Counts the calls to a file system, makes chosen ones fail, holds them back, or skips them.</summary>
/// <remarks>Thread-safe. A call that fails has no effect, except a write told to be short.</remarks>
internal sealed class FaultyFiles(IStorageFiles inner) : IStorageFiles
{
    private readonly Lock _gate = new();
    private readonly int[] _counts = new int[Enum.GetValues<FileCall>().Length];
    private readonly List<Fault> _faults = [];

    /// <summary>Called before each call, outside all locks: a test may block here, or look at what has been reached.</summary>
    public Action<FileCall, string>? Before { get; set; }

    /// <summary>Called when a fault is about to be thrown.</summary>
    public Action<FileCall, string>? Failing { get; set; }

    /// <summary>A planted defect: these calls return at once and do nothing.</summary>
    public HashSet<FileCall> Skipped { get; } = [];

    /// <summary>What a directory's file system is said to have free; null for what it has. Neither counted nor held back: it is asked in the background.</summary>
    public Func<string, long>? Free { get; set; }

    public int Count(FileCall call)
    {
        lock (_gate)
            return _counts[(int)call];
    }

    /// <summary>Makes the nth call from now (1 is the next) fail, on paths that contain a text; from then on all of them where <paramref name="forEver"/>.</summary>
    /// <param name="written">For a write: how many bytes arrive before it fails.</param>
    public void Fail(FileCall call, int errno, int nth = 1, bool forEver = false, string path = "", int written = 0)
    {
        lock (_gate)
            _faults.Add(new Fault { Call = call, Errno = errno, Left = nth, ForEver = forEver, Path = path, Written = written });
    }

    /// <summary>Nothing fails any more.</summary>
    public void Heal()
    {
        lock (_gate)
            _faults.Clear();
    }

    public IStorageFile Create(string path) => Enter(FileCall.Create, path) ? new File(this, inner.Create(path)) : throw Unskippable();

    public IStorageFile Open(string path, bool writable) => Enter(FileCall.Open, path) ? new File(this, inner.Open(path, writable)) : throw Unskippable();

    public bool Exists(string path) => inner.Exists(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public long FreeBytes(string directory) => Free is { } free ? free(directory) : inner.FreeBytes(directory);

    public void Rename(string source, string target)
    {
        if (Enter(FileCall.Rename, source))
            inner.Rename(source, target);
    }

    public void Delete(string path)
    {
        if (Enter(FileCall.Delete, path))
            inner.Delete(path);
    }

    public void SyncDirectory(string directory)
    {
        if (Enter(FileCall.SyncDirectory, directory))
            inner.SyncDirectory(directory);
    }

    private static InvalidOperationException Unskippable() => new("A file cannot be opened by doing nothing.");

    /// <summary>False where the call is to be skipped.</summary>
    private bool Enter(FileCall call, string path, Action<int>? partly = null)
    {
        Before?.Invoke(call, path);
        Fault? hit = null;
        lock (_gate)
        {
            _counts[(int)call]++;
            foreach (var fault in _faults.Where(fault => fault.Call == call && path.Contains(fault.Path, StringComparison.Ordinal)))
            {
                if (--fault.Left == 0 || (fault.Left < 0 && fault.ForEver))
                    hit ??= fault;
            }
        }

        if (hit is not null)
        {
            if (hit.Written > 0)
                partly?.Invoke(hit.Written);
            Failing?.Invoke(call, path);
            throw StorageErrors.FromErrno(hit.Errno, call.ToString(), path);
        }

        return !Skipped.Contains(call);
    }

    private sealed class Fault
    {
        public required FileCall Call { get; init; }

        public required int Errno { get; init; }

        public required bool ForEver { get; init; }

        public required string Path { get; init; }

        public required int Written { get; init; }

        public required int Left { get; set; }
    }

    private sealed class File(FaultyFiles files, IStorageFile file) : IStorageFile
    {
        public string Path => file.Path;

        public long Length => file.Length;

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            var copy = files._faults.Count > 0 ? bytes.ToArray() : null; // a span cannot be captured
            if (files.Enter(FileCall.Write, Path, count => file.Write(copy.AsSpan(0, Math.Min(count, copy!.Length)), offset)))
                file.Write(bytes, offset);
        }

        public int Read(Span<byte> bytes, long offset) => files.Enter(FileCall.Read, Path) ? file.Read(bytes, offset) : 0;

        public void SetLength(long length)
        {
            if (files.Enter(FileCall.SetLength, Path))
                file.SetLength(length);
        }

        public void Sync()
        {
            if (files.Enter(FileCall.Sync, Path))
                file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
