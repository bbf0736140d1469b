using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>Random statements on rows that refer to each other, against a model: what the statements let through, the commit writes as they left it.</summary>
public sealed class ReferenceOrderTests(SharedEngine shared) : IClassFixture<SharedEngine>
{
    private const int Ids = 6, Rounds = 25, Statements = 40;

    // Each node has a parent, with which it goes, a friend that it lets go of, and a leader, who may not go before it.
    private static readonly TableSchema s_nodes = new(
        [new Column("id", ColumnType.Int8), new Column("parent", ColumnType.Int8), new Column("friend", ColumnType.Int8), new Column("leader", ColumnType.Int8)],
        ["id"],
        foreignKeys:
        [
            new ForeignKey("parent", ["parent"], "nodes") { OnDelete = ReferentialAction.Cascade, OnUpdate = ReferentialAction.Cascade },
            new ForeignKey("friend", ["friend"], "nodes") { OnDelete = ReferentialAction.SetNull, OnUpdate = ReferentialAction.SetNull },
            new ForeignKey("leader", ["leader"], "nodes") { OnUpdate = ReferentialAction.Cascade },
        ]);

    [Fact]
    public async Task What_the_statements_of_a_transaction_let_through_its_commit_writes_as_they_left_it()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var table = await shared.Engine.TableAsync("nodes", s_nodes);
        var model = new Model([]);
        var (refused, committed) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            await using var transaction = await shared.Engine.BeginTransactionAsync((IsolationLevel)random.Next(3));
            var (savepoint, saved) = (transaction.Save(), model);
            var history = new List<string> { model.Text };
            for (var step = 0; step < Statements; step++)
            {
                var when = $"seed {seed}, round {round}, step {step}";
                if (random.Next(12) == 0)
                {
                    transaction.RollbackTo(savepoint);
                    model = saved;
                    history.Add("rollback");
                }

                var (next, name, statement) = Choose(random, model, transaction, table);
                try
                {
                    await statement();
                    Assert.True(next is not null, $"{when}: was not refused");
                    model = next;
                    history.Add(name);
                }
                catch (HeliosException error) when (error.Code == "foreign_key_violation")
                {
                    Assert.True(next is null, $"{when}: {error.Message}");
                    refused++;
                }

                Assert.True(model.Text == await TextAsync(transaction.ScanAsync(table)), $"{when}: not {model.Text} but {await TextAsync(transaction.ScanAsync(table))}");
                if (random.Next(12) == 0)
                    (savepoint, saved) = (transaction.Save(), model);
            }

            await transaction.CommitAsync();
            committed++;
            Assert.True(model.Text == await TextAsync(table.ScanAsync()), $"seed {seed}, round {round}, {transaction.Level}: not {model.Text} but {await TextAsync(table.ScanAsync())} after {string.Join(", ", history)}");
        }

        Assert.Equal(Rounds, committed);
        Assert.NotEqual(0, refused);
    }

    private static (Model? Next, string Name, Func<Task> Statement) Choose(Random random, Model model, Transaction transaction, Table table)
    {
        var (id, shift) = ((long)random.Next(Ids), random.Next(1, Ids));
        switch (random.Next(5))
        {
            case 0:
                return (model.Without(node => node.Id == id), $"delete {id}", () => Done(() => transaction.Delete(table, id)));
            case 1:
                return (model.Without(node => node.Id % 3 == id % 3), $"delete those like {id}", async () => await transaction.DeleteWhereAsync(table, row => row.Get<long>("id") % 3 == id % 3));
            case 2: // all keys move on, some to where others have been
                return (model.Moved(shift), $"move by {shift}", async () => await transaction.UpdateWhereAsync(table, static _ => true, row => TransactionFixture.With(row, "id", (row.Get<long>("id") + shift) % Ids)));
            default:
                var node = new Node(id, Other(), Other(), Other());
                return (model.With(node), $"upsert {node}", () => Done(() => transaction.Upsert(table, node.ToRow(table))));
        }

        long? Other() => random.Next(2) == 0 ? null : random.Next(Ids);

        static Task Done(Action action)
        {
            action();
            return Task.CompletedTask;
        }
    }

    private static async Task<string> TextAsync(IAsyncEnumerable<Row> rows)
    {
        var nodes = new List<Node>();
        await foreach (var row in rows)
            nodes.Add(new Node(row.Get<long>("id"), (long?)row["parent"], (long?)row["friend"], (long?)row["leader"]));
        return new Model(nodes).Text;
    }

    private sealed record Node(long Id, long? Parent, long? Friend, long? Leader)
    {
        public Row ToRow(Table table)
        {
            var row = table.NewRow();
            (row["id"], row["parent"], row["friend"], row["leader"]) = (Id, Parent, Friend, Leader);
            return row;
        }
    }

    /// <summary>The nodes there are; each statement makes another model, or null where it is refused.</summary>
    private sealed record Model(IReadOnlyList<Node> Nodes)
    {
        public string Text => string.Join("; ", Nodes.OrderBy(static node => node.Id));

        public Model? With(Node node) => Valid(Nodes.Where(other => other.Id != node.Id).Append(node));

        public Model? Without(Func<Node, bool> condition)
        {
            var gone = Nodes.Where(condition).Select(static node => node.Id).ToHashSet();
            while (Nodes.FirstOrDefault(node => !gone.Contains(node.Id) && node.Parent is { } parent && gone.Contains(parent)) is { } child)
                gone.Add(child.Id);
            return Valid(Nodes.Where(node => !gone.Contains(node.Id)).Select(node => node.Friend is { } friend && gone.Contains(friend) ? node with { Friend = null } : node));
        }

        public Model? Moved(int by) => Valid(Nodes.Select(node => new Node((node.Id + by) % Ids, (node.Parent + by) % Ids, null, (node.Leader + by) % Ids)));

        private static Model? Valid(IEnumerable<Node> nodes)
        {
            var left = nodes.ToList();
            var ids = left.Select(static node => (long?)node.Id).Append(null).ToHashSet();
            return left.TrueForAll(node => ids.Contains(node.Parent) && ids.Contains(node.Friend) && ids.Contains(node.Leader)) ? new Model(left) : null;
        }
    }
}
