using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Defects of added constraints, planted into a database that is open and not written to yet.</summary>
internal static class LoopPlantedConstraint
{
    /// <summary>Drops an added constraint that nobody has asked to be dropped.</summary>
    public static async Task ForgetAsync(HeliosEngine engine)
    {
        for (var table = 0; table < LoopWorkload.Tables.Count; table++)
        {
            foreach (var constraint in LoopConstraint.Of(engine.FindTable(LoopWorkload.Tables[table].Name)!, table))
            {
                await engine.DropConstraintAsync(constraint.TableName, constraint.Name);
                return;
            }
        }
    }

    /// <summary>Takes the entry of a row out of each index that was filled.</summary>
    public static async Task LoseEntriesAsync(HeliosEngine engine)
    {
        foreach (var pending in engine.PendingConstraints)
            await pending.Completion;
        foreach (var (name, _) in LoopWorkload.Tables)
            LoseEntry(engine, engine.FindTable(name)!.Plan);
    }

    private static void LoseEntry(HeliosEngine engine, TablePlan plan)
    {
        using var view = engine.OpenView();
        using var rows = view.Scan(plan);
        if (plan.Definition.Indexes.FirstOrDefault(static index => index.Name == LoopConstraint.Unique) is not { } index || !rows.MoveNext())
            return;
        var place = plan.PlaceOf(index.Id);
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        RowView.ReadOffsets(rows.Row, offsets);
        using var key = new ByteBuffer();
        using var scratch = new ByteBuffer();
        plan.Encoders[place].Append(rows.Row, offsets, key);
        plan.Trees[place].Push(plan.TreeKey(place, key.Written, rows.RowId, scratch), new KeyVersion(rows.RowId, engine.Visible, Vacated: true));
    }
}
