using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Looks at a closed store as it would be with less of its manifest, without changing it.</summary>
/// <remarks>
/// Made of links to the store's files and a copy of the manifest's beginning, in a directory within the store that RocksDB does not look at. It is opened for reading
/// only: an ordinary open would at once delete files which the shorter manifest does not name. Runs with the database locked. One thread.
/// </remarks>
internal sealed class StoreTrial
{
    /// <summary>The directory within the store's; whatever is in it is nobody's.</summary>
    public const string DirectoryName = "trial";

    private readonly IStorageFiles _files;
    private readonly string _store;

    private StoreTrial(IStorageFiles files, string store, string manifest, long length, long whole)
    {
        (_files, _store) = (files, store);
        (Manifest, Length, Whole) = (manifest, length, whole);
    }

    /// <summary>Path of the manifest.</summary>
    public string Manifest { get; }

    /// <summary>Its length in bytes.</summary>
    public long Length { get; }

    /// <summary>Bytes of it that are whole records; more than 0 and less than <see cref="Length"/>.</summary>
    public long Whole { get; }

    private string Place => Path.Combine(_store, DirectoryName);

    /// <summary>Finds a manifest that begins well and ends badly; null where it is not that which is wrong with a store.</summary>
    /// <remarks>Throws <see cref="IOException"/>.</remarks>
    public static StoreTrial? Find(IStorageFiles files, string store)
    {
        var current = Path.Combine(store, "CURRENT");
        if (!files.Exists(current) || ManifestName(files, current) is not { } name)
            return null;
        var path = Path.Combine(store, name);
        if (!files.Exists(path))
            return null;
        using var file = files.Open(path, writable: false);
        return ManifestScan.EndOfWhole(file) is { } whole && whole > 0 && whole < file.Length ? new StoreTrial(files, store, path, file.Length, whole) : null;
    }

    /// <summary>How far the store would be with the whole records alone; null where nothing would have been applied.</summary>
    /// <exception cref="HeliosException">It could not be opened so: files are missing or damaged too. Throws <see cref="IOException"/> where the trial cannot be made.</exception>
    public AppliedState? Applied(StoreOptions options, TimeProvider time, DatabaseKeys? keys)
    {
        try
        {
            Remove(); // of a process that was killed here
            try
            {
                Make();
                return RocksStore.ReadApplied(Place, options, time, keys);
            }
            finally
            {
                Remove();
            }
        }
        catch (UnauthorizedAccessException error)
        {
            throw StorageErrors.Normalize(error, "create or delete", Place);
        }
    }

    /// <summary>Cuts the manifest behind its whole records. Durable when it returns.</summary>
    /// <remarks>Throws <see cref="IOException"/>; a failed sync need not fence, since the next open finds the manifest cut, or as it was.</remarks>
    public void Cut()
    {
        _files.SyncDirectory(_store); // no trial comes back
        using var file = _files.Open(Manifest, writable: true);
        file.SetLength(Whole);
        file.Sync();
    }

    private static string? ManifestName(IStorageFiles files, string current)
    {
        using var file = files.Open(current, writable: false);
        Span<byte> bytes = stackalloc byte[64];
        var text = Encoding.ASCII.GetString(bytes[..file.Read(bytes, 0)]);
        return text.EndsWith('\n') && text.StartsWith("MANIFEST-", StringComparison.Ordinal) && text.AsSpan(9..^1).IndexOfAnyExceptInRange('0', '9') < 0 ? text[..^1] : null;
    }

    private void Make()
    {
        Directory.CreateDirectory(Place);
        foreach (var path in Directory.EnumerateFiles(_store))
        {
            if (path != Manifest)
                File.CreateSymbolicLink(Path.Combine(Place, Path.GetFileName(path)), path);
        }

        using var whole = _files.Open(Manifest, writable: false);
        using var copy = new FileStream(Path.Combine(Place, Path.GetFileName(Manifest)), FileMode.CreateNew);
        var buffer = new byte[ManifestScan.BlockSize];
        for (var at = 0L; at < Whole; at += buffer.Length)
            copy.Write(buffer, 0, whole.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, Whole - at)), at));
    }

    private void Remove()
    {
        if (Directory.Exists(Place))
            Directory.Delete(Place, recursive: true); // the links, not what they lead to
    }
}
