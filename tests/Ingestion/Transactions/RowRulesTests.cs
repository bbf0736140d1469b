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
    public async Task A_row_that_breaks_a_check_is_refused_at_once_and_the_transaction_goes_on()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var entries = await helios.TableAsync<Entry>();
        await using var transaction = await helios.BeginTransactionAsync();
        transaction.Insert(entries, new Entry(1, "good", 1));
        var error = Assert.Throws<HeliosException>(() => transaction.Insert(entries, new Entry(2, "bad", -1)));
        Assert.Equal(("check_violation", "entries", "positive"), (error.Code, error.Table, error.Constraint));
        error = await Assert.ThrowsAsync<HeliosException>(async () => await transaction.UpdateWhereAsync(entries, static _ => true, static entry => entry with { Amount = 0 }));
        Assert.Equal("check_violation", error.Code);
        Assert.Equal(1, (await transaction.CommitAsync()).Rows);
        Assert.Equal(1, (await entries.FindAsync(1L))!.Amount);
    }

    [HeliosTable("entries"), Check("positive", "Amount > 0")]
    public sealed record Entry([property: Key, AutoIncrement] long Id, [property: Default("'none'")] string? Reason, long Amount);
}
