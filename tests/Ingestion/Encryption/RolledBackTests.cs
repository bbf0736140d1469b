using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Somebody without the key puts stored values back to what stood under the same keys before: each of them verifies. What is noticed, and by what.</summary>
public sealed class RolledBackTests(RolledBackTests.Databases databases) : IClassFixture<RolledBackTests.Databases>
{
    /// <summary>Kinds; is the log of what came after still there; the checks of verify that fail; the code of the refused open, or null.</summary>
    public static TheoryData<byte[], bool, string[], string?> Outcomes => new()
    {
        { [KeySpace.Applied], true, ["rows", "indexes", "sources", "log against store"], null },
        { [KeySpace.Applied], false, ["log", "catalog", "rows", "indexes", "sources", "log against store"], "corrupt" },
        { [KeySpace.Counters], true, ["counters", "log against store"], null },
        { [KeySpace.Counters], false, ["counters"], null },
        { [KeySpace.SourcePosition], true, ["log against store"], null },
        { [KeySpace.SourcePosition], false, [], null },
        { [KeySpace.CleanClose], true, [], null },
        { [KeySpace.CleanClose], false, [], null },
        { [.. RolledBackStore.Kinds], true, ["rows", "counters", "indexes"], null },
        { [.. RolledBackStore.Kinds], false, ["log", "catalog", "rows", "counters", "indexes", "log against store"], "corrupt" },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Values_put_back_are_found_by_these_checks_and_refused_at_open_or_not(byte[] kinds, bool isLogKept, string[] checks, string? code)
    {
        using var database = databases.Copy(isLogKept);
        database.PutBack(kinds);
        await AssertNoticedAsync(database, checks, code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_found_where_nothing_was_put_back(bool isLogKept)
    {
        using var database = databases.Copy(isLogKept);
        Assert.Empty(await database.FailedChecksAsync());
    }

    [Fact]
    public async Task The_applied_state_alone_put_back_makes_the_open_count_rows_of_the_log_twice_which_verify_finds()
    {
        using var database = databases.Copy(isLogKept: true);
        database.PutBack([KeySpace.Applied]);
        await using (var helios = await database.OpenAsync())
        {
            Assert.Equal([1, 2, 3, 4, 5], await RolledBackStore.IdsAsync(helios, RolledBackStore.Plain));
            Assert.Equal(7, await RolledBackStore.CountAsync(helios, RolledBackStore.Plain));
        }

        Assert.Equal(["counters"], await database.FailedChecksAsync());
    }

    [Fact]
    public async Task Counters_put_back_give_row_ids_of_a_table_without_keys_away_again_and_verify_finds_it_only_before()
    {
        using var database = databases.Copy(isLogKept: true);
        database.PutBackCounters(RolledBackStore.PlainTable);
        Assert.Equal(["counters", "log against store"], await database.FailedChecksAsync());
        await using (var helios = await database.OpenAsync())
        {
            Assert.Equal(3, await RolledBackStore.CountAsync(helios, RolledBackStore.Plain));
            Assert.Equal([1, 2, 3, 4, 5], await RolledBackStore.IdsAsync(helios, RolledBackStore.Plain));
            await RolledBackStore.InsertAsync(helios, RolledBackStore.Plain, 6, 2);
            Assert.Equal([1, 2, 3, 6, 7], await RolledBackStore.IdsAsync(helios, RolledBackStore.Plain)); // 4 and 5 are hidden behind them
        }

        Assert.Empty(await database.FailedChecksAsync());
    }

    [Fact]
    public async Task A_position_put_back_makes_the_same_command_store_records_again()
    {
        using var database = databases.Copy(isLogKept: false);
        database.PutBack([KeySpace.SourcePosition]);
        await using var helios = await database.OpenAsync();
        Assert.Equal((70, 2), await RolledBackStore.IngestAsync(helios, records: 72));
        Assert.Equal([71, 71, 72, 72], (await RolledBackStore.IdsAsync(helios, RolledBackStore.Fed)).Skip(70));
    }

    [Fact]
    public async Task The_note_of_a_clean_close_put_back_costs_LSNs_and_nothing_else()
    {
        using var database = databases.Copy(isLogKept: true);
        database.PutBack([KeySpace.CleanClose]);
        await using var helios = await database.OpenAsync();
        var before = helios.Visible;
        Assert.False(helios.Inspect().Recovery.WasClean);
        await RolledBackStore.InsertAsync(helios, RolledBackStore.Plain, 6, 1);
        Assert.Equal(before.Next + (1 << 20), helios.Visible);
        Assert.Equal([1, 2, 3, 4, 5, 6], await RolledBackStore.IdsAsync(helios, RolledBackStore.Plain));
    }

    [Fact]
    public async Task All_values_of_one_moment_put_back_are_brought_forward_by_the_log_that_goes_on_from_there()
    {
        using var database = databases.Copy(isLogKept: true);
        database.PutBack(RolledBackStore.Kinds);
        await using (var helios = await database.OpenAsync())
        {
            Assert.Equal(5, await RolledBackStore.CountAsync(helios, RolledBackStore.Plain));
            Assert.Equal(1, await RolledBackStore.CountAsync(helios, RolledBackStore.Keyed));
            Assert.Equal((72, 0), await RolledBackStore.IngestAsync(helios, records: 72));
        }

        Assert.Empty(await database.FailedChecksAsync());
    }

    [Theory]
    [InlineData(true, false, new[] { "counters", "log against store" })]
    [InlineData(false, false, new[] { "counters" })]
    [InlineData(true, true, new[] { "log against store" })]
    [InlineData(false, true, new string[0])]
    public async Task A_deletion_taken_out_brings_the_row_back_which_its_count_and_the_log_tell(bool isLogKept, bool withCount, string[] checks)
    {
        using var database = databases.Copy(isLogKept);
        database.TakeOutDeletion(new RowId(1), withCount);
        Assert.Equal(checks, await database.FailedChecksAsync());
        await using var helios = await database.OpenAsync();
        Assert.Equal([1, 3], await RolledBackStore.IdsAsync(helios, RolledBackStore.Keyed));
    }

    /// <summary>As <see cref="Outcomes"/>, for all keys of a kind.</summary>
    public static TheoryData<byte, bool, string[], string?> OutcomesOfTakingOut => new()
    {
        { KeySpace.Applied, true, ["catalog", "keys", "rows", "indexes", "sources"], null },
        { KeySpace.Applied, false, ["log", "catalog", "keys", "rows", "indexes", "sources", "log against store"], "corrupt" },
        { KeySpace.Counters, true, ["counters", "log against store"], null },
        { KeySpace.Counters, false, ["counters", "log against store"], null }, // the log has the last of another table
        { KeySpace.Catalog, true, ["rows", "counters", "indexes", "sources", "log against store"], null },
        { KeySpace.Catalog, false, ["rows", "counters", "indexes", "sources", "log against store"], null },
        { KeySpace.SourcePosition, true, ["log against store"], null },
        { KeySpace.SourcePosition, false, [], null },
        { KeySpace.Vacated, true, [], null },
        { KeySpace.Vacated, false, [], null },
        { KeySpace.CleanClose, true, [], null },
        { KeySpace.CleanClose, false, [], null },
    };

    [Theory]
    [MemberData(nameof(OutcomesOfTakingOut))]
    public async Task Values_taken_out_are_found_by_these_checks_and_refused_at_open_or_not(byte kind, bool isLogKept, string[] checks, string? code)
    {
        using var database = databases.Copy(isLogKept);
        database.TakeOut(kind);
        await AssertNoticedAsync(database, checks, code);
    }

    [Theory]
    [InlineData(KeySpace.Catalog)]
    [InlineData(KeySpace.Vacated)]
    public async Task What_has_an_LSN_in_its_key_is_written_once_and_refused_under_a_newer_one(byte kind)
    {
        using var database = databases.Copy(isLogKept: true);
        Assert.NotEmpty(database.OlderOf(kind));
        Assert.All(database.OlderOf(kind), value => Assert.Equal(value.Value, database.Now(value.Key)));

        database.EditRaw((_, batch) =>
        {
            var (key, value) = database.OlderOf(kind)[0];
            key[^1]--; // inverted: a newer LSN
            batch.PutMeta(key, value);
        });
        Assert.Contains(kind == KeySpace.Catalog ? "catalog" : "indexes", await database.FailedChecksAsync());
        if (kind == KeySpace.Catalog)
            await DatabaseFiles.RefusedAsync("corrupt", database.Path, database.Options);
    }

    private static async Task AssertNoticedAsync(RolledBackStore database, string[] checks, string? code)
    {
        Assert.Equal(checks, await database.FailedChecksAsync());
        if (code is not null)
            await DatabaseFiles.RefusedAsync(code, database.Path, database.Options);
        else
            await (await database.OpenAsync()).DisposeAsync();
    }

    /// <summary>Made once: each test changes a copy.</summary>
    public sealed class Databases : IAsyncLifetime
    {
        private RolledBackStore? _withLog;
        private RolledBackStore? _trimmed;

        public async Task InitializeAsync()
        {
            _withLog = await RolledBackStore.CreateAsync();
            _trimmed = _withLog.Copy();
            await _trimmed.TrimLogAsync();
        }

        internal RolledBackStore Copy(bool isLogKept) => (isLogKept ? _withLog! : _trimmed!).Copy();

        public Task DisposeAsync()
        {
            _withLog?.Dispose();
            _trimmed?.Dispose();
            return Task.CompletedTask;
        }
    }
}
