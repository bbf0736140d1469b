namespace Helios.Pipeline.Storage;

/// <summary>Takes a database from its log to none, and back. Cut short anywhere, either leaves what the next open finishes.</summary>
/// <remarks>Runs with the directory locked. While the marker is there, whatever lies in the directory of the log is obsolete.</remarks>
internal sealed class UnloggedDatabase(IStorageFiles files, string markerPath, string logDirectory, Guid databaseId)
{
    /// <summary>The marker, or null where the database has a log.</summary>
    /// <exception cref="HeliosException">Corrupt, or <c>format_too_new</c>; <c>io_error</c>. Nothing was changed.</exception>
    public UnloggedMarker? Read()
    {
        try
        {
            if (!files.Exists(markerPath))
                return null;
            using var file = files.Open(markerPath, writable: false);
            var bytes = new byte[UnloggedMarker.Size + 1];
            var marker = UnloggedMarker.Decode(bytes.AsSpan(0, file.Read(bytes, 0)), markerPath);
            return marker.DatabaseId == databaseId ? marker : throw UnloggedMarker.Damaged(markerPath, $"it belongs to another database, {marker.DatabaseId}");
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"{markerPath} could not be read. Nothing was changed.");
        }
    }

    /// <summary>Deletes what a process that was killed while it wrote the marker has left.</summary>
    /// <exception cref="HeliosException"><c>io_error</c>.</exception>
    public void RemoveLeftover() => AtomicFile.RemoveLeftover(files, markerPath);

    /// <summary>The store must hold what it held when the log was given up.</summary>
    /// <exception cref="HeliosException">Corrupt: it does not.</exception>
    public void Check(UnloggedMarker marker, Lsn applied)
    {
        if (applied < marker.Applied)
        {
            throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt",
                $"The store is at LSN {applied}, and had LSN {marker.Applied} in its files when '{markerPath}' was written: files of it were lost or put back. Nothing was changed.")
            { Lsn = marker.Applied };
        }

        if (marker.Unused(applied) + 1 > Lsn.Max)
            throw new HeliosException(HeliosErrorKind.Unavailable, "lsn_exhausted", $"The database has used its last LSN, {Lsn.Max}: '{markerPath}' leaves no room. Nothing was changed; restore a backup to go on.");
    }

    /// <summary>From here on there is no log. The store's files hold everything by now.</summary>
    /// <exception cref="HeliosException"><c>disk_full</c>, <c>io_error</c>; open it again.</exception>
    public void Begin(UnloggedMarker marker)
    {
        try
        {
            AtomicFile.Replace(files, markerPath, marker.Encode());
            DeleteSegments(); // what a power loss brings back is obsolete
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"'{markerPath}' could not be written. Nothing is lost by it; open the database again.");
        }
    }

    /// <summary>Begins a log behind what the store's files hold, which is everything; the marker goes last.</summary>
    /// <param name="header">As <see cref="WalBeginning.Write"/> wants it.</param>
    /// <exception cref="HeliosException"><c>disk_full</c>, <c>io_error</c>; the next open does it.</exception>
    public void End(in WalSegmentHeader header)
    {
        try
        {
            DeleteSegments();
            WalBeginning.Write(files, logDirectory, header); // syncs the directory: the deletions are durable too
            files.Delete(markerPath);
            files.SyncDirectory(Path.GetDirectoryName(markerPath)!);
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"The log in '{logDirectory}' could not be begun anew. Nothing is lost by it: the store has everything, and the next open begins the log.");
        }
    }

    private void DeleteSegments()
    {
        foreach (var id in WalFormat.ListSegments(files, logDirectory))
            files.Delete(WalFormat.SegmentPath(logDirectory, id));
    }
}
