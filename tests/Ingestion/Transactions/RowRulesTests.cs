using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>What a table says of its rows holds for those of a transaction too.</summary>
public sealed class RowRulesTests
{
    [Fact]
    public async Task Rows_of_a_transaction_get_their_numbers_and_defaults_when_they_are_written()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var entries = await helios.TableAsync<Entry>();
        await using var transaction = await helios.BeginTransactionAsync();
        transaction.Insert(entries, new Entry(0, null, 5));
        transaction.Insert(entries, new Entry(0, "gift", 7));
        Assert.Equal(2, await transaction.UpdateWhereAsync(entries, static _ => true, static entry => entry with { Amount = entry.Amount + 1 }));
        Assert.Equal(new Entry(1, "none", 6), await transaction.FindAsync(entries, 1L));
        Assert.Equal(2, (await transaction.CommitAsync()).Rows);
        Assert.Equal((new Entry(1, "none", 6), new Entry(2, "gift", 8)), (await entries.FindAsync(1L), await entries.FindAsync(2L)));
    }

    [Fact]
    public async Task A_commit_that_breaks_a_check_is_refused_with_the_place_of_the_row_and_writes_nothing()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var entries = await helios.TableAsync<Entry>();
        await using var transaction = await helios.BeginTransactionAsync();
        transaction.Insert(entries, new Entry(1, "good", 1));
        transaction.Insert(entries, new Entry(2, "bad", -1));
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await transaction.CommitAsync());
        Assert.Equal(("check_violation", "entries", "positive", 1), (error.Code, error.Table, error.Constraint, error.Row));
        Assert.Equal((false, 0), (transaction.IsActive, await entries.CountAsync()));
    }

    [HeliosTable("entries"), Check("positive", "Amount > 0")]
    public sealed record Entry([property: Key, AutoIncrement] long Id, [property: Default("'none'")] string? Reason, long Amount);
}
