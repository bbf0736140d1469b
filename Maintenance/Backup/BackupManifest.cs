using System.Buffers.Binary;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>
/// What makes files a backup: written last, by rename, when everything that it names is durable. Little-endian.
/// <code>
/// offset size field
///      0    8 "HELIOSBK"
///      8    4 format version, 1
///     12    4 CRC-32C of all other bytes
///     16   16 database id, in printed order
///     32    8 backup id, 1 or more
///     40    8 LSN: the store holds every commit up to it, none after it
///     48    8 commit time of that LSN, 100 ns ticks
///     56    8 epoch of the log when the backup was made
///     64    8 last LSN that the source had given out
///     72    8 made, UTC ticks
///     80    4 flags: 1 = encrypted
///     84    4 files n, 1 or more
///     88    … files, paths ascending by their bytes
///
/// file
///      0    4 length of the path, bytes
///      4    8 length of the file
///     12   32 SHA-256 of the file
///     44   16 first 16 bytes of the SHA-256 of its last 64 KiB
///     60    p path
/// </code>
/// </summary>
/// <remarks>A later format version keeps bytes 0..11, so that an older program can tell "too new" from "damaged".</remarks>
internal sealed record BackupManifest
{
    public const uint Format = 1;
    public const int HeaderSize = 88;
    public const int MaxFiles = 10_000_000;

    private const int FileHeaderSize = 60;
    private const uint Encrypted = 1;

    public required Guid DatabaseId { get; init; }

    public required long Id { get; init; }

    public required Lsn Lsn { get; init; }

    public required long CommitTime { get; init; }

    public required ulong Epoch { get; init; }

    public required Lsn GivenOut { get; init; }

    public required long Made { get; init; }

    public required bool IsEncrypted { get; init; }

    /// <summary>Ordered by path.</summary>
    public required IReadOnlyList<BackupFile> Files { get; init; }

    private static ReadOnlySpan<byte> Magic => "HELIOSBK"u8;

    public byte[] Encode()
    {
        var bytes = new byte[HeaderSize + Files.Sum(static file => FileHeaderSize + file.Path.Length)];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Format);
        DatabaseId.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), Id);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), Lsn.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), CommitTime);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(56), Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(64), GivenOut.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(72), Made);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(80), IsEncrypted ? Encrypted : 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(84), Files.Count);
        var rest = bytes.AsSpan(HeaderSize);
        foreach (var file in Files)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, file.Path.Length);
            BinaryPrimitives.WriteInt64LittleEndian(rest[4..], file.Length);
            file.Hash.Write(rest[12..]);
            BinaryPrimitives.WriteUInt128BigEndian(rest[44..], file.Tail);
            Encoding.ASCII.GetBytes(file.Path, rest[FileHeaderSize..]);
            rest = rest[(FileHeaderSize + file.Path.Length)..];
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Checksum(bytes));
        return bytes;
    }

    /// <exception cref="HeliosException">Corrupt <c>backup_damaged</c>, or Unavailable <c>format_too_new</c> where a newer version wrote it. Nothing is changed.</exception>
    public static BackupManifest Decode(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length >= 12 && bytes.StartsWith(Magic) && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) is var version and > Format)
        {
            throw new HeliosException(HeliosErrorKind.Unavailable, "format_too_new",
                $"{path}: the backup has format {version}; this version reads up to {Format}. Nothing was changed: use a newer version.");
        }

        if (bytes.Length < HeaderSize || !bytes.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != Checksum(bytes))
            throw BackupErrors.DamagedManifest(path, "it fails its checksum");
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes[80..]);
        var manifest = new BackupManifest
        {
            DatabaseId = new Guid(bytes.Slice(16, 16), bigEndian: true),
            Id = BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            Lsn = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..])),
            CommitTime = BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]),
            GivenOut = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(bytes[64..])),
            Made = BinaryPrimitives.ReadInt64LittleEndian(bytes[72..]),
            IsEncrypted = flags == Encrypted,
            Files = ReadFiles(bytes[HeaderSize..], BinaryPrimitives.ReadUInt32LittleEndian(bytes[84..]), path),
        };
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Format || (flags & ~Encrypted) != 0 || !manifest.IsSane)
            throw BackupErrors.DamagedManifest(path, "its fields do not fit together");
        return manifest;
    }

    /// <summary>Could this version have written it? Asked after the checksum.</summary>
    private bool IsSane =>
        Id > 0 && Lsn <= GivenOut && GivenOut <= Lsn.Max && IsTime(CommitTime) && IsTime(Made)
        && Files.Any(static file => file.Path == "identity") && IsEncrypted == Files.Any(static file => file.Path == "keys");

    private static bool IsTime(long ticks) => (ulong)ticks <= (ulong)DateTimeOffset.MaxValue.UtcTicks;

    private static List<BackupFile> ReadFiles(ReadOnlySpan<byte> rest, uint count, string manifest)
    {
        // A count that lies must not make us allocate: the bytes are looked at one file after the other.
        var files = new List<BackupFile>();
        for (var i = 0u; i < count; i++)
        {
            var length = rest.Length < FileHeaderSize ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(rest);
            if (length is 0 or > BackupFile.MaxPathBytes || rest.Length < FileHeaderSize + (int)length || count > MaxFiles)
                throw BackupErrors.DamagedManifest(manifest, "its list of files does not fit its length");
            var name = rest.Slice(FileHeaderSize, (int)length);
            var path = Ascii.IsValid(name) ? Encoding.ASCII.GetString(name) : "";
            var file = new BackupFile(path, BinaryPrimitives.ReadInt64LittleEndian(rest[4..]), BackupHash.Read(rest[12..]), BinaryPrimitives.ReadUInt128BigEndian(rest[44..]));
            if (file.Length < 0 || !BackupFile.IsValidPath(path) || (files.Count > 0 && string.CompareOrdinal(files[^1].Path, path) >= 0))
                throw BackupErrors.DamagedManifest(manifest, "it names a file that no backup has");
            files.Add(file);
            rest = rest[(FileHeaderSize + (int)length)..];
        }

        return rest.IsEmpty ? files : throw BackupErrors.DamagedManifest(manifest, "something follows its list of files");
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes) =>
        Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Seed, bytes[..12]), bytes[16..]));
}
