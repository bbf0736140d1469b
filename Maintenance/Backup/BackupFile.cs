namespace Helios.Pipeline.Maintenance;

/// <summary>One file of a backed-up database, as its manifest names it.</summary>
/// <param name="Path">Where it lies in the database: <c>identity</c>, <c>keys</c>, or <c>store/NAME</c>.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Hash">SHA-256 of the content, which is also its name in the backup.</param>
/// <param name="Tail">
/// The first 16 bytes of the SHA-256 of its last <see cref="TailBytes"/>. They hold the properties of an SST file, with the id of the session that wrote it:
/// so path, length and tail tell such a file from every other without reading the whole.
/// </param>
internal sealed record BackupFile(string Path, long Length, BackupHash Hash, UInt128 Tail)
{
    public const int TailBytes = 64 << 10;

    public const string StorePrefix = "store/";

    /// <summary>Longest path: RocksDB's names are far shorter.</summary>
    public const int MaxPathBytes = 255;

    /// <summary>RocksDB writes it once and never changes it.</summary>
    public bool IsImmutable => Path.EndsWith(".sst", StringComparison.Ordinal);

    /// <summary>Only these names: a manifest from elsewhere must not make a restore write where it likes.</summary>
    public static bool IsValidPath(string path)
    {
        if (path is "identity" or "keys")
            return true;
        if (!path.StartsWith(StorePrefix, StringComparison.Ordinal) || path.Length > MaxPathBytes)
            return false;
        var name = path.AsSpan(StorePrefix.Length);
        return name.Length > 0 && name[0] != '.' && name.IndexOfAnyExcept(s_nameCharacters) < 0;
    }

    private static readonly System.Buffers.SearchValues<char> s_nameCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
}

/// <summary>A SHA-256, comparable by value.</summary>
internal readonly record struct BackupHash(UInt128 High, UInt128 Low)
{
    public const int Size = 32;

    public static BackupHash Read(ReadOnlySpan<byte> bytes) => new(
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes),
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));

    public void Write(Span<byte> bytes)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], Low);
    }

    /// <summary>64 hex digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
