using System.Buffers.Binary;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Compatibility.Tests;

/// <summary>Databases that earlier versions wrote are opened, read, written and opened again.</summary>
public sealed class GoldenDirectoryTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("helios-golden-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    /// <summary>Every directory of every version, and whether it is opened without a log.</summary>
    public static TheoryData<string, bool> Databases
    {
        get
        {
            var databases = new TheoryData<string, bool>();
            foreach (var name in Directory.EnumerateDirectories(Golden.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal))
            {
                if (!name!.EndsWith("-backup", StringComparison.Ordinal))
                    databases.Add(name, false);
                if (name.EndsWith("-unlogged", StringComparison.Ordinal))
                    databases.Add(name, true);
            }

            return databases;
        }
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task A_database_of_an_earlier_version_opens_with_everything_takes_more_and_opens_again(string name, bool withoutLog)
    {
        var database = Unpack(name);
        var options = withoutLog ? Golden.WithoutLog(Golden.Options(name)) : Golden.Options(name);
        await VerifyAsync(database, options);
        await using (var helios = await HeliosEngine.OpenAsync(database, options))
        {
            var recovery = helios.Inspect().Recovery;
            Assert.Equal((name.EndsWith("-clean", StringComparison.Ordinal) || name.EndsWith("-password", StringComparison.Ordinal), name.EndsWith("-unlogged", StringComparison.Ordinal)), (recovery.WasClean, recovery.WasWithoutLog));
            await GoldenContents.CheckAsync(helios, GoldenState.Whole);
            await GoldenContents.ExtendAsync(helios);
        }

        await VerifyAsync(database, options);
        await using var again = await HeliosEngine.OpenAsync(database, options);
        await GoldenContents.CheckAsync(again, GoldenState.Extended);
    }

    [Fact]
    public async Task Backups_of_an_earlier_version_are_sound_and_each_restores_what_it_held()
    {
        var backups = Unpack("v1-backup");
        var report = await BackupStore.VerifyAsync(backups);
        Assert.Equal([(1L, true), (2L, true)], report.Backups.Select(b => (b.Id, b.IsSound)));
        foreach (var (id, state) in new[] { (1L, GoldenState.Half), (2L, GoldenState.Whole) })
        {
            var target = Path.Combine(_path, $"restored-{id}");
            await BackupStore.RestoreAsync(backups, target, id);
            await VerifyAsync(target, Golden.Options("v1-backup"));
            await using var helios = await HeliosEngine.OpenAsync(target, Golden.Options("v1-backup"));
            await GoldenContents.CheckAsync(helios, state);
        }

        // A later version goes on in the same directory.
        await using var source = await HeliosEngine.OpenAsync(Path.Combine(_path, "restored-2"), Golden.Options("v1-backup"));
        await GoldenContents.ExtendAsync(source);
        Assert.Equal(3, (await source.BackupAsync(backups)).Id);
        Assert.True((await BackupStore.VerifyAsync(backups)).IsSound);
    }

    [Fact]
    public async Task A_rotated_key_file_of_an_earlier_version_has_its_data_keys_and_is_closed_to_the_key_before()
    {
        var database = Unpack("v1-rotated");
        var keys = Path.Combine(database, KeyFileContent.FileName);
        Assert.Equal([(1u, KeyPurpose.IndexHash), (2u, KeyPurpose.Data), (3u, KeyPurpose.Data)],
            KeyFileContent.Decode(await File.ReadAllBytesAsync(keys), keys).Records.Select(r => (r.Id, r.Purpose)));
        Assert.Equal([2u], KeysOfRows(database));
        Assert.Equal([2u, 3u], KeysOfFrames(database));
        var error = await Assert.ThrowsAsync<HeliosException>(() => HeliosEngine.OpenAsync(database, Golden.Options("v1-rotated") with { Encryption = Golden.Key(1) }));
        Assert.Equal("key_mismatch", error.Code);
    }

    [Fact]
    public async Task A_key_file_of_an_earlier_version_opens_with_its_password_through_the_public_provider_and_with_no_other()
    {
        var database = Unpack("v1-password");
        var error = await Assert.ThrowsAsync<HeliosException>(() => HeliosEngine.OpenAsync(database, new HeliosOptions { Encryption = KeyProviders.FromPassword("correct house") }));
        Assert.Equal("key_mismatch", error.Code);
        await using var helios = await HeliosEngine.OpenAsync(database, new HeliosOptions { Encryption = KeyProviders.FromPassword("correct horse") });
        Assert.Equal((PasswordDerivation.Name, PasswordDerivation.MinIterations), (helios.Inspect().Encryption!.Kdf, helios.Inspect().Encryption!.KdfIterations));
    }

    [Fact]
    public void This_versions_golden_directories_are_kept()
    {
        foreach (var name in Golden.Names)
            Assert.True(Directory.Exists(Path.Combine(Golden.Root, name)), $"{name} is missing: write it with HELIOS_GOLDEN=<directory> (see CONTRIBUTING.md)");
    }

    /// <summary>Not a check: with HELIOS_GOLDEN set it writes the golden directories of this version there.</summary>
    [Fact]
    public async Task Golden_directories_can_be_written_anew()
    {
        var into = Environment.GetEnvironmentVariable("HELIOS_GOLDEN") ?? Path.Combine(_path, "golden");
        await Golden.WriteAsync(into);
        Assert.All(Golden.Names, name => Assert.True(Directory.Exists(Path.Combine(into, name)), name));
    }

    private static async Task VerifyAsync(string database, HeliosOptions options)
    {
        var report = await DatabaseVerifier.VerifyAsync(database, encryption: options.Encryption);
        Assert.True(report.IsSound, string.Join("\n", report.Checks.Where(c => !c.Passed).Select(c => $"{c.Name}: {c.Message}")));
    }

    /// <summary>The data keys of the rows in the store, read as they are stored.</summary>
    private static uint[] KeysOfRows(string database)
    {
        using var store = RocksStore.Open(Path.Combine(database, "store"), new StoreOptions(), create: false);
        using var rows = store.OpenVersions();
        var keys = new SortedSet<uint>();
        while (rows.MoveNext())
            keys.Add(BinaryPrimitives.ReadUInt32LittleEndian(rows.Value[1..]));
        return [.. keys];
    }

    /// <summary>The data keys of the log's frames, oldest first.</summary>
    private static uint[] KeysOfFrames(string database)
    {
        var keys = new List<uint>();
        foreach (var segment in Directory.GetFiles(Path.Combine(database, "log")).Order(StringComparer.Ordinal))
        {
            var bytes = File.ReadAllBytes(segment);
            for (var at = WalSegmentHeader.Size; at + WalFrame.HeaderSize <= bytes.Length && new WalFrame(bytes.AsSpan(at)) is { Magic: WalFormat.FrameMagic } frame; at += frame.Length)
                keys.Add(frame.KeyId);
        }

        return [.. keys.Distinct()];
    }

    private string Unpack(string name)
    {
        var target = Path.Combine(_path, name);
        Golden.Copy(Path.Combine(Golden.Root, name), target);
        return target;
    }
}
