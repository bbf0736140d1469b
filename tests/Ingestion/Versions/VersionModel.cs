using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Random writes to a table, the rows that they must leave, and open snapshots with the rows that each must see.</summary>
internal sealed class VersionModel(Random random) : IAsyncDisposable
{
    private const int Ids = 60;
    private const int Names = 90;

    private readonly List<(ReadSnapshot Snapshot, Dictionary<long, string> Rows)> _open = [];
    private readonly List<(Transaction Transaction, Dictionary<long, string> Rows)> _transactions = [];

    public Dictionary<long, string> Rows { get; private init; } = [];

    public int Open => _open.Count + _transactions.Count;

    public VersionModel After() => new(random) { Rows = new Dictionary<long, string>(Rows) };

    /// <summary>One commit of one to four rows: each is inserted, changed or deleted; names that were given up are taken again.</summary>
    public async Task WriteAsync(HeliosEngine engine, Table table)
    {
        await using var transaction = await engine.BeginTransactionAsync();
        var after = new Dictionary<long, string>(Rows);
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            long id = random.Next(Ids);
            if (after.ContainsKey(id) && random.Next(3) == 0)
            {
                Assert.True(transaction.Delete(table, id));
                after.Remove(id);
                continue;
            }

            var name = $"name {random.Next(Names)} {new string('x', random.Next(200))}";
            if (after.Any(row => row.Value == name))
                continue;
            if (after.ContainsKey(id))
                transaction.Update(table, EngineFixture.Row(table, id, name));
            else
                transaction.Insert(table, EngineFixture.Row(table, id, name));
            after[id] = name;
        }

        await transaction.CommitAsync();
        Rows.Clear();
        foreach (var (id, name) in after)
            Rows.Add(id, name);
    }

    public async Task OpenOneAsync(HeliosEngine engine)
    {
        var rows = new Dictionary<long, string>(Rows);
        if (random.Next(3) == 0)
            _transactions.Add((await engine.BeginTransactionAsync(random.Next(2) == 0 ? IsolationLevel.Snapshot : IsolationLevel.Serializable), rows));
        else
            _open.Add((engine.OpenSnapshot(), rows));
    }

    public async Task CloseOneAsync()
    {
        if (_open.Count > 0 && (_transactions.Count == 0 || random.Next(2) == 0))
        {
            var at = random.Next(_open.Count);
            _open[at].Snapshot.Dispose();
            _open.RemoveAt(at);
        }
        else if (_transactions.Count > 0)
        {
            await _transactions[0].Transaction.DisposeAsync();
            _transactions.RemoveAt(0);
        }
    }

    /// <summary>What is there now, and what each open reader sees, by a scan and by a key.</summary>
    public async Task CheckAsync(Table table)
    {
        await CheckAsync(table, null, Rows);
        foreach (var (snapshot, rows) in _open)
            await CheckAsync(table, snapshot, rows);
        foreach (var (transaction, rows) in _transactions)
        {
            long id = random.Next(Ids);
            Assert.Equal(rows.GetValueOrDefault(id), (await transaction.FindAsync(table, id))?["name"]);
            Assert.Equal(rows.Count, await transaction.CountAsync(table));
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (Open > 0)
            await CloseOneAsync();
    }

    private async Task CheckAsync(Table table, ReadSnapshot? at, Dictionary<long, string> expected)
    {
        var all = table.Where("id >= 0");
        var found = await (at is null ? all : all.At(at)).ToListAsync();
        Assert.Equal(expected.OrderBy(static row => row.Key), found.Select(static row => KeyValuePair.Create((long)row["id"]!, (string)row["name"]!)).OrderBy(static row => row.Key));
        long id = random.Next(Ids);
        var one = table.Where($"id = {id}");
        Assert.Equal(expected.GetValueOrDefault(id), (await (at is null ? one : one.At(at)).ToListAsync()).SingleOrDefault()?["name"]);
    }
}
