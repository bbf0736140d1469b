using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Concurrency;

/// <summary>The real table, as the callers of one history meet it: each history has keys and names of its own, so that one database serves all.</summary>
internal class SharedTable(Table table)
{
    private static int s_histories;

    private readonly int _history = Interlocked.Increment(ref s_histories);

    public static TableSchema Schema { get; } = new(
        [new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text), new Column("value", ColumnType.Int8)],
        primaryKey: ["id"],
        unique: [new UniqueConstraint("name", "name")]);

    protected HeliosEngine Engine => table.Engine;

    protected Table Table => table;

    /// <summary>What the caller is told.</summary>
    public async Task<string> CallAsync(TableAction action)
    {
        try
        {
            return await AnswerAsync(action);
        }
        catch (HeliosException error) when (error.Code == TableAction.Duplicate)
        {
            return TableAction.Duplicate;
        }
    }

    /// <summary>Ends what a double of this has left open.</summary>
    public virtual Task EndAsync() => Task.CompletedTask;

    protected virtual async Task<string> AnswerAsync(TableAction action) => action.Kind switch
    {
        ActionKind.Find => Text(await table.FindAsync(Id(action.Key))),
        ActionKind.FindByName => Text(await table.FindByAsync("name", Name(action.Name))),
        ActionKind.ReadAll => await ReadAllAsync(),
        ActionKind.Insert => Rows(await table.InsertAsync(RowOf(action))),
        ActionKind.Delete => Rows(await table.DeleteAsync(Id(action.Key))),
        ActionKind.Update => Rows(await table.UpdateAsync(RowOf(action))),
        ActionKind.Upsert => Rows(await table.UpsertAsync(RowOf(action))),
        ActionKind.InsertIfAbsent => Rows(await table.InsertIfAbsentAsync(RowOf(action))),
        _ => await ReplaceAsync(action),
    };

    protected object Id(int key) => ((long)_history * TableAction.Keys) + key;

    protected static string Text(Row? row)
    {
        if (row is null)
            return TableState.Text(null);
        var name = row.Get<string>("name")!;
        return TableState.Text((int.Parse(name.AsSpan(name.LastIndexOf(' ')), CultureInfo.InvariantCulture), (int)row.Get<long>("value")));
    }

    private string Name(int name) => string.Create(CultureInfo.InvariantCulture, $"name {_history} {name}");

    private Row RowOf(TableAction action)
    {
        var row = table.NewRow();
        (row["id"], row["name"], row["value"]) = (Id(action.Key), Name(action.Name), (long)action.Value);
        return row;
    }

    private static string Rows(CommitReceipt receipt) => receipt.Rows.ToString(CultureInfo.InvariantCulture);

    private async Task<string> ReplaceAsync(TableAction action)
    {
        using var session = Engine.OpenSession();
        session.Delete(table, Id(action.NextKey));
        session.Upsert(table, RowOf(action));
        return Rows(await session.CommitAsync());
    }

    private async Task<string> ReadAllAsync()
    {
        await using var transaction = await Engine.BeginTransactionAsync();
        var rows = new List<string>();
        for (var key = 0; key < TableAction.Keys; key++)
            rows.Add(Text(await transaction.FindAsync(table, Id(key))));
        return string.Join(' ', rows);
    }
}
