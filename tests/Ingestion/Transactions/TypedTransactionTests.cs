namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>The same for tables of a type's objects.</summary>
public sealed class TypedTransactionTests
{
    [Fact]
    public async Task Objects_are_written_and_read_in_a_transaction()
    {
        await using var engine = await HeliosEngine.OpenInMemoryAsync();
        var table = await engine.TableAsync<Part>();
        await table.InsertAsync([new Part(1, "bolt", Kind.Metal, 10), new Part(2, "plank", Kind.Wood, 20)]);
        await using var transaction = await engine.BeginTransactionAsync(IsolationLevel.Serializable);
        transaction.Insert(table, new Part(3, "nut", Kind.Metal, 30));
        Assert.False(transaction.InsertIfAbsent(table, new Part(4, "nut", Kind.Metal, 40)));
        Assert.True(transaction.Update(table, new Part(1, "bolt", Kind.Metal, 11)));
        transaction.Upsert(table, new Part(5, "screw", Kind.Metal, 50));
        Assert.True(transaction.Delete(table, 2));
        Assert.Equal(3, await transaction.UpdateWhereAsync(table, static part => part.Kind == Kind.Metal, static part => part with { Stock = part.Stock + 100 }));
        Assert.Equal(1, await transaction.DeleteWhereAsync(table, static part => part.Stock == 150));
        Assert.Equal(new Part(1, "bolt", Kind.Metal, 111), await transaction.FindAsync(table, 1));
        Assert.Equal(3, (await transaction.FindByAsync(table, "unique", "nut", Kind.Metal))?.Id);
        Assert.Null(await transaction.FindAsync(table, 2));
        Assert.Equal(2, await transaction.CountAsync(table));
        var expected = new[] { new Part(1, "bolt", Kind.Metal, 111), new Part(3, "nut", Kind.Metal, 130) };
        Assert.Equal(expected, await ListAsync(transaction.ScanAsync(table)));
        Assert.Equal(3, (await transaction.CommitAsync()).Rows);
        Assert.Equal(expected, await ListAsync(table.ScanAsync()));
    }

    private static async Task<List<Part>> ListAsync(IAsyncEnumerable<Part> rows)
    {
        var found = new List<Part>();
        await foreach (var row in rows)
            found.Add(row);
        return found;
    }

    public enum Kind
    {
        Metal,
        Wood,
    }

    public sealed record Part([property: Key] int Id, [property: Unique("unique")] string Name, [property: Unique("unique")] Kind Kind, int Stock);
}
