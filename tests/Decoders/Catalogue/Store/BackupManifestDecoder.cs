using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>The manifest of a backup: what it says decides which files a restore writes, and where.</summary>
internal sealed class BackupManifestDecoder : DecoderUnderTest<BackupManifest>
{
    private static readonly Gen<string> s_names = Gens.One("000012.sst", "CURRENT", "MANIFEST-000005", "OPTIONS-000007", "000013.sst", "0", "a-_.Z9").Select(name => BackupFile.StorePrefix + name);

    private static readonly Gen<BackupFile> s_files = Gen.Select(s_names, Gen.Long[0, 1L << 40], Gens.Fingerprint, Gens.Fingerprint)
        .Select((path, length, hash, tail) => new BackupFile(path, length, new BackupHash(hash, tail), tail ^ hash));

    public override string Name => "backup-manifest";

    public override IReadOnlyList<Type> Codecs => [typeof(BackupManifest), typeof(BackupHash)];

    public override IReadOnlyList<string> Codes => ["backup_damaged", "format_too_new"];

    /// <summary>A count that lies, many short paths.</summary>
    public override IEnumerable<byte[]> CostlyInputs
    {
        get
        {
            var lying = new byte[64 << 10];
            Encode(Make(Guid.Empty, 1, [])).CopyTo(lying, 0);
            BinaryPrimitives.WriteUInt32LittleEndian(lying.AsSpan(84), BackupManifest.MaxFiles);
            Repair(lying);
            yield return lying;
            yield return Encode(Make(Guid.Empty, 1, [.. Enumerable.Range(0, 2_000).Select(i => new BackupFile($"{BackupFile.StorePrefix}{i:d6}.sst", i, default, default))]));
        }
    }

    protected override Gen<BackupManifest> Values { get; } =
        Gen.Select(Gens.Guid, Gen.Long[1, 1_000_000], s_files.Array[0, 8], Gens.Lsn, Gen.Bool).Select((database, id, files, lsn, encrypted) =>
            Make(database, id, encrypted ? [.. files, new BackupFile("keys", 100, files.Length > 0 ? files[0].Hash : default, 7)] : files) with { Lsn = lsn, GivenOut = lsn + 5, IsEncrypted = encrypted });

    public override void Repair(byte[] bytes)
    {
        if (bytes.Length >= BackupManifest.HeaderSize)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Crc32C.Compute([.. bytes[..12], .. bytes[16..]]));
    }

    protected override byte[] Encode(BackupManifest value) => value.Encode();

    protected override bool TryDecode(byte[] bytes, out BackupManifest value)
    {
        value = BackupManifest.Decode(bytes, "1.manifest");
        return true;
    }

    protected override bool Same(BackupManifest one, BackupManifest other) =>
        one.Files.SequenceEqual(other.Files) && one with { Files = other.Files } == other;

    protected override bool MayFollowFromDamage(BackupManifest original, BackupManifest decoded) => false;

    private static BackupManifest Make(Guid database, long id, IReadOnlyList<BackupFile> files) => new()
    {
        DatabaseId = database,
        Id = id,
        Lsn = new Lsn(3),
        CommitTime = 638_000_000_000_000_000,
        Epoch = 2,
        GivenOut = new Lsn(9),
        Made = 638_000_000_000_000_001,
        IsEncrypted = false,
        Files = [.. files.Append(new BackupFile("identity", 64, new BackupHash(1, 2), 3)).DistinctBy(f => f.Path).OrderBy(f => f.Path, StringComparer.Ordinal)],
    };
}
