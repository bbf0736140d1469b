using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Does what a defect of the engine would do, from outside, while the engine is idle; this one does nothing.</summary>
internal class PlantedDefect
{
    public static PlantedDefect None { get; } = new();

    /// <summary>Called with the files of each opening, when the database is open.</summary>
    public virtual void AfterOpening(FaultyFiles files)
    {
    }

    public virtual void AfterInsert(Table table, ModelDecision written)
    {
    }

    public virtual void AfterDelete(Table table, byte[] key, Lsn lsn)
    {
    }

    public virtual void AfterSpill(HeliosEngine engine, TablePlan plan, int index)
    {
    }

    public virtual void AfterSource(SequenceRun run, int table, string key)
    {
    }
}

/// <summary>Once the database is open, calls of one sort do nothing and report success: they are the log's.</summary>
internal sealed class CallDoesNothing(FileCall call) : PlantedDefect
{
    public override void AfterOpening(FaultyFiles files) => files.Skipped.Add(call);
}

/// <summary>A delete leaves the entry of the primary key.</summary>
internal sealed class DeleteLeavesIndexEntry : PlantedDefect
{
    public override void AfterDelete(Table table, byte[] key, Lsn lsn) => table.Plan.Trees[0].Pop(key, lsn);
}

/// <summary>Entries that have gone to the store are not there.</summary>
internal sealed class SpilledEntriesAreLost : PlantedDefect
{
    public override void AfterSpill(HeliosEngine engine, TablePlan plan, int index) => SpilledKeys.Drop(engine.Parts.Store);
}

/// <summary>A key that a deleted row has given up stays in the store, where it had been spilled.</summary>
internal sealed class DeleteLeavesSpilledEntry : PlantedDefect
{
    public override void AfterDelete(Table table, byte[] key, Lsn lsn)
    {
        var tree = table.Plan.Trees[0];
        if (!tree.HasSpilled)
            return;
        using var batch = table.Engine.Parts.Store.NewBatch();
        SpilledKeys.Put(batch, table.Plan.Definition.Indexes[0].Id, key, new KeyVersion(new RowId(1), new Lsn(1), Vacated: false));
        table.Engine.Parts.Store.Write(batch);
    }
}

/// <summary>The published row count is one too high after a commit that left rows out.</summary>
internal sealed class CountIsOffAfterRejectRow : PlantedDefect
{
    public override void AfterInsert(Table table, ModelDecision written)
    {
        var published = table.Engine.Parts.Published;
        var id = table.Plan.Definition.Id;
        if (written.Rejected.Count > 0)
            published.Load(id, published.Rows(id) + 1);
    }
}

/// <summary>A source's position is not in the store; Constrain knows it until the engine closes.</summary>
internal sealed class SourcePositionIsNotStored : PlantedDefect
{
    public override void AfterSource(SequenceRun run, int table, string key)
    {
        Span<byte> fingerprint = stackalloc byte[KeySpace.FingerprintSize];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(fingerprint, SourceNames.Fingerprint(key));
        Span<byte> stored = stackalloc byte[KeySpace.SourceKeySize];
        KeyWriter.SourcePosition(stored, run.Table(table)!.Plan.Definition.Id, fingerprint);
        using var batch = new StoreBatch();
        batch.DeleteMeta(stored);
        run.Engine.Parts.Store.Write(batch);
    }
}
