using System.Globalization;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Constraints;

/// <summary>Whichever way a row comes in, the same rules hold, under the same codes, and a refused row leaves nothing.</summary>
public sealed class EveryWayInTests
{
    private static readonly Content s_good = new("good", 1, 1);

    /// <summary>Each breaks one rule of the table.</summary>
    private static readonly (string Code, Content Content)[] s_bad =
    [
        ("not_null", s_good with { Name = null }), ("too_long", s_good with { Name = "too long" }), ("check_violation", s_good with { Fare = -1 }),
        ("expression_failed", s_good with { Fare = 0 }), ("foreign_key_violation", s_good with { Parent = 9 }), ("duplicate_key", s_good with { Name = "two" }),
    ];

    /// <summary>Writes a row: a new one under the id, or that content for row 1; tells the code of the refusal, or null.</summary>
    private delegate Task<string?> Way(Database database, long id, Content content);

    private static readonly Dictionary<string, Way> s_ways = new()
    {
        ["insert"] = (d, id, c) => CodeAsync(async () => await d.Table.InsertAsync(d.Row(id, c))),
        ["insert of many"] = (d, id, c) => CodeAsync(async () => await d.Table.InsertAsync([d.Row(-id, new Content($"{id}", 1, 1)), d.Row(id, c)])),
        ["insert that leaves rows out"] = async (d, id, c) => (await d.Table.InsertAsync([d.Row(id, c)], OnReject.RejectRow)).Rejected.SingleOrDefault()?.Code,
        ["upsert of a new row"] = (d, id, c) => CodeAsync(async () => await d.Table.UpsertAsync(d.Row(id, c))),
        ["upsert of a stored row"] = (d, _, c) => CodeAsync(async () => await d.Table.UpsertAsync(d.Row(1, c))),
        ["merge"] = (d, _, c) => CodeAsync(async () => await d.Table.UpsertAsync(d.Row(1, s_good), (_, _) => d.Row(1, c))),
        ["update"] = (d, _, c) => CodeAsync(async () => await d.Table.UpdateAsync(d.Row(1, c))),
        ["update by a condition"] = (d, _, c) => CodeAsync(async () => await d.Table.UpdateWhereAsync(row => (long)row["id"]! == 1, _ => d.Row(1, c))),
        ["session"] = (d, id, c) => CodeAsync(async () =>
        {
            using var session = d.Engine.OpenSession();
            session.Insert(d.Table, d.Row(id, c));
            await session.CommitAsync();
        }),
        ["session that also changes rows"] = (d, id, c) => CodeAsync(async () =>
        {
            using var session = d.Engine.OpenSession();
            session.Update(d.Table, d.Row(2, new Content("two", id, 1)));
            session.Insert(d.Table, d.Row(id, c));
            await session.CommitAsync();
        }),
        ["queued commit"] = QueuedAsync,
        ["numbered commit of a producer"] = (d, id, c) => CodeAsync(async () =>
        {
            using var session = d.Engine.OpenSession();
            session.Insert(d.Table, d.Row(id, c));
            await session.CommitAsync(ProducerId.From("someone"), id);
        }),
        ["transaction that inserts"] = (d, id, c) => TransactionAsync(d, transaction => transaction.Insert(d.Table, d.Row(id, c))),
        ["transaction that upserts"] = (d, id, c) => TransactionAsync(d, transaction => transaction.Upsert(d.Table, d.Row(id, c))),
        ["transaction that updates"] = (d, _, c) => TransactionAsync(d, transaction => transaction.Update(d.Table, d.Row(1, c))),
        ["typed insert"] = (d, id, c) => CodeAsync(async () => await d.Typed.InsertAsync(Typed(id, c))),
        ["typed upsert"] = (d, id, c) => CodeAsync(async () => await d.Typed.UpsertAsync(Typed(id, c))),
        ["stream"] = (d, id, c) => CodeAsync(async () => await d.Typed.InsertAsync(StreamAsync(Typed(id, c)))),
        ["CSV"] = (d, id, c) => IngestAsync(d, $"id,name,fare,parent\n{id},{c.Name},{c.Fare},{c.Parent}\n"),
        ["NDJSON"] = (d, id, c) => IngestAsync(d, $$"""{"id":{{id}},"name":{{(c.Name is null ? "null" : $"\"{c.Name}\"")}},"fare":{{c.Fare}},"parent":{{c.Parent}}}"""),
    };

