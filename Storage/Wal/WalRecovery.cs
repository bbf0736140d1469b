using System.Buffers;

namespace Helios.Pipeline.Storage;

/// <summary>A log that has been made fit to go on: every frame it holds is durable.</summary>
internal sealed class WalRecovered
{
    /// <summary>The last commit, durable.</summary>
    public required Lsn Head { get; init; }

    /// <summary>The LSN for the next commit.</summary>
    public required Lsn Next { get; init; }

    /// <summary>CRC of the last frame: an index snapshot names it.</summary>
    public required uint LastCrc { get; init; }

    /// <summary>The highest epoch so far; the writer begins the next one.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>The oldest LSN in the log; <see cref="Next"/> where there is none.</summary>
    public required Lsn Oldest { get; init; }

    /// <summary>Oldest first; the writer never appends to one of them.</summary>
    public required IReadOnlyList<WalSegment> Segments { get; init; }

    /// <summary>The unsynced tail that was removed, or null.</summary>
    public required WalCut? Cut { get; init; }

    /// <summary>Did the last process close the log cleanly?</summary>
    public required bool WasClean { get; init; }
}

/// <summary>Opens a log: reads it, cuts an unsynced tail, and makes durable what it found.</summary>
internal static class WalRecovery
{
    /// <summary>Looks at the headers of all segments: a log of a newer version is refused before anything else of the database is touched.</summary>
    /// <exception cref="HeliosException"><c>format_too_new</c>; Corrupt: a segment belongs to another database.</exception>
    public static void CheckVersions(IStorageFiles files, string directory, Guid databaseId)
    {
        try
        {
            foreach (var id in WalFormat.ListSegments(files, directory))
            {
                using var cursor = new WalSegmentCursor(files, directory, id, databaseId);
                cursor.TryReadHeader(); // a header that cannot be read is for the recovery to judge
            }
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"The log in '{directory}' could not be read. Nothing was changed.");
        }
    }

    /// <summary>Runs with the directory locked and nothing else open on it. Damage and misfits throw before anything is changed.</summary>
    /// <remarks>Throws <see cref="HeliosException"/>: <c>corrupt</c>, <c>format_too_new</c>, <c>disk_full</c>, <c>io_error</c>. It may be called again after each.</remarks>
    public static WalRecovered Open(IStorageFiles files, string directory, Guid databaseId, WalOptions options, in WalExpectation expectation)
    {
        var scan = WalScanner.Run(files, directory, databaseId, expectation);
        try
        {
            if (expectation.IsNew)
                return Begin(files, directory, databaseId, scan);
            Repair(files, directory, databaseId, scan);
            return Describe(files, scan, options, expectation.CleanClose);
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"The log in '{directory}' could not be made ready. No commit was lost by it; open it again.");
        }
    }

    /// <summary>Segment 0: a header alone, durable before the database counts as made.</summary>
    private static WalRecovered Begin(IStorageFiles files, string directory, Guid databaseId, WalScan scan)
    {
        files.CreateDirectory(directory);
        foreach (var path in scan.Segments.Select(static segment => segment.Path).Concat(scan.Surplus))
            files.Delete(path); // of a creation that did not finish: it holds no commit

        var header = new WalSegmentHeader { DatabaseId = databaseId, First = new Lsn(1) };
        var name = WalBeginning.Write(files, directory, header);
        return new WalRecovered
        {
            Head = Lsn.Zero,
            Next = header.First,
            LastCrc = 0,
            Epoch = 0,
            Oldest = header.First,
            Segments = [new WalSegment(0, name, WalSegmentHeader.Size, header.First, Lsn.Zero, 0)],
            Cut = null,
            WasClean = true,
        };
    }

    private static void Repair(IStorageFiles files, string directory, Guid databaseId, WalScan scan)
    {
        foreach (var path in scan.Surplus)
            files.Delete(path); // a power loss may bring some back: nothing in them is proven then either

        var newest = scan.Segments[^1];
        var unproven = FirstUnproven(files, directory, databaseId, newest.Id, scan.Stated);
        using (var file = files.Open(newest.Path, writable: true))
        {
            if (file.Length > scan.End)
                file.SetLength(scan.End); // the tail, and the zeros that nobody will fill
            Rewrite(file, unproven, scan.End);
            file.Sync();
        }

        files.SyncDirectory(directory); // also for what was found: its process may have been killed before it came to this
    }

    /// <summary>Where in the newest segment the frames begin that no frame states to be durable; older segments were synced when they were left.</summary>
    private static long FirstUnproven(IStorageFiles files, string directory, Guid databaseId, ulong id, Lsn stated)
    {
        using var cursor = new WalSegmentCursor(files, directory, id, databaseId);
        cursor.TryReadHeader();
        var begin = 0L; // with the header, where not even the first frame is proven
        while (cursor.TryReadFrame(out var frame) && frame.Last <= stated)
            begin = cursor.Offset;
        return begin;
    }

    /// <summary>
    /// Writes bytes over themselves. If the sync of an earlier process failed, the system holds the pages as clean though the disk never
    /// got them: a sync alone would succeed and change nothing.
    /// </summary>
    private static void Rewrite(IStorageFile file, long from, long end)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(256 << 10);
        try
        {
            while (from < end)
            {
                var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - from));
                var count = file.Read(piece, from);
                if (count < piece.Length)
                    throw new IOException($"read failed for '{file.Path}': it has become shorter while it was read.");
                file.Write(piece, from);
                from += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static WalRecovered Describe(IStorageFiles files, WalScan scan, WalOptions options, WalPosition? cleanClose)
    {
        var newest = scan.Segments[^1];
        var clean = scan.Cut is null && (scan.Epoch == 0 || cleanClose == new WalPosition(scan.Epoch, scan.Head));

        // The process before may have shown LSNs that the power loss took: at most LsnSkip behind what was synced, which reaches
        // the head and the begin of the newest segment.
        var reached = newest.Last > scan.Head ? newest.Last : scan.Head;
        var next = clean ? reached.Next : reached.Next + options.LsnSkip;
        if (next > Lsn.Max)
            throw WalErrors.Unfit(Path.GetDirectoryName(newest.Path) ?? "", $"LSN {scan.Head} leaves no room before the last possible one, {Lsn.Max}");

        var segments = scan.Segments.ToArray();
        using (var file = files.Open(newest.Path, writable: false))
            segments[^1] = newest with { Bytes = file.Length };
        return new WalRecovered
        {
            Head = scan.Head,
            Next = next,
            LastCrc = scan.LastCrc,
            Epoch = scan.Epoch,
            Oldest = segments.FirstOrDefault(static segment => segment.Last >= segment.First, newest with { First = next }).First,
            Segments = segments,
            Cut = scan.Cut,
            WasClean = clean,
        };
    }
}
