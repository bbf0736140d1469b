using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Each test plants one damage in a closed database, and says exactly which checks must find it.</summary>
public class DatabaseVerifierTests : IAsyncLifetime
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
    public async Task A_sound_database_passes_every_check_and_each_check_has_looked_at_something()
    {
        var told = new List<VerifyCheck>();
        var report = await DatabaseVerifier.VerifyAsync(_database.Path, told.Add, Encryption);
        Assert.True(report.IsSound, Failures(report));
        Assert.Equal(IntegrityRun.Names, report.Checks.Select(c => c.Name));
        Assert.All(report.Checks, check => Assert.True(check.Items > 0, check.Name));
        Assert.Equal(report.Checks, told);
    }

    [Fact]
    public async Task Verifying_changes_no_byte_of_the_log_and_the_database_opens_as_before()
    {
        var before = _database.LogContents();
        await _database.VerifyAsync();
        Assert.Equal(before, _database.LogContents());
        await using var helios = await HeliosEngine.OpenAsync(_database.Path, _database.Options);
        Assert.True(helios.Inspect().Recovery.WasClean);
        Assert.Equal(100, await helios.FindTable(ClosedDatabase.TableName)!.CountAsync());
    }

    [Fact]
    public async Task A_flipped_byte_in_a_log_segment_is_found()
    {
        ClosedDatabase.FlipByte(_database.Segments[1], WalSegmentHeader.Size + WalFrame.HeaderSize + 20);
        var report = await _database.VerifyAsync();
        AssertFailed(report, "log", "log against store");
        Assert.Contains(_database.Segments[1], Message(report, "log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flipped_byte_in_the_last_frame_of_the_log_is_found()
    {
        var newest = _database.Segments[^1];
        var end = Array.FindLastIndex(await File.ReadAllBytesAsync(newest), b => b != 0);
        ClosedDatabase.FlipByte(newest, end);
        AssertFailed(await _database.VerifyAsync(), "log", "log against store");
    }

    [Fact]
    public async Task A_flipped_byte_in_a_file_of_the_store_is_found()
    {
        var files = Directory.GetFiles(_database.StorePath, "*.sst").Order(StringComparer.Ordinal).ToArray();
        ClosedDatabase.FlipByte(files[^1], 20);
        var report = await _database.VerifyAsync();
        Assert.False(report.IsSound);
        Assert.False(report.Checks.Single(c => c.Name == "store files").Passed);
        Assert.Equal(IntegrityRun.Names, report.Checks.Select(c => c.Name));
    }

    [Fact]
    public async Task A_file_of_the_store_that_is_gone_is_found()
    {
        File.Delete(Directory.GetFiles(_database.StorePath, "*.sst")[0]);
        var report = await _database.VerifyAsync();
        Assert.False(report.Checks.Single(c => c.Name == "store files").Passed);
        Assert.True(report.Checks.Single(c => c.Name == "log").Passed, Failures(report));
    }

    [Fact]
    public async Task A_version_deleted_from_the_store_is_found()
    {
        _database.EditStore((store, batch) => batch.RemoveVersion(ClosedDatabase.Things.Value, new RowId(7), ClosedDatabase.VersionOf(store, 7)));
        var report = await _database.VerifyAsync();
        AssertFailed(report, "counters", "log against store");
        Assert.Contains("row 7 of table 16", Message(report, "log against store"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_deleted_together_with_its_count_is_found_by_the_log()
    {
        _database.EditStore((store, batch) =>
        {
            batch.RemoveVersion(ClosedDatabase.Things.Value, new RowId(7), ClosedDatabase.VersionOf(store, 7));
            batch.PutCounters(ClosedDatabase.Things, new TableCounters(99, new RowId(100)));
        });
        AssertFailed(await _database.VerifyAsync(), "log against store");
    }

    [Fact]
    public async Task A_row_with_other_bytes_than_the_log_has_is_found()
    {
        _database.EditStore((store, batch) =>
        {
            using var bytes = new ByteBuffer();
            var lsn = ClosedDatabase.VersionOf(store, 7, bytes);
            bytes.Written.Replace((byte)'7', (byte)'!'); // "name 7"
            batch.PutRow(ClosedDatabase.Things.Value, new RowId(7), lsn, bytes.Written);
        });
        AssertFailed(await _database.VerifyAsync(), "log against store");
    }

    [Fact]
    public async Task A_row_of_a_partition_that_no_table_has_is_found()
    {
        _database.EditStore((_, batch) => batch.PutRow(4711, new RowId(1), new Lsn(1), [1, 2, 3]));
        AssertFailed(await _database.VerifyAsync(), "rows");
    }

    [Fact]
    public async Task A_vacated_key_of_an_index_that_no_table_has_is_found()
    {
        _database.EditStore((_, batch) => batch.PutVacated(0xABCD, [1, 2, 3], new Lsn(1), new RowId(1)));
        AssertFailed(await _database.VerifyAsync(), "indexes");
    }

    [Fact]
    public async Task Counters_of_an_unknown_table_are_found()
    {
        _database.EditStore((_, batch) => batch.PutCounters(new TableId(4711), new TableCounters(1, new RowId(1))));
        AssertFailed(await _database.VerifyAsync(), "counters");
    }

    [Fact]
    public async Task A_key_of_an_unknown_kind_is_found()
    {
        _database.EditStore((_, batch) => batch.PutMeta([0xFE, 1], [2]));
        AssertFailed(await _database.VerifyAsync(), "keys");
    }

    [Fact]
    public async Task A_wrong_row_count_is_found()
    {
        _database.EditStore((_, batch) => batch.PutCounters(ClosedDatabase.Things, new TableCounters(101, new RowId(100))));
        var report = await _database.VerifyAsync();
        AssertFailed(report, "counters");
        Assert.Contains("101 rows are counted, 100 are there", Message(report, "counters"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_id_counter_behind_the_rows_is_found()
    {
        _database.EditStore((_, batch) => batch.PutCounters(ClosedDatabase.Things, new TableCounters(100, new RowId(99))));
        AssertFailed(await _database.VerifyAsync(), "counters", "log against store");
    }

    [Fact]
    public async Task An_applied_lsn_ahead_of_the_log_is_found()
    {
        _database.EditStore((store, batch) =>
        {
            var applied = store.Applied()!.Value;
            batch.PutApplied(applied with { Lsn = applied.Lsn + 5 });
        });
        var report = await _database.VerifyAsync();
        AssertFailed(report, "log", "log against store");
        Assert.Contains("ahead of the log", Message(report, "log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_after_the_applied_lsn_are_found()
    {
        _database.EditStore((store, batch) =>
        {
            using var bytes = new ByteBuffer();
            ClosedDatabase.VersionOf(store, 7, bytes);
            batch.PutRow(ClosedDatabase.Things.Value, new RowId(7), store.Applied()!.Value.Lsn.Next, bytes.Written);
        });
        AssertFailed(await _database.VerifyAsync(), "rows");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_missing_segment_is_found(int segment)
    {
        var name = _database.Segments[segment];
        File.Delete(name);
        var report = await _database.VerifyAsync();
        AssertFailed(report, "log", "log against store");
        Assert.Contains("Log segment", Message(report, "log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_log_is_found()
    {
        Directory.Delete(_database.LogPath, recursive: true);
        AssertFailed(await _database.VerifyAsync(), "log", "log against store");
        Assert.False(Directory.Exists(_database.LogPath));
    }

    [Fact]
    public async Task A_missing_store_is_found_and_not_made_anew()
    {
        Directory.Delete(_database.StorePath, recursive: true);
        var report = await _database.VerifyAsync();
        Assert.Equal(["identity", "log"], report.Checks.Where(c => c.Passed).Select(c => c.Name));
        Assert.False(Directory.Exists(_database.StorePath));
    }

    [Fact]
    public async Task Two_live_rows_with_one_key_are_found()
    {
        _database.EditStore((store, batch) =>
        {
            using var bytes = new ByteBuffer();
            var lsn = ClosedDatabase.VersionOf(store, 7, bytes);
            batch.PutRow(ClosedDatabase.Things.Value, new RowId(101), lsn, bytes.Written);
            batch.PutCounters(ClosedDatabase.Things, new TableCounters(101, new RowId(101)));
        });
        var report = await _database.VerifyAsync();
        AssertFailed(report, "indexes");
        Assert.Contains("rows 7 and 101 share a key", Message(report, "indexes"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_comes_back_after_its_deletion_is_found()
    {
        _database.EditStore((store, batch) =>
        {
            Assert.True(ClosedDatabase.VersionOf(store, 61) > new Lsn(2));
            batch.DeleteRow(ClosedDatabase.Things.Value, new RowId(61), new Lsn(2));
        });
        AssertFailed(await _database.VerifyAsync(), "rows");
    }

    [Fact]
    public async Task A_row_that_does_not_decode_is_found()
    {
        _database.EditStore((store, batch) => batch.PutRow(ClosedDatabase.Things.Value, new RowId(7), ClosedDatabase.VersionOf(store, 7), [0xc1, 2, 3]));
        AssertFailed(await _database.VerifyAsync(), "rows", "log against store");
    }

    [Fact]
    public async Task A_row_of_a_schema_version_that_the_catalog_does_not_have_is_found()
    {
        _database.EditStore((store, batch) =>
        {
            using var bytes = new ByteBuffer();
            var lsn = ClosedDatabase.VersionOf(store, 7, bytes);
            bytes.Written[1] = 2; // the first element of the row's array
            batch.PutRow(ClosedDatabase.Things.Value, new RowId(7), lsn, bytes.Written);
        });
        var report = await _database.VerifyAsync();
        AssertFailed(report, "rows", "log against store");
        Assert.Contains("schema version 2", Message(report, "rows"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_source_position_is_found()
    {
        _database.EditStore((store, batch) =>
        {
            using var positions = store.OpenMeta([KeySpace.SourcePosition]);
            Assert.True(positions.MoveNext());
            batch.DeleteMeta(positions.Key);
        });
        AssertFailed(await _database.VerifyAsync(), "log against store");
    }

    [Fact]
    public async Task A_source_position_of_an_unknown_table_is_found()
    {
        _database.EditStore((store, batch) =>
        {
            using var positions = store.OpenMeta([KeySpace.SourcePosition]);
            Assert.True(positions.MoveNext());
            var key = positions.Key.ToArray();
            key[2] = 0x77;
            batch.PutMeta(key, positions.Value);
        });
        AssertFailed(await _database.VerifyAsync(), "sources");
    }

    [Fact]
    public async Task A_lost_table_definition_is_found()
    {
        _database.EditStore((store, batch) =>
        {
            using var definitions = store.OpenMeta([KeySpace.Catalog]);
            Assert.True(definitions.MoveNext());
            batch.DeleteMeta(definitions.Key);
        });
        AssertFailed(await _database.VerifyAsync(), "rows", "counters", "log against store");
    }

    [Fact]
    public async Task A_damaged_table_definition_is_found()
    {
        _database.EditStore((store, batch) =>
        {
            using var definitions = store.OpenMeta([KeySpace.Catalog]);
            Assert.True(definitions.MoveNext());
            batch.PutMeta(definitions.Key, definitions.Value[..^3]);
        });
        AssertFailed(await _database.VerifyAsync(), "catalog", "rows", "counters", "log against store");
    }

    [Fact]
    public async Task A_damaged_identity_is_found_and_nothing_else_is_believed()
    {
        ClosedDatabase.FlipByte(Path.Combine(_database.Path, DatabaseIdentity.FileName), 20);
        var report = await _database.VerifyAsync();
        Assert.All(report.Checks, check => Assert.False(check.Passed, check.Name));
        Assert.Equal(IntegrityRun.Names, report.Checks.Select(c => c.Name));
    }

    [Fact]
    public async Task Many_problems_are_counted_and_the_first_named()
    {
        _database.EditStore((_, batch) =>
        {
            for (var row = 1UL; row <= 10_000; row++)
                batch.PutRow(4711, new RowId(row), new Lsn(1), [1]);
        });
        Assert.Contains("and 9997 more", Message(await _database.VerifyAsync(), "rows"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_open_is_refused_as_busy_and_one_that_is_not_there_as_missing()
    {
        await using (await HeliosEngine.OpenAsync(_database.Path, _database.Options))
            Assert.Equal(HeliosErrorKind.Busy, (await Assert.ThrowsAsync<HeliosException>(_database.VerifyAsync)).Kind);
        var nowhere = Path.Combine(_database.Path, "nowhere");
        var error = await Assert.ThrowsAsync<HeliosException>(() => DatabaseVerifier.VerifyAsync(nowhere));
        Assert.Equal("no_database", error.Code);
        Assert.False(Directory.Exists(nowhere));
    }

    [Fact]
    public async Task Verifying_can_be_given_up_and_lets_the_database_go()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DatabaseVerifier.VerifyAsync(_database.Path, _ => stop.Cancel(), Encryption, stop.Token));
        await using var helios = await HeliosEngine.OpenAsync(_database.Path, _database.Options);
        Assert.Equal(EngineState.Running, helios.State);
    }

    internal static string Failures(VerifyReport report) =>
        string.Join(Environment.NewLine, report.Checks.Where(c => !c.Passed).Select(c => $"{c.Name}: {c.Message}"));

    private static string Message(VerifyReport report, string check) => report.Checks.Single(c => c.Name == check).Message;

    private static void AssertFailed(VerifyReport report, params string[] checks)
    {
        var failed = report.Checks.Where(c => !c.Passed).Select(c => c.Name);
        Assert.True(checks.SequenceEqual(failed), $"expected {string.Join(", ", checks)}; found:{Environment.NewLine}{Failures(report)}");
    }
}

/// <summary>All of it in an encrypted database.</summary>
public sealed class EncryptedVerifierTests : DatabaseVerifierTests
{
    protected override IKeyProvider? Encryption => DatabaseFiles.Key(1);
}
