using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>A database in memory with accounts, and words for what transactions do with them.</summary>
internal sealed class TransactionFixture : IAsyncDisposable
{
    public static readonly TableSchema Accounts = new(
        [new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text), new Column("amount", ColumnType.Int8)],
        primaryKey: ["id"],
        unique: [new UniqueConstraint("name", "name")]);

    public static readonly TableSchema Notes = new([new Column("text", ColumnType.Text), new Column("amount", ColumnType.Int8)]);

    private static int s_tables;

    private readonly bool _owns;

    private TransactionFixture(HeliosEngine engine, Table table, Table notes, bool owns)
    {
        _owns = owns;
        Engine = engine;
        Table = table;
        NotesTable = notes;
    }

    public HeliosEngine Engine { get; }

    /// <summary>With a primary key and a unique name.</summary>
    public Table Table { get; }

    /// <summary>Without any key.</summary>
    public Table NotesTable { get; }

    public static async Task<TransactionFixture> OpenAsync(HeliosOptions? options = null)
    {
        var engine = await HeliosEngine.OpenInMemoryAsync(options);
        return new TransactionFixture(engine, await engine.TableAsync("accounts", Accounts), await engine.TableAsync("notes", Notes), owns: true);
    }

    /// <summary>Tables of its own in an engine that others use too.</summary>
    public static async Task<TransactionFixture> OpenAsync(SharedEngine shared)
    {
        var number = Interlocked.Increment(ref s_tables);
        return new TransactionFixture(shared.Engine, await shared.Engine.TableAsync($"accounts {number}", Accounts), await shared.Engine.TableAsync($"notes {number}", Notes), owns: false);
    }

    public Row Account(long id, long amount, string? name = null)
    {
        var row = Table.NewRow();
        (row["id"], row["name"], row["amount"]) = (id, name ?? $"name {id}", amount);
        return row;
    }

    public Row Note(string text, long amount)
    {
        var row = NotesTable.NewRow();
        (row["text"], row["amount"]) = (text, amount);
        return row;
    }

    public static Row With(Row row, string column, object value)
    {
        row[column] = value;
        return row;
    }

    public static Row Add(Row row, long amount) => With(row, "amount", row.Get<long>("amount") + amount);

    public async Task<long?> AmountAsync(Transaction transaction, long id) => (await transaction.FindAsync(Table, id))?.Get<long>("amount");

    public async Task<long?> AmountAsync(long id) => (await Table.FindAsync(id))?.Get<long>("amount");

    public async Task<long> SumAsync(Transaction transaction)
    {
        var sum = 0L;
        await foreach (var row in transaction.ScanAsync(Table))
            sum += row.Get<long>("amount");
        return sum;
    }

    public async Task<string[]> NotesAsync(Transaction? transaction = null)
    {
        var found = new List<string>();
        await foreach (var row in transaction is null ? NotesTable.ScanAsync() : transaction.ScanAsync(NotesTable))
            found.Add($"{row["text"]}={row["amount"]}");
        return [.. found];
    }

    public ValueTask<Transaction> BeginAsync(IsolationLevel level = IsolationLevel.Snapshot) => Engine.BeginTransactionAsync(level);

    public static async Task<HeliosException> ConflictAsync(Transaction transaction)
    {
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await transaction.CommitAsync());
        Assert.Equal((HeliosErrorKind.Conflict, "conflict", true), (error.Kind, error.Code, error.IsTransient));
        Assert.Contains("Nothing of the commit was written", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Table);
        return error;
    }

    public ValueTask DisposeAsync() => _owns ? Engine.DisposeAsync() : default;
}

/// <summary>One engine for all tests of a class: opening one for each would be most of their time.</summary>
public sealed class SharedEngine : IAsyncLifetime
{
    public HeliosEngine Engine { get; private set; } = null!;

    public async Task InitializeAsync() => Engine = await HeliosEngine.OpenInMemoryAsync();

    public async Task DisposeAsync() => await Engine.DisposeAsync();
}
