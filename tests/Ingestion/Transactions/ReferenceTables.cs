using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>A table and one that refers to it, of their own in an engine that others use too.</summary>
internal sealed record ReferenceTables(HeliosEngine Engine, Table Parents, Table Children)
{
    private static int s_tables;

    public static async Task<ReferenceTables> OpenAsync(SharedEngine shared, Func<ForeignKey, ForeignKey> key)
    {
        var number = Interlocked.Increment(ref s_tables);
        var parents = await shared.Engine.TableAsync($"parents {number}", new TableSchema([new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text)], ["id"]));
        var children = await shared.Engine.TableAsync($"children {number}", new TableSchema(
            [new Column("id", ColumnType.Int8), new Column("parent", ColumnType.Int8) { Default = "0" }], ["id"], foreignKeys: [key(new ForeignKey("parent", ["parent"], parents.Name))]));
        return new ReferenceTables(shared.Engine, parents, children);
    }

    public ValueTask<Transaction> BeginAsync(IsolationLevel level = IsolationLevel.Snapshot) => Engine.BeginTransactionAsync(level);

    public Row Parent(long id, string name = "")
    {
        var row = Parents.NewRow();
        (row["id"], row["name"]) = (id, name);
        return row;
    }

    public Row Child(long id, long? parent)
    {
        var row = Children.NewRow();
        (row["id"], row["parent"]) = (id, parent);
        return row;
    }

    public async Task<string[]> ChildrenAsync(Transaction? transaction = null)
    {
        var found = new List<string>();
        await foreach (var row in transaction is null ? Children.ScanAsync() : transaction.ScanAsync(Children))
            found.Add($"{row["id"]}->{row["parent"]}");
        return [.. found];
    }

    public void Refuses(Action statement) => CheckRefusal(Assert.Throws<HeliosException>(statement));

    public async Task RefusesAsync(Func<Task> statement) => CheckRefusal(await Assert.ThrowsAsync<HeliosException>(statement));

    private void CheckRefusal(HeliosException error) =>
        Assert.Equal((HeliosErrorKind.Invalid, "foreign_key_violation", Children.Name, "parent", "parent"), (error.Kind, error.Code, error.Table, error.Constraint, error.Column));
}