    public static TheoryData<string> Ways => [.. s_ways.Keys];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_row_that_breaks_a_rule_is_refused_whichever_way_it_comes_in(string name)
    {
        await using var database = await Database.OpenAsync();
        var way = s_ways[name];
        var id = 100L;
        var before = await database.RowsAsync();
        foreach (var (code, content) in s_bad)
        {
            Assert.Equal((name, code), (name, await way(database, ++id, content)));
            Assert.Equal(before, await database.RowsAsync());
        }

        Assert.Null(await way(database, ++id, s_good)); // and it was none of the refused ones that stood in its way
        var after = await database.RowsAsync();
        Assert.Single(after, row => row.Contains("| good |", StringComparison.Ordinal));
        Assert.Equal(after.Count, await database.Table.CountAsync());
        Assert.Equal("duplicate_key", await CodeAsync(async () => await database.Table.InsertAsync(database.Row(++id, s_good)))); // its key is entered, too
    }

    private static async Task<string?> QueuedAsync(Database database, long id, Content content)
    {
        using var session = database.Engine.OpenSession();
        try
        {
            session.Insert(database.Table, database.Row(id, content));
            await session.CommitAsync(Durability.Queued);
        }
        catch (HeliosException error)
        {
            return error.Code; // what needs no order is told at once
        }

        session.Upsert(database.Table, database.Row(2, new Content("two", id, 1)));
        await session.CommitAsync(); // ordered behind it
        return session.LastRefusal?.Code;
    }

    private static Task<string?> TransactionAsync(Database database, Action<Transaction> write) => CodeAsync(async () =>
    {
        await using var transaction = await database.Engine.BeginTransactionAsync();
        write(transaction);
        await transaction.CommitAsync();
    });

    private static async Task<string?> IngestAsync(Database database, string text)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var report = await database.Engine.IngestAsync(file, "input", Database.Name);
        Assert.Equal(1, report.Rows + report.Rejected);
        return report.RejectGroups.SingleOrDefault()?.Code;
    }

    private static async Task<string?> CodeAsync(Func<Task> write)
    {
        try
        {
            await write();
            return null;
        }
        catch (HeliosException error)
        {
            Assert.Equal(Database.Name, error.Table);
            return error.Code;
        }
    }

    private static async IAsyncEnumerable<Order> StreamAsync(Order order)
    {
        await Task.CompletedTask;
        yield return order;
    }

    private static Order Typed(long id, Content content) => new(id, content.Name!, content.Fare, content.Parent);

    private sealed record Content(string? Name, long? Fare, long? Parent);

    [HeliosTable(Database.Name), Check("fair", "fare >= 0 AND 100 / fare >= 0")]
    private sealed record Order(
        [property: Key, Column("id")] long Id, [property: Unique, Column("name", Type = ColumnType.Varchar, Length = 4)] string Name,
        [property: Column("fare")] long? Fare, [property: Column("parent"), References("parents")] long? Parent);

    private sealed class Database : IAsyncDisposable
    {
        public const string Name = "orders";

        private Database(HeliosEngine engine, Table<Order> typed)
        {
            (Engine, Typed, Table) = (engine, typed, engine.FindTable(Name)!);
        }

        public HeliosEngine Engine { get; }

        public Table<Order> Typed { get; }

        public Table Table { get; }

        public static async Task<Database> OpenAsync()
        {
            var engine = await HeliosEngine.OpenInMemoryAsync();
            var parents = await engine.TableAsync("parents", new TableSchema([new Column("id", ColumnType.Int8)], ["id"]));
            var parent = parents.NewRow();
            parent["id"] = 1L;
            await parents.InsertAsync(parent);
            var database = new Database(engine, await engine.TableAsync<Order>());
            await database.Table.InsertAsync([database.Row(1, new Content("one", 1, 1)), database.Row(2, new Content("two", null, null))]);
            return database;
        }

        public Row Row(long id, Content content)
        {
            var row = Table.NewRow();
            (row["id"], row["name"], row["fare"], row["parent"]) = (id, content.Name, content.Fare, content.Parent);
            return row;
        }

        /// <summary>But for the fare of row 2, which some ways change beside.</summary>
        public async Task<List<string>> RowsAsync()
        {
            var rows = new List<string>();
            await foreach (var row in Table.ScanAsync())
                rows.Add(string.Create(CultureInfo.InvariantCulture, $"{row["id"]} | {row["name"]} | {((long)row["id"]! == 2 ? "" : row["fare"])} | {((long)row["id"]! == 2 ? "" : row["parent"])}"));
            return rows;
        }

        public ValueTask DisposeAsync() => Engine.DisposeAsync();
    }
}
