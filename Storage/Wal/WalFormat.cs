using System.Globalization;

namespace Helios.Pipeline.Storage;

/// <summary>What a frame's payload went through after it was encoded.</summary>
[Flags]
internal enum WalFlags : ushort
{
    None = 0,
    Compressed = 1,
    Encrypted = 2,
}

/// <summary>Numbers and names of the log on disk, format version 1. Frames: <see cref="WalFrame"/>; segment headers: <see cref="WalSegmentHeader"/>.</summary>
/// <remarks>
/// The log is a directory of segments, <c>&lt;segment id, 16 hex digits&gt;.wal</c>, with consecutive ids. A segment is one header block
/// and then frames without gaps; what follows the last frame is zero, or an unsynced tail that the next open cuts.
/// Segment 0 has a header only: it says that the log of this database has begun, so that an empty directory is known for a loss.
/// </remarks>
internal static class WalFormat
{
    public const ushort Version = 1;

    /// <summary>Bytes 48 4C 57 F1: the last one is in no ASCII or UTF-8 text, so that searching for it seldom stops inside rows.</summary>
    public const uint FrameMagic = 0xF157_4C48;

    /// <summary>Bytes 48 4C 57 F2.</summary>
    public const uint SegmentMagic = 0xF257_4C48;

    /// <summary>A commit may have 16 MiB; the slack is for what stands around its rows.</summary>
    public const int MaxPayload = (16 << 20) + (64 << 10);

    /// <summary>The longest frame that can be appended; an encrypted one has a tag more on disk.</summary>
    public const int MaxFrame = WalFrame.HeaderSize + MaxPayload;

    public const WalFlags KnownFlags = WalFlags.Compressed | WalFlags.Encrypted;

    private const string Extension = ".wal";

    public static string SegmentPath(string directory, ulong id) =>
        Path.Combine(directory, id.ToString("x16", CultureInfo.InvariantCulture) + Extension);

    /// <summary>False for every file that is not a segment.</summary>
    public static bool TryParseSegment(string path, out ulong id)
    {
        var name = Path.GetFileName(path.AsSpan());
        id = 0;
        return name.Length == 16 + Extension.Length
            && name.EndsWith(Extension, StringComparison.Ordinal)
            && !name[..16].ContainsAnyInRange('A', 'F') // one name per id
            && ulong.TryParse(name[..16], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }

    /// <summary>The segments of a directory, oldest first.</summary>
    public static List<ulong> ListSegments(IStorageFiles files, string directory)
    {
        var ids = new List<ulong>();
        foreach (var path in files.List(directory))
        {
            if (TryParseSegment(path, out var id))
                ids.Add(id);
        }

        ids.Sort();
        return ids;
    }
}
