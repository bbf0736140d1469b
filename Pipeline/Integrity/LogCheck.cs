using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Reads the log as an open does, and changes nothing.</summary>
internal static class LogCheck
{
    /// <param name="findings">Takes what is found.</param>
    /// <param name="files">Where the log lies.</param>
    /// <param name="directory">Its directory.</param>
    /// <param name="databaseId">Whose log it must be.</param>
    /// <param name="applied">How far the store is: the log must reach it, and hold what follows; null where nobody knows.</param>
    /// <returns>What the log holds; null where it is damaged.</returns>
    public static WalScan? Run(Findings findings, IStorageFiles files, string directory, Guid databaseId, Lsn? applied)
    {
        WalScan? scan = null;
        findings.Complete(() => scan = WalScanner.Run(files, directory, databaseId, new WalExpectation
        {
            MustReach = applied ?? Lsn.Zero,
            MustHoldAfter = applied ?? Lsn.Max,
        }));
        findings.Items = scan?.Segments.Count ?? 0;
        return scan;
    }

    /// <summary>Where the marker of a database without a log lies: is it sound, and does the store hold what it names?</summary>
    public static UnloggedMarker? RunUnlogged(Findings findings, IStorageFiles files, DatabaseDirectory directory, Lsn? applied)
    {
        var unlogged = new UnloggedDatabase(files, directory.UnloggedPath, directory.LogPath, directory.Identity!.Id);
        UnloggedMarker? marker = null;
        findings.Complete(() => marker = unlogged.Read());
        if (marker is not null && applied is { } at)
            findings.Complete(() => unlogged.Check(marker, at));
        return marker;
    }

    public static string Describe(WalScan scan)
    {
        var tail = scan.Cut is { } cut ? $"; {cut.Bytes} bytes at its end were never synced, the next open cuts them" : "";
        return $"{scan.Segments.Count} segments from LSN {First(scan)} to {scan.Head}, epoch {scan.Epoch}{tail}";
    }

    /// <summary>The first LSN that the log may hold.</summary>
    public static Lsn First(WalScan scan) => scan.Segments[0].First;
}
