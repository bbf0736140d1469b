using System.Text;
using System.Text.RegularExpressions;
using Helios.Pipeline.Storage;
using RocksDbSharp;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Looks at the files of a database that nobody has open.</summary>
internal static partial class LoopFiles
{
    private static readonly byte[] s_canary = Encoding.UTF8.GetBytes(LoopWorkload.Canary);

    /// <summary>After a clean close: the files on the disk are those that the database names, no more and no fewer.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? FindLeak(string database, bool encrypted)
    {
        string[] wanted = ["identity", .. encrypted ? ["keys"] : (string[])[], "lock", "log", "store"];
        var entries = Names(Directory.GetFileSystemEntries(database).Where(entry => Path.GetFileName(entry) != "indexes")); // a snapshot of them is there or not
        if (!entries.SequenceEqual(wanted))
            return $"the database's directory has {string.Join(' ', entries)}";

        using var identity = PhysicalFiles.Instance.Open(Path.Combine(database, "identity"), writable: false);
        var bytes = new byte[DatabaseIdentity.Size];
        var id = DatabaseIdentity.Decode(bytes.AsSpan(0, identity.Read(bytes, 0)), identity.Path).Id;
        var log = Path.Combine(database, "log");
        var scan = WalScanner.Run(PhysicalFiles.Instance, log, id, new WalExpectation { MustHoldAfter = Lsn.Max });
        var segments = Names(scan.Segments.Select(segment => segment.Path).Concat(scan.Surplus));
        var onDisk = Names(Directory.GetFiles(log));
        if (!onDisk.SequenceEqual(segments) || scan.Surplus.Count > 1)
            return $"the log has {string.Join(' ', onDisk)}, of which {string.Join(' ', Names(scan.Surplus))} are unused";

        return FindLeakOfStore(Path.Combine(database, "store"));
    }

    /// <summary>The first file under a directory in which the text of a row can be read, or null.</summary>
    public static string? FindCanary(string directory) =>
        Directory.Exists(directory) ? Directory.GetFiles(directory, "*", SearchOption.AllDirectories).FirstOrDefault(file => File.ReadAllBytes(file).AsSpan().IndexOf(s_canary) >= 0) : null;

    /// <summary>Deletes the newest segment of the log that has frames.</summary>
    public static void LoseNewestSegment(string database) =>
        File.Delete(Directory.GetFiles(Path.Combine(database, "log")).Order(StringComparer.Ordinal).Last(HasFrames));

    /// <summary>Behind the header of a segment that was used stands the first frame, behind that of a spare nothing or zeros.</summary>
    private static bool HasFrames(string segment) => File.ReadAllBytes(segment).AsSpan() is { Length: > WalSegmentHeader.Size } bytes && bytes[WalSegmentHeader.Size..].ContainsAnyExcept((byte)0);

    private static string? FindLeakOfStore(string store)
    {
        var families = new ColumnFamilies { { KeySpace.RowsFamily, new ColumnFamilyOptions() } };
        string[] live;
        using (var read = RocksDb.OpenReadOnly(new DbOptions(), store, families, false))
            live = Names(read.GetLiveFilesMetadata().Select(file => file.FileMetadata.FileName.TrimStart('/')));

        var names = Names(Directory.GetFiles(store));
        var tables = names.Where(name => name.EndsWith(".sst", StringComparison.Ordinal)).ToArray();
        if (!tables.SequenceEqual(live))
            return $"the store has {string.Join(' ', tables)} and names {string.Join(' ', live)}";
        if (names.FirstOrDefault(name => !StoreFile().IsMatch(name)) is { } stranger)
            return $"the store has {stranger}";
        var manifests = names.Where(name => name.StartsWith("MANIFEST", StringComparison.Ordinal)).ToArray();
        return manifests is [var manifest] && manifest == File.ReadAllText(Path.Combine(store, "CURRENT")).Trim() ? null : $"the store has {string.Join(' ', manifests)}";
    }

    private static string[] Names(IEnumerable<string> paths) => [.. paths.Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"^(\d+\.(sst|log)|MANIFEST-\d+|OPTIONS-\d+|CURRENT|IDENTITY|LOCK|LOG(\.old\.\d+)?)$")]
    private static partial Regex StoreFile();
}
