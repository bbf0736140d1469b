using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Testing;

/// <summary>
/// A file system in memory that knows what a power loss would leave: pages of 4096 bytes, file lengths and names are durable only after
/// their sync, and any subset of the rest may be there.
/// </summary>
/// <remarks>Thread-safe. Creating a directory is durable at once. Errors carry errno as those of <see cref="PhysicalFiles"/> do.</remarks>
internal sealed class MemoryFiles : IStorageFiles
{
    public const int PageSize = 4096;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, MemoryInode> _names = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, MemoryInode> _durableNames = new(StringComparer.Ordinal);
    private readonly List<NameChange> _changes = [];
    private int _inodes;

    public IStorageFile Create(string path)
    {
        lock (_gate)
        {
            if (_names.ContainsKey(path))
                throw StorageErrors.FromErrno(17, "create", path);
            var inode = new MemoryInode(_inodes++);
            _names.Add(path, inode);
            _changes.Add(new NameChange(path, null, inode));
            return new MemoryFile(path, inode, _gate);
        }
    }

    public IStorageFile Open(string path, bool writable)
    {
        lock (_gate)
            return _names.TryGetValue(path, out var inode) ? new MemoryFile(path, inode, _gate) : throw StorageErrors.FromErrno(StorageErrors.NotFound, "open", path);
    }

    public bool Exists(string path)
    {
        lock (_gate)
            return _names.ContainsKey(path);
    }

    public IReadOnlyList<string> List(string directory)
    {
        lock (_gate)
            return [.. _names.Keys.Where(path => Path.GetDirectoryName(path) == directory)];
    }

    public void CreateDirectory(string path)
    {
    }

    public void Rename(string source, string target)
    {
        lock (_gate)
        {
            if (!_names.Remove(source, out var inode))
                throw StorageErrors.FromErrno(StorageErrors.NotFound, "rename", source);
            _names[target] = inode;
            _changes.Add(new NameChange(target, source, inode));
        }
    }

    public void Delete(string path)
    {
        lock (_gate)
        {
            if (_names.Remove(path))
                _changes.Add(new NameChange(path, null, null));
        }
    }

    public void SyncDirectory(string directory)
    {
        lock (_gate)
        {
            foreach (var change in _changes.Where(change => Path.GetDirectoryName(change.Path) == directory))
                change.ApplyTo(_durableNames);
            _changes.RemoveAll(change => Path.GetDirectoryName(change.Path) == directory);
        }
    }

    /// <summary>Everything that no sync covers, in a fixed order: each may be there after a power loss, or not.</summary>
    public IReadOnlyList<UnsyncedItem> Unsynced
    {
        get
        {
            lock (_gate)
            {
                var items = _changes.Select(static (change, i) => new UnsyncedItem(UnsyncedKind.Name, change.Path, i)).ToList();
                foreach (var (path, inode) in AllFiles())
                {
                    if (inode.LengthIsUnsynced)
                        items.Add(new UnsyncedItem(UnsyncedKind.Length, path, inode.Id));
                    items.AddRange(inode.DirtyPages.Select(page => new UnsyncedItem(UnsyncedKind.Page, path, page)));
                }

                return items;
            }
        }
    }

    /// <summary>The disk after a power loss that kept some of <see cref="Unsynced"/>. This one stays as it is.</summary>
    public MemoryFiles AfterPowerLoss(Func<UnsyncedItem, bool> keep)
    {
        lock (_gate)
        {
            var after = new MemoryFiles();
            var copies = new Dictionary<MemoryInode, MemoryInode>();
            foreach (var (path, inode) in AllFiles())
            {
                var keepLength = inode.LengthIsUnsynced && keep(new UnsyncedItem(UnsyncedKind.Length, path, inode.Id));
                copies[inode] = inode.AfterPowerLoss(after._inodes++, keepLength, page => keep(new UnsyncedItem(UnsyncedKind.Page, path, page)));
            }

            foreach (var (path, inode) in _durableNames)
                after._durableNames[path] = copies[inode];
            for (var i = 0; i < _changes.Count; i++)
            {
                if (keep(new UnsyncedItem(UnsyncedKind.Name, _changes[i].Path, i)))
                    (_changes[i] with { Inode = _changes[i].Inode is { } inode ? copies[inode] : null }).ApplyTo(after._durableNames);
            }

            foreach (var (path, inode) in after._durableNames)
                after._names[path] = inode;
            return after;
        }
    }

    /// <summary>A killed process: the system goes on and loses nothing, nor does it make anything durable.</summary>
    public MemoryFiles AfterKill() => AfterPowerLoss(static _ => true);

    /// <summary>A sync of this file has failed as Linux does it: its pages count as clean, and the disk never got them.</summary>
    public void ForgetDirtyPages(string path)
    {
        lock (_gate)
            _names[path].ForgetDirtyPages();
    }

    /// <summary>The content as programs see it.</summary>
    public byte[] ReadAll(string path)
    {
        lock (_gate)
            return _names[path].Content.ToArray();
    }

    /// <summary>Puts bytes there durably, as damage or another program would.</summary>
    public void WriteDurably(string path, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(path, out var inode))
                _names[path] = inode = new MemoryInode(_inodes++);
            inode.SetLength(0);
            inode.Write(bytes, 0);
            inode.Sync();
            _durableNames[path] = inode;
        }
    }

    /// <summary>Changes one byte in place, durably, and gives back a function that undoes it.</summary>
    public Action Flip(string path, long offset, byte mask = 0x40)
    {
        lock (_gate)
        {
            var inode = _names[path];
            inode.FlipDurably(offset, mask);
            return () =>
            {
                lock (_gate)
                    inode.FlipDurably(offset, mask);
            };
        }
    }

    private IEnumerable<(string Path, MemoryInode Inode)> AllFiles()
    {
        var seen = new HashSet<MemoryInode>();
        foreach (var (path, inode) in _names)
        {
            if (seen.Add(inode))
                yield return (path, inode);
        }

        foreach (var (path, inode) in _durableNames)
        {
            if (seen.Add(inode))
                yield return (path, inode);
        }

        foreach (var change in _changes)
        {
            if (change.Inode is { } inode && seen.Add(inode))
                yield return (change.Path, inode);
        }
    }

    private sealed record NameChange(string Path, string? From, MemoryInode? Inode)
    {
        public void ApplyTo(SortedDictionary<string, MemoryInode> names)
        {
            if (From is not null)
                names.Remove(From);
            if (Inode is null)
                names.Remove(Path);
            else
                names[Path] = Inode;
        }
    }
}

internal enum UnsyncedKind
{
    Page,
    Length,
    Name,
}

/// <summary>One thing that a power loss may take. <paramref name="Number"/>: the page's index in its file, or a number that only tells items apart.</summary>
internal readonly record struct UnsyncedItem(UnsyncedKind Kind, string Path, long Number);
