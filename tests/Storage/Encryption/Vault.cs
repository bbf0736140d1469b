using System.Buffers.Binary;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Encryption;

/// <summary>A key file on a disk of the test's, with providers whose keys follow from a number.</summary>
internal sealed class Vault
{
    public const string Path = "/db/keys";
    public static readonly Guid Database = new("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9");

    public Vault(IKeyProvider? provider = null)
    {
        Files = new FaultyFiles(Disk);
        using var keys = Create(provider ?? Provider(1));
    }

    private Vault(MemoryFiles disk)
    {
        Disk = disk;
        Files = new FaultyFiles(disk);
    }

    public MemoryFiles Disk { get; } = new();

    public FaultyFiles Files { get; }

    public byte[] Bytes => Disk.ReadAll(Path);

    /// <summary>The same disk under another process.</summary>
    public static Vault On(MemoryFiles disk) => new(disk);

    /// <summary>32 bytes that differ for each seed.</summary>
    public static byte[] Key(int seed)
    {
        var key = new byte[KekId.KeySize];
        new Random(seed).NextBytes(key);
        return key;
    }

    public static IKeyProvider Provider(int seed) => KeyProviders.FromBytes(Key(seed));

    public static IKeyProvider Password(string text) => KeyProviders.FromPasswordOfDatabase(text, PasswordDerivation.MinIterations);

    public DatabaseKeys Open(int seed = 1) => Open(Provider(seed));

    public DatabaseKeys Open(IKeyProvider? provider) => DatabaseKeys.Open(Files, Path, Database, provider, TimeProvider.System);

    /// <summary>A copy of the disk as other bytes of the key file make it.</summary>
    public static Vault Holding(ReadOnlySpan<byte> bytes)
    {
        var disk = new MemoryFiles();
        disk.WriteDurably(Path, bytes);
        return new Vault(disk);
    }

    /// <summary>Makes the checksum fit again, as somebody who changes the file on purpose would.</summary>
    public static byte[] WithChecksum(byte[] bytes)
    {
        var crc = Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Seed, bytes.AsSpan(0, 12)), bytes.AsSpan(16)));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), crc);
        return bytes;
    }

    /// <summary>Opening must fail with this code, and change nothing on the disk.</summary>
    public HeliosException Refuses(string code, IKeyProvider? provider, Guid? database = null)
    {
        var before = Disk.Exists(Path) ? Bytes : null;
        var error = Assert.Throws<HeliosException>(() => DatabaseKeys.Open(Files, Path, database ?? Database, provider, TimeProvider.System));
        Assert.Equal(code, error.Code);
        Assert.Contains("Nothing was changed", error.Message, StringComparison.Ordinal);
        FileCall[] changes = [FileCall.Create, FileCall.Write, FileCall.SetLength, FileCall.Rename, FileCall.Delete];
        Assert.All(changes, call => Assert.Equal(0, Files.Count(call)));
        Assert.Equal(before, Disk.Exists(Path) ? Bytes : null);
        return error;
    }

    private DatabaseKeys Create(IKeyProvider provider) => DatabaseKeys.Create(Disk, Path, Database, provider, TimeProvider.System);
}
