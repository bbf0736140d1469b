namespace Helios.Pipeline.Storage;

/// <summary>Replaces a small file so that a crash leaves the old content or the new one, whole.</summary>
internal static class AtomicFile
{
    /// <summary>What the name of the new content has behind it before it is renamed; left by a process that was killed meanwhile.</summary>
    public const string TemporarySuffix = ".new";

    /// <summary>Durable when it returns. On failure the old file stands, but after an <see cref="UnsyncedNameException"/> the new one; where a sync failed the caller must fence.</summary>
    /// <remarks>One caller at a time for one path. Throws <see cref="IOException"/>.</remarks>
    public static void Replace(IStorageFiles files, string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = path + TemporarySuffix;
        if (files.Exists(temporary))
            files.Delete(temporary); // of a process that was killed here

        using (var file = files.Create(temporary))
        {
            file.Write(bytes, 0);
            file.Sync(); // before the rename, or the new name could stand over an empty file
        }

        files.Rename(temporary, path);
        try
        {
            files.SyncDirectory(Path.GetDirectoryName(path) is { Length: > 0 } directory ? directory : ".");
        }
        catch (IOException error)
        {
            throw new UnsyncedNameException(error);
        }
    }

    /// <summary>Deletes what a process that was killed while it replaced a file has left; nobody else works there now.</summary>
    /// <exception cref="HeliosException"><c>io_error</c>.</exception>
    public static void RemoveLeftover(IStorageFiles files, string path)
    {
        var temporary = path + TemporarySuffix;
        try
        {
            if (files.Exists(temporary))
                files.Delete(temporary);
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"{temporary}, which nobody needs, could not be removed. Nothing is lost by it.");
        }
    }
}
