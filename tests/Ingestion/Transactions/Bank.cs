using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>A database of two accounts with 100 each, and of a journal without a key.</summary>
internal sealed class Bank : IAsyncDisposable
{
    private Bank(HeliosEngine engine, Table accounts, Table journal)
    {
        Engine = engine;
        Accounts = accounts;
        Journal = journal;
    }

    public HeliosEngine Engine { get; }

    public Table Accounts { get; }

    public Table Journal { get; }

    public static async Task<Bank> OpenAsync(HeliosOptions? options = null)
    {
        var engine = await HeliosEngine.OpenInMemoryAsync(options);
        var accounts = await engine.TableAsync("accounts", new TableSchema(
            [new Column("id", ColumnType.Int8), new Column("balance", ColumnType.Int8), new Column("owner", ColumnType.Text)], ["id"], [new UniqueConstraint("owner", "owner")]));
        var journal = await engine.TableAsync("journal", new TableSchema([new Column("text", ColumnType.Text), new Column("amount", ColumnType.Int8)]));
        var bank = new Bank(engine, accounts, journal);
        await accounts.InsertAsync([bank.Account(1, 100), bank.Account(2, 100)]);
        return bank;
    }

    public Row Account(long id, long balance, string? owner = null)
    {
        var row = Accounts.NewRow();
        (row["id"], row["balance"], row["owner"]) = (id, balance, owner);
        return row;
    }

    public Row Entry(string text, long amount)
    {
        var row = Journal.NewRow();
        (row["text"], row["amount"]) = (text, amount);
        return row;
    }

    public async Task<long> BalanceAsync(Transaction transaction, long id) => (long)(await transaction.FindAsync(Accounts, id))!["balance"]!;

    public async Task<long> BalanceAsync(long id) => (long)(await Accounts.FindAsync(id))!["balance"]!;

    public Task TransferAsync(long from, long to, long amount) => Engine.TransactAsync(async (transaction, _) =>
    {
        transaction.Update(Accounts, Account(from, await BalanceAsync(transaction, from) - amount));
        transaction.Update(Accounts, Account(to, await BalanceAsync(transaction, to) + amount));
    });

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
