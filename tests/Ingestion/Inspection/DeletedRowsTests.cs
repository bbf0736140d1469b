using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Verifying a database from which row 7 was deleted, and its keys given to a new row.</summary>
public class DeletedRowsTests : IAsyncLifetime
{
    private ClosedDatabase _database = null!;
    private Lsn _inserted;
    private Lsn _deleted;

    protected virtual IKeyProvider? Encryption => null;

    public async Task InitializeAsync()
    {
        _database = await ClosedDatabase.CreateAsync(Encryption);
        await using var helios = await HeliosEngine.OpenAsync(_database.Path, _database.Options);
        var table = helios.FindTable(ClosedDatabase.TableName)!;
        _deleted = await DeleteAsync(helios, table);
        await table.InsertAsync(ClosedDatabase.Rows(table, 7, 1));
    }

    public Task DisposeAsync()
    {
        _database.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_deleted_row_and_its_reused_keys_are_sound()
    {
        var report = await _database.VerifyAsync();
        Assert.True(report.IsSound, DatabaseVerifierTests.Failures(report));
    }

    [Fact]
    public async Task A_collected_version_of_a_deleted_row_is_not_missed()
    {
        _database.EditStore((_, batch) => batch.RemoveVersion(ClosedDatabase.Things.Value, new RowId(7), _inserted));
        var report = await _database.VerifyAsync();
        Assert.True(report.IsSound, DatabaseVerifierTests.Failures(report));
    }

    [Fact]
    public async Task A_lost_deletion_is_found_by_count_by_keys_and_by_the_log()
    {
        _database.EditStore((_, batch) => batch.RemoveVersion(ClosedDatabase.Things.Value, new RowId(7), _deleted));
        var failed = (await _database.VerifyAsync()).Checks.Where(c => !c.Passed).Select(c => c.Name);
        Assert.Equal(["counters", "indexes", "log against store"], failed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(MissingRows.Limit)]
    public void Lost_rows_are_told_from_deleted_ones_however_few_are_looked_for_at_once(int limit)
    {
        _database.EditStore((store, batch) =>
        {
            foreach (var row in (ulong[])[6, 7, 8, 70])
                batch.RemoveVersion(ClosedDatabase.Things.Value, new RowId(row), row == 7 ? _inserted : ClosedDatabase.VersionOf(store, row));
        });
        using var directory = DatabaseDirectory.Open(PhysicalFiles.Instance, _database.Path, create: false);
        using var keys = _database.OpenKeys();
        using var store = RocksStore.Open(_database.StorePath, new StoreOptions(), create: false, keys: keys);
        var head = store.Applied()!.Value.Lsn;
        ILogReader Open(Lsn from) => new WalReader(PhysicalFiles.Instance, _database.LogPath, directory.Identity!.Id, from, keys?.Frames);
        var findings = new Findings("rows");
        using var comparison = new LogAgainstStore(findings, store, head, Open, head, limit);
        using var commits = new CommitsOf(Open(new Lsn(1)), head);
        comparison.Run(commits, CancellationToken.None);
        Assert.Equal(3, findings.Problems);
    }

    private async Task<Lsn> DeleteAsync(HeliosEngine helios, Table table)
    {
        var plan = table.Plan;
        object[] keys = [7L, "name 7"];
        using var session = helios.OpenSession();
        using var key = new ByteBuffer();
        var changes = session.Envelope.Changes;
        for (var i = 0; i < keys.Length; i++)
        {
            key.Truncate(0);
            Assert.True(KeyProbe.TryEncode(plan, i, [keys[i]], key));
            Assert.Equal(KeyLookup.Live, plan.Trees[i].Find(key.Written, Lsn.Max, out var holder));
            if (i == 0)
                changes.BeginDelete(ClosedDatabase.Things, plan.Definition.Partition, holder.Row, _inserted = holder.Lsn, keys.Length);
            changes.VacateKey(plan.Definition.Indexes[i].Id, key.Written);
        }

        changes.EndDelete();
        return (await session.CommitAsync()).Lsn;
    }
}

/// <summary>All of it in an encrypted database.</summary>
public sealed class EncryptedDeletedRowsTests : DeletedRowsTests
{
    protected override IKeyProvider? Encryption => DatabaseFiles.Key(1);
}
