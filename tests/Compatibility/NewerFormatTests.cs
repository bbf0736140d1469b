using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Compatibility.Tests;

/// <summary>What a newer version would have written is planted in a closed database: the open refuses it and leaves everything as it is.</summary>
public sealed class NewerFormatTests : IDisposable
{
    private const byte Newer = 99;

    private readonly string _path = Directory.CreateTempSubdirectory("helios-golden-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    /// <summary>What is planted, and where: also where an open would make the log ready, or begin one.</summary>
    public static TheoryData<string, string> Plants => new()
    {
        { "identity", "v1-unclean" },
        { "log", "v1-unclean" },
        { "keys", "v1-encrypted-unclean" },
        { "marker", "v1-unlogged" },
        { "applied state", "v1-unclean" },
        { "applied state", "v1-unlogged" },
        { "counters", "v1-unclean" },
        { "table definition", "v1-unclean" },
        { "table definition", "v1-unlogged" },
        { "source position", "v1-unclean" },
        { "source position", "v1-unlogged" },
        { "clean close", "v1-clean" },
        { "encrypted row", "v1-encrypted-clean" },
        { "encrypted row", "v1-encrypted-unclean" },
        { "encrypted applied state", "v1-encrypted-unclean" },
    };

    [Theory]
    [MemberData(nameof(Plants))]
    public async Task A_newer_format_is_refused_and_nothing_is_changed(string what, string name)
    {
        var database = Path.Combine(_path, "database");
        Golden.Copy(Path.Combine(Golden.Root, name), database);
        Plant(what, database);
        var before = Contents(database);
        foreach (var options in new[] { Golden.Options(name), Golden.WithoutLog(Golden.Options(name)) })
        {
            var error = await Assert.ThrowsAsync<HeliosException>(() => HeliosEngine.OpenAsync(database, options));
            Assert.Equal((HeliosErrorKind.Unavailable, "format_too_new"), (error.Kind, error.Code));
        }

        Assert.Equal(before, Contents(database));
    }

    private static void Plant(string what, string database)
    {
        switch (what)
        {
            case "identity":
                Change(Path.Combine(database, DatabaseIdentity.FileName), 8, 12, DatabaseIdentity.Size);
                break;
            case "keys":
                var keys = Path.Combine(database, KeyFileContent.FileName);
                Change(keys, 8, 12, (int)new FileInfo(keys).Length);
                break;
            case "marker":
                Change(Path.Combine(database, UnloggedMarker.FileName), 8, 12, UnloggedMarker.Size);
                break;
            case "log":
                Change(Directory.GetFiles(Path.Combine(database, "log")).Order(StringComparer.Ordinal).ElementAt(1), 4, 8, WalSegmentHeader.Size);
                break;
            case "encrypted row":
                PlantRow(database);
                break;
            default:
                PlantValue(database, what);
                break;
        }
    }

    /// <summary>Another version in a header that is whole in itself.</summary>
    private static void Change(string file, int version, int checksum, int size)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[version] = Newer;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(checksum), Crc32C.Compute([.. bytes[..checksum], .. bytes[(checksum + 4)..size]]));
        File.WriteAllBytes(file, bytes);
    }

    /// <summary>A value of the default family, as it is stored. All have their format in front, encrypted ones that of the encryption, but for the definition of a table.</summary>
    private static void PlantValue(string database, string what) => Edit(database, (store, batch) =>
    {
        var isEncrypted = what.StartsWith("encrypted ", StringComparison.Ordinal);
        var kind = (isEncrypted ? what["encrypted ".Length..] : what) switch
        {
            "applied state" => KeySpace.Applied,
            "counters" => KeySpace.Counters,
            "table definition" => KeySpace.Catalog,
            "source position" => KeySpace.SourcePosition,
            "clean close" => KeySpace.CleanClose,
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, "There is no such value."),
        };
        using var values = store.OpenMeta([kind]);
        Assert.True(values.MoveNext());
        var value = values.Value.ToArray();
        value[kind == KeySpace.Catalog && !isEncrypted ? 9 : 0] = Newer; // there: table, partition, the header of an array, its format
        batch.PutMeta(values.Key, value);
    });

    /// <summary>A batch puts no format that it does not know: the byte is changed where it stands in the batch, last of all values.</summary>
    private static void PlantRow(string database) => Edit(database, (store, batch) =>
    {
        using var rows = store.OpenVersions();
        do
            Assert.True(rows.MoveNext());
        while (KeyReader.Row(rows.Key).Partition != TableDefinition.FirstUserTable);
        var (partition, row, lsn) = KeyReader.Row(rows.Key);
        batch.PutRow(partition, row, lsn, rows.Value[1..]);
        Writable(batch.Representation[^rows.Value.Length..])[0] = Newer;
    });

    private static Span<byte> Writable(ReadOnlySpan<byte> bytes) => MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(bytes), bytes.Length);

    private static void Edit(string database, Action<RocksStore, StoreBatch> edit)
    {
        using var store = RocksStore.Open(Path.Combine(database, "store"), new StoreOptions(), create: false);
        using var batch = new StoreBatch();
        edit(store, batch);
        store.Write(batch);
        store.Flush();
    }

    /// <summary>All files but the store's by their bytes, and of the store every key with its value, as they are stored.</summary>
    private string Contents(string database)
    {
        // RocksDB writes at each open: the store is read in a copy.
        var copy = Path.Combine(_path, Guid.NewGuid().ToString());
        Golden.Copy(database, copy);
        var lines = Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories)
            .Select(f => (Name: Path.GetRelativePath(copy, f), Bytes: File.ReadAllBytes(f)))
            .Where(f => !f.Name.StartsWith("store", StringComparison.Ordinal))
            .OrderBy(f => f.Name, StringComparer.Ordinal)
            .Select(f => $"{f.Name} {f.Bytes.Length} {Hash(f.Bytes)}").ToList();

        using var store = RocksStore.Open(Path.Combine(copy, "store"), new StoreOptions(), create: false);
        using var values = store.OpenMeta([]);
        while (values.MoveNext())
            lines.Add($"{Convert.ToHexString(values.Key)} {Hash(values.Value)}");
        using var rows = store.OpenVersions();
        while (rows.MoveNext())
            lines.Add($"{Convert.ToHexString(rows.Key)} {Hash(rows.Value)}");
        Assert.True(lines.Count > 100, "the store could not be read");
        return string.Join("\n", lines);
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes)[..8]);
}
