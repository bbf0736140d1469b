using System.Buffers.Binary;
using System.Security.Cryptography;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance.Tests;

public sealed class BackupDamageTests : IDisposable
{
    private readonly BackupFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_flipped_byte_in_any_file_is_named_and_that_backup_is_not_restored()
    {
        await _fixture.MakeOneAsync();
        foreach (var content in _fixture.Contents)
        {
            var length = new FileInfo(content).Length;
            foreach (var offset in new[] { 0, length / 2, length - 1 }.Distinct().Where(o => o >= 0 && o < length))
            {
                BackupFixture.FlipByte(content, offset);
                var report = await BackupStore.VerifyAsync(_fixture.Backups);
                Assert.All(report.Backups.SelectMany(b => b.Problems), problem => Assert.Contains(content, problem));
                Assert.NotEmpty(report.Backups[0].Problems);
                var error = Assert.Throws<HeliosException>(() => _fixture.Restore("restored"));
                Assert.Equal((HeliosErrorKind.Corrupt, "backup_damaged"), (error.Kind, error.Code));
                Assert.Contains(content, error.Message);
                Assert.False(Directory.Exists(_fixture.In("restored")));
                BackupFixture.FlipByte(content, offset);
            }
        }

        Assert.True((await BackupStore.VerifyAsync(_fixture.Backups)).IsSound);
        await _fixture.RestoredAsync("restored");
    }

    [Fact]
    public async Task A_missing_or_shorter_file_is_named_and_its_backup_is_not_listed()
    {
        await _fixture.MakeOneAsync();
        foreach (var content in _fixture.Contents)
        {
            var bytes = await File.ReadAllBytesAsync(content);
            foreach (var damage in new Action[] { () => File.Delete(content), () => File.WriteAllBytes(content, [.. bytes.SkipLast(1), .. bytes.Length == 0 ? [1] : Array.Empty<byte>()]) })
            {
                damage();
                Assert.Empty(BackupStore.List(_fixture.Backups));
                Assert.Contains(content, Assert.Single((await BackupStore.VerifyAsync(_fixture.Backups)).Backups[0].Problems.Distinct()));
                var error = Assert.Throws<HeliosException>(() => _fixture.Restore("restored"));
                Assert.Equal("backup_damaged", error.Code);
                Assert.Contains(content, error.Message);
                Assert.False(Directory.Exists(_fixture.In("restored.restoring")));
            }

            await File.WriteAllBytesAsync(content, bytes);
        }

        Assert.Single(BackupStore.List(_fixture.Backups));
    }

    [Fact]
    public async Task A_flipped_byte_anywhere_in_a_manifest_is_told_and_the_other_backups_stay_good()
    {
        await _fixture.MakeOneAsync();
        await _fixture.MakeOneAgainAsync();
        var manifest = _fixture.Manifest(2);
        var length = new FileInfo(manifest).Length;
        for (var offset = 0; offset < length; offset++)
        {
            BackupFixture.FlipByte(manifest, offset);
            try
            {
                Assert.Equal([1L], BackupStore.List(_fixture.Backups).Select(b => b.Id));
                var report = await BackupStore.VerifyAsync(_fixture.Backups);
                Assert.Equal((true, false), (report.Backups[0].IsSound, report.Backups[1].IsSound));
                Assert.Contains(manifest, Assert.Single(report.Backups[1].Problems));
                Assert.Equal("backup_damaged", Assert.Throws<HeliosException>(() => _fixture.Restore("restored")).Code);
            }
            catch (HeliosException error) when (error.Code == "format_too_new")
            {
                Assert.InRange(offset, 8, 11); // the version itself
            }

            BackupFixture.FlipByte(manifest, offset);
        }

        BackupFixture.FlipByte(manifest, length / 2);
        await _fixture.RestoredAsync("restored", 1);
    }

    [Fact]
    public async Task Beside_a_damaged_manifest_nothing_is_removed_and_the_next_backup_is_good()
    {
        await _fixture.MakeOneAsync();
        var before = _fixture.Contents;
        BackupFixture.FlipByte(_fixture.Manifest(1), 40);
        await using var engine = await _fixture.OpenAsync();
        Assert.Equal(2, (await engine.BackupAsync(_fixture.Backups)).Id);
        Assert.Empty(before.Except(_fixture.Contents));
        Assert.Equal([2L], BackupStore.List(_fixture.Backups).Select(b => b.Id));
        BackupFixture.FlipByte(_fixture.Manifest(1), 40);
        Assert.True((await BackupStore.VerifyAsync(_fixture.Backups)).IsSound);
    }

    [Fact]
    public async Task A_manifest_under_another_number_is_damage()
    {
        await _fixture.MakeOneAsync();
        File.Copy(_fixture.Manifest(1), _fixture.Manifest(5));
        var report = await BackupStore.VerifyAsync(_fixture.Backups);
        Assert.Equal([(1L, true), (5L, false)], report.Backups.Select(b => (b.Id, b.IsSound)));
    }

    [Fact]
    public async Task A_manifest_of_a_newer_version_is_refused_and_no_byte_is_changed()
    {
        await _fixture.MakeOneAsync();
        var bytes = await File.ReadAllBytesAsync(_fixture.Manifest(1));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), BackupManifest.Format + 1);
        await File.WriteAllBytesAsync(_fixture.Manifest(1), bytes);
        var before = Digest();
        await using var engine = await _fixture.OpenAsync();
        var error = await Assert.ThrowsAsync<HeliosException>(() => engine.BackupAsync(_fixture.Backups));
        Assert.Equal((HeliosErrorKind.Unavailable, "format_too_new"), (error.Kind, error.Code));
        Assert.Equal("format_too_new", Assert.Throws<HeliosException>(() => _fixture.Restore("restored")).Code);
        Assert.Equal("format_too_new", Assert.Throws<HeliosException>(() => BackupStore.List(_fixture.Backups)).Code);
        Assert.Equal("format_too_new", (await Assert.ThrowsAsync<HeliosException>(() => BackupStore.VerifyAsync(_fixture.Backups))).Code);
        Assert.Equal(before, Digest());
        Assert.False(Directory.Exists(_fixture.In("restored")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_file_is_copied_anew_only_where_the_backup_reads_what_it_uses_again(bool verifyReused)
    {
        await _fixture.MakeOneAsync();
        var shared = _fixture.ReadManifest(1).Files.First(f => f.IsImmutable);
        var content = new BackupDirectory(Storage.PhysicalFiles.Instance, _fixture.Backups).ContentPath(shared.Hash);
        BackupFixture.FlipByte(content, shared.Length / 2);
        await using (var engine = await _fixture.OpenAsync())
            await engine.BackupAsync(_fixture.Backups, new BackupOptions { VerifyReused = verifyReused });
        Assert.Contains(shared, _fixture.ReadManifest(2).Files);
        Assert.Equal(verifyReused, (await BackupStore.VerifyAsync(_fixture.Backups)).IsSound);
    }

    private string Digest() => string.Join("\n", Directory.GetFiles(_fixture.Backups, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock")
        .Order(StringComparer.Ordinal).Select(f => $"{f} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}"));
}
