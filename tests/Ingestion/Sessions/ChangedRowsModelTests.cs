using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A commit leaves what its calls would leave one after the other. Unique values are compared when all of them are made.</summary>
public sealed class ChangedRowsModelTests
{
    private const int Commits = 400, Keys = 3, MaxCalls = 6;

    [Fact]
    public async Task A_commit_of_random_calls_leaves_what_they_leave_one_by_one()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var fresh = 0;
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe);
        var rows = new SortedDictionary<long, string>();
        await using (engine)
        {
            using var session = engine.OpenSession();
            for (var commit = 0; commit < Commits; commit++)
            {
                var calls = Enumerable.Range(0, random.Next(1, MaxCalls + 1)).Select(_ => Call.Random(random, ref fresh)).ToList();
                var where = $"seed {seed}, commit {commit} over [{string.Join(", ", rows)}]: {string.Join("; ", calls)}";
                foreach (var call in calls)
                    call.Make(session, table);
                var due = Apply(rows, calls);
                var error = await Record.ExceptionAsync(async () => await session.CommitAsync());
                Assert.True((error as HeliosException)?.Code == (due is null ? "duplicate_key" : null), $"{where}: {error?.Message ?? "accepted"}");
                rows = due ?? rows;
                await AssertSameAsync(table, rows, where);
            }
        }

        var report = await DatabaseVerifier.VerifyAsync(fixture.Path);
        Assert.True(report.IsSound, $"seed {seed}: {DatabaseVerifierTests.Failures(report)}");
        (engine, table) = await fixture.OpenAsync();
        await using (engine)
            await AssertSameAsync(table, rows, $"seed {seed}, opened again");
    }

    /// <summary>Null where the commit is to be refused.</summary>
    private static SortedDictionary<long, string>? Apply(SortedDictionary<long, string> before, List<Call> calls)
    {
        var rows = new SortedDictionary<long, string>(before);
        foreach (var (mode, id, name) in calls)
        {
            var exists = rows.ContainsKey(id);
            if (mode == RowWriteMode.Insert && exists)
                return null;
            if (mode == RowWriteMode.Delete)
                rows.Remove(id);
            else if (mode == RowWriteMode.Upsert || exists == (mode == RowWriteMode.Update))
                rows[id] = name;
        }

        return rows.Values.Distinct().Count() == rows.Count ? rows : null;
    }

    private static async Task AssertSameAsync(Table table, SortedDictionary<long, string> rows, string where)
    {
        var found = new SortedDictionary<long, string>();
        await foreach (var row in table.ScanAsync())
            Assert.True(found.TryAdd((long)row["id"]!, (string)row["name"]!), $"{where}: key {row["id"]} is there twice");
        Assert.True(rows.SequenceEqual(found), $"{where}: found [{string.Join(", ", found)}]");
        Assert.True(rows.Count == await table.CountAsync(), $"{where}: counted {await table.CountAsync()}");
        for (var id = 0; id < Keys; id++)
            Assert.True((string?)(await table.FindAsync((long)id))?["name"] == rows.GetValueOrDefault(id), $"{where}: key {id} finds another row");
        foreach (var (id, name) in rows)
            Assert.True((long?)(await table.FindByAsync("name", name))?["id"] == id, $"{where}: name {name} finds another row");
    }

    private readonly record struct Call(RowWriteMode Mode, long Id, string Name)
    {
        /// <summary>Names are few, so that they collide and are exchanged; those of InsertIfAbsent are new, because it looks at names in the order of calls.</summary>
        public static Call Random(Random random, ref int fresh)
        {
            var mode = (RowWriteMode)random.Next(5);
            return new Call(mode, random.Next(Keys), mode == RowWriteMode.InsertIfAbsent ? $"new {fresh++}" : $"name {random.Next(5)}");
        }

        public void Make(Session session, Table table)
        {
            var row = EngineFixture.Row(table, Id, Name);
            switch (Mode)
            {
                case RowWriteMode.Insert:
                    session.Insert(table, row);
                    break;
                case RowWriteMode.InsertIfAbsent:
                    session.InsertIfAbsent(table, row);
                    break;
                case RowWriteMode.Upsert:
                    session.Upsert(table, row);
                    break;
                case RowWriteMode.Update:
                    session.Update(table, row);
                    break;
                default:
                    session.Delete(table, Id);
                    break;
            }
        }
    }
}
