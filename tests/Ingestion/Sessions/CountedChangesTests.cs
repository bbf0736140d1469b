using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Sessions;

/// <summary>An answer counts the rows that have changed, not those that were asked for.</summary>
public sealed class CountedChangesTests
{
    [Fact]
    public async Task Rows_that_are_not_there_and_rows_named_twice_are_not_counted()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            var before = (await table.InsertAsync(Enumerable.Range(1, 5).Select(id => EngineFixture.Row(table, id)))).Lsn;
            using var session = engine.OpenSession();
            session.Delete(table, 1L);
            session.Delete(table, 1L);
            session.Delete(table, 99L);
            session.Update(table, EngineFixture.Row(table, 2, "two"));
            session.Update(table, EngineFixture.Row(table, 2, "zwei"));
            session.Update(table, EngineFixture.Row(table, 98, "nobody"));
            session.InsertIfAbsent(table, EngineFixture.Row(table, 3, "taken"));
            session.InsertIfAbsent(table, EngineFixture.Row(table, 6));
            session.Insert(table, EngineFixture.Row(table, 7));
            session.Delete(table, 7L); // comes and goes
            var receipt = await session.CommitAsync();

            var kinds = new List<ChangeKind>();
            await using var feed = engine.Feed(before.Next).GetAsyncEnumerator();
            while (kinds.Count < 3 && await feed.MoveNextAsync())
            {
                Assert.Equal(receipt.Lsn, feed.Current.Lsn);
                kinds.Add(feed.Current.Kind);
            }

            Assert.Equal([ChangeKind.Insert, ChangeKind.Update, ChangeKind.Delete], kinds.OrderBy(kind => kind.ToString() switch { "Insert" => 0, "Update" => 1, _ => 2 }));
            Assert.Equal((3, 5), (receipt.Rows, await table.CountAsync()));
            Assert.Equal((0, receipt.Lsn), (await table.DeleteAsync(1L)) is var none ? (none.Rows, none.Lsn) : default);
            Assert.Equal(2, (await table.DeleteWhereAsync(row => (long)row["id"]! > 4)).Rows);
            Assert.Equal(3, await table.CountAsync());
        }
    }
}
