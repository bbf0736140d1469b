using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Compatibility.Tests;

/// <summary>Databases that earlier versions wrote are opened, read, written and opened again.</summary>
public sealed class GoldenDirectoryTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("helios-golden-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    public static TheoryData<string> Versions
    {
        get
        {
            var versions = new TheoryData<string>();
            foreach (var directory in Directory.EnumerateDirectories(Golden.Root).Order(StringComparer.Ordinal))
                versions.Add(Path.GetFileName(directory));
            return versions;
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_database_of_an_earlier_version_opens_with_every_row_takes_more_and_opens_again(string version)
    {
        var database = Unpack(version);
        var options = Golden.Options(version.Contains("encrypted", StringComparison.Ordinal));
        await using (var helios = await HeliosEngine.OpenAsync(database, options))
        {
            await Golden.CheckAsync(helios);
            var table = helios.FindTable(Golden.TableName)!;
            await table.InsertAsync(Golden.MakeRow(table, Golden.Rows));
        }

        await using var again = await HeliosEngine.OpenAsync(database, options);
        Assert.Equal(Golden.Rows + 1, await again.FindTable(Golden.TableName)!.CountAsync());
    }

    [Theory]
    [InlineData("identity", 8)]
    [InlineData("log", 4)]
    public async Task A_newer_format_is_refused_and_no_byte_is_changed(string what, int versionOffset)
    {
        var database = Unpack("v1-unclean");
        var file = what == "identity" ? Path.Combine(database, "identity") : Directory.EnumerateFiles(Path.Combine(database, "log")).Order(StringComparer.Ordinal).ElementAt(1);
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[versionOffset] = 99;
        if (what == "log")
            FixChecksum(bytes);
        await File.WriteAllBytesAsync(file, bytes);
        var before = Digest(database);

        var error = await Assert.ThrowsAsync<HeliosException>(() => HeliosEngine.OpenAsync(database));
        Assert.Equal((HeliosErrorKind.Unavailable, "format_too_new"), (error.Kind, error.Code));
        Assert.Equal(before, Digest(database));
    }

    [Fact]
    public void This_versions_golden_directories_are_kept()
    {
        Assert.True(Directory.Exists(Path.Combine(Golden.Root, "v1-clean")), "write it with HELIOS_GOLDEN=<directory> (see CONTRIBUTING.md)");
        Assert.True(Directory.Exists(Path.Combine(Golden.Root, "v1-unclean")));
        Assert.True(Directory.Exists(Path.Combine(Golden.Root, "v1-encrypted-clean")));
        Assert.True(Directory.Exists(Path.Combine(Golden.Root, "v1-encrypted-unclean")));
    }

    /// <summary>Not a check: with HELIOS_GOLDEN set it writes the golden directories of this version there.</summary>
    [Fact]
    public async Task Golden_directories_can_be_written_anew()
    {
        var into = Environment.GetEnvironmentVariable("HELIOS_GOLDEN") ?? Path.Combine(_path, "golden");
        await Golden.WriteAsync(Path.Combine(into, "v1-clean"), Path.Combine(into, "v1-unclean"), encrypted: false);
        await Golden.WriteAsync(Path.Combine(into, "v1-encrypted-clean"), Path.Combine(into, "v1-encrypted-unclean"), encrypted: true);
        Assert.True(File.Exists(Path.Combine(into, "v1-unclean", "identity")));
    }

    private string Unpack(string version)
    {
        var target = Path.Combine(_path, version);
        Golden.Copy(Path.Combine(Golden.Root, version), target);
        return target;
    }

    /// <summary>A segment header of another version that is whole in itself.</summary>
    private static void FixChecksum(byte[] segment)
    {
        var covered = new byte[WalSegmentHeader.Size - 4];
        segment.AsSpan(0, 8).CopyTo(covered);
        segment.AsSpan(12, WalSegmentHeader.Size - 12).CopyTo(covered.AsSpan(8));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(segment.AsSpan(8), Crc32C.Compute(covered));
    }

    private static string Digest(string directory) =>
        string.Join("\n", Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Where(f => !Path.GetFileName(f).StartsWith("LOG", StringComparison.Ordinal) && Path.GetFileName(f) is not ("lock" or "LOCK"))
            .Order(StringComparer.Ordinal)
            .Select(f => $"{Path.GetRelativePath(directory, f)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}"));
}
