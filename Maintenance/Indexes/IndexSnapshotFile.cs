using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>The one file of a database's index snapshot: a new one is written beside it, and takes its place in one step. One thread at a time.</summary>
internal sealed class IndexSnapshotFile(IStorageFiles files, string directory)
{
    public string Path { get; } = System.IO.Path.Combine(directory, IndexSnapshotFormat.FileName);

    private string Temporary => Path + AtomicFile.TemporarySuffix;

    /// <summary>Begins a new one; what an earlier attempt has left goes.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public IStorageFile Create()
    {
        files.CreateDirectory(directory);
        if (System.IO.Path.GetDirectoryName(directory) is { } parent)
            files.SyncDirectory(parent); // its name, once it was made
        RemoveTemporary();
        return files.Create(Temporary);
    }

    /// <summary>Makes the new one, which has been synced, the one that counts.</summary>
    /// <exception cref="IOException">The disk refuses: either of the two counts.</exception>
    public void Replace()
    {
        files.Rename(Temporary, Path);
        files.SyncDirectory(directory);
    }

    /// <summary>Removes a new one that is not to count.</summary>
    public void RemoveTemporary()
    {
        if (files.Exists(Temporary))
            files.Delete(Temporary);
    }

    /// <summary>Removes all of it.</summary>
    public void Remove()
    {
        RemoveTemporary();
        if (files.Exists(Path))
            files.Delete(Path);
    }
}
