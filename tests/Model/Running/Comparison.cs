using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Compares everything that can be read of an idle engine with the model.</summary>
internal static class Comparison
{
    public static void Check(SequenceRun run)
    {
        var (engine, model) = (run.Engine, run.Model);
        Assert.Equal(model.LastLsn, engine.Visible.Value);
        Assert.True(engine.Durable.Value >= model.Durable, $"Durable is {engine.Durable}, promised was {model.Durable}");
        Assert.Equal(model.Head.DeadLetters, engine.Parts.Published.Rows(DeadLetters.Definition.Id));
        using var view = engine.OpenView();
        for (var table = 0; table < ModelSchema.Tables.Count; table++)
        {
            if (run.Table(table) is { } found)
                Check(view, found, table, model);
        }

        CheckSources(run);
    }

    private static void Check(ReadView view, Table table, int number, ModelEngine model)
    {
        var expected = model.Head[number]!.Rows;
        Assert.Equal(expected.Count, view.Lsn == table.Engine.Visible ? table.Engine.Parts.Published.Rows(table.Plan.Definition.Id) : -1);
        var rows = new List<KeyValuePair<ulong, ModelRow>>();
        using (var scan = view.Scan(table.Plan))
        {
            while (scan.MoveNext())
                rows.Add(new(scan.RowId.Value, Rows.Read(Row.Read(table.Schema, scan.Row))));
        }

        Assert.Equal(expected, rows);
        CheckKeys(view, table, number, model);
    }

    /// <summary>Every key that any row ever had is looked for: live ones are found, others are not.</summary>
    private static void CheckKeys(ReadView view, Table table, int number, ModelEngine model)
    {
        using var key = new ByteBuffer();
        using var row = new ByteBuffer();
        var ever = model.Commits.SelectMany(static c => c.Changes).Where(c => c.Table == number).SelectMany(static c => c switch { RowInserted i => [i.Row], RowUpdated u => [u.Row], _ => Array.Empty<ModelRow>() }).ToList();
        var keys = ModelSchema.Tables[number].Keys;
        for (var i = 0; i < keys.Count; i++)
        {
            var live = model.Head[number]!.Rows.Where(r => keys[i].Of(r.Value) is not null).ToDictionary(r => keys[i].Of(r.Value)!, static r => r.Key);
            foreach (var sample in ever.Where(r => keys[i].Of(r) is not null).DistinctBy(keys[i].Of))
            {
                Rows.WriteKey(table, i, sample, key);
                var found = view.TryFind(table.Plan, i, key.Written, row, out var version) ? version.Row.Value : 0;
                var due = live.GetValueOrDefault(keys[i].Of(sample)!);
                Assert.True(found == due, $"{keys[i].Name} of {table.Name}: key {keys[i].Of(sample)} finds row {found}, due is {due} (0 = none)");
            }
        }
    }

    private static void CheckSources(SequenceRun run)
    {
        var expected = run.Model.Head.Sources;
        var stored = StoreContents.LoadSources(run.Engine.Parts.Store);
        Assert.Equal(expected.Count, stored.Count);
        foreach (var ((table, key), source) in expected)
        {
            var id = run.Table(table)!.Plan.Definition.Id;
            var found = stored.SingleOrDefault(s => s.Table == id && s.Key.Fingerprint == SourceNames.Fingerprint(key));
            Assert.True(found is not null, $"the position of {key} is not stored");
            Assert.Equal((source.Taken.Length, source.Record, source.Complete, source.Stored, source.Rejected), (found.Offset, found.Record, found.Complete, found.Stored, found.Rejected));
            if (!run.IsFaulted)
                Assert.Equal(source.Taken.Length, run.Engine.Parts.Order.Sources.OffsetOf(id, found.Key.Fingerprint));
        }
    }
}
