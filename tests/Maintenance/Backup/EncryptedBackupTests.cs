using System.Security.Cryptography;
using System.Text;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance.Tests;

public sealed class EncryptedBackupTests : IDisposable
{
    private readonly BackupFixture _fixture = new();
    private readonly IKeyProvider _key = KeyProviders.FromBytes(RandomNumberGenerator.GetBytes(32));

    public void Dispose()
    {
        _key.Dispose();
        _fixture.Dispose();
    }

    [Fact]
    public async Task A_backup_of_an_encrypted_database_opens_with_its_key_only_and_shows_nothing()
    {
        var source = _fixture.In("secret");
        string described;
        await using (var engine = await HeliosEngine.OpenAsync(source, new HeliosOptions { Encryption = _key }))
        {
            await BackupFixture.FillAsync(engine, 0, 500);
            described = await BackupFixture.DescribeAsync(engine);
            await engine.BackupAsync(_fixture.Backups);
            await BackupFixture.FillAsync(engine, 500, 100);
        }

        _fixture.Restore("restored");

        var refused = await Assert.ThrowsAsync<HeliosException>(() => HeliosEngine.OpenAsync(_fixture.In("restored")));
        Assert.Equal("key_unavailable", refused.Code);
        await using (var restored = await HeliosEngine.OpenAsync(_fixture.In("restored"), new HeliosOptions { Encryption = _key }))
        {
            Assert.Equal(described, await BackupFixture.DescribeAsync(restored));
            await BackupFixture.FillAsync(restored, 500, 100); // goes on, under a data key of its own
        }

        var name = Encoding.UTF8.GetBytes(BackupFixture.Table);
        foreach (var file in Directory.EnumerateFiles(_fixture.Backups, "*", SearchOption.AllDirectories))
            Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(name) < 0, $"{file} names the table");
    }
}
