using System.Buffers.Binary;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What is remembered of producers and cannot be true, or is not what the log says.</summary>
public class ProducerVerifyTests : IAsyncLifetime
{
    private ClosedDatabase _database = null!;

    protected virtual IKeyProvider? Encryption => null;

    public async Task InitializeAsync() => _database = await ClosedDatabase.CreateAsync(Encryption);

    public Task DisposeAsync()
    {
        _database.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_lost_commit_of_a_producer_is_found() =>
        await FailsAsync(["log against store"], static (batch, key, _) => batch.DeleteMeta(key));

    [Fact]
    public async Task Another_answer_than_the_log_has_is_found() =>
        await FailsAsync(["log against store"], static (batch, key, value) =>
        {
            value[1 + 40]++; // rows changed
            batch.PutMeta(key, value);
        });

    [Fact]
    public async Task A_commit_that_the_store_cannot_have_yet_is_found() =>
        await FailsAsync(["producers", "log against store"], static (batch, key, value) =>
        {
            BinaryPrimitives.WriteUInt64LittleEndian(value.AsSpan(value.Length - 8), 1_000_000);
            batch.PutMeta(key, value);
        });

    [Fact]
    public async Task A_commit_under_the_key_of_another_is_found() =>
        await FailsAsync(["producers"], static (batch, key, value) =>
        {
            key[^1]++;
            batch.PutMeta(key, value);
        });

    private async Task FailsAsync(string[] checks, Action<StoreBatch, byte[], byte[]> edit)
    {
        _database.EditStore((store, batch) =>
        {
            using var commits = store.OpenMeta([KeySpace.Producer]);
            Assert.True(commits.MoveNext());
            edit(batch, commits.Key.ToArray(), commits.Value.ToArray());
        });
        var report = await _database.VerifyAsync();
        Assert.Equal(checks, report.Checks.Where(static check => !check.Passed).Select(static check => check.Name));
    }
}

/// <summary>All of it in an encrypted database.</summary>
public sealed class EncryptedProducerVerifyTests : ProducerVerifyTests
{
    protected override IKeyProvider? Encryption => DatabaseFiles.Key(1);
}
