using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Verifying a database from which row 7 was deleted, and its keys given to a new row.</summary>
public sealed class DeletedRowsTests : IAsyncLifetime
{
    private ClosedDatabase _database = null!;
    private Lsn _inserted;
    private Lsn _deleted;

    public async Task InitializeAsync()
    {
        _database = await ClosedDatabase.CreateAsync();
        await using var helios = await HeliosEngine.OpenAsync(_database.Path);
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
