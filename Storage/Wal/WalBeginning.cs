namespace Helios.Pipeline.Storage;

/// <summary>Segment 0, a header alone: it says that the log of a database has begun, and after which LSN.</summary>
internal static class WalBeginning
{
    /// <summary>Begins a log in a directory that holds none; durable, with its names, when it returns.</summary>
    /// <param name="files">Where.</param>
    /// <param name="directory">Made where it is not there.</param>
    /// <param name="header">
    /// A new database: first LSN 1, epoch 0. A restored one: <see cref="WalSegmentHeader.Before"/> is what its store has applied, first LSN and epoch
    /// lie beyond everything that the source ever gave out, so that no LSN means two things.
    /// </param>
    /// <returns>The segment's path.</returns>
    /// <remarks>Throws <see cref="IOException"/>.</remarks>
    public static string Write(IStorageFiles files, string directory, in WalSegmentHeader header)
    {
        files.CreateDirectory(directory);
        var block = new byte[WalSegmentHeader.Size];
        header.WriteTo(block);
        var name = WalFormat.SegmentPath(directory, header.SegmentId);
        using (var file = files.Create(name))
        {
            file.Write(block, 0);
            file.Sync();
        }

        files.SyncDirectory(directory);
        if (Path.GetDirectoryName(directory) is { Length: > 0 } parent)
            files.SyncDirectory(parent);
        return name;
    }
}
