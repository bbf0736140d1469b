using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Deletes in a commit of the loop's own: several rows, or a row together with the move of a source.</summary>
internal static class LoopDelete
{
    public static void Write(Table table, RowId id, Lsn version, ReadOnlySpan<byte> row, ChangeSetBuilder changes)
    {
        var plan = table.Plan;
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        RowView.ReadOffsets(row, offsets);
        var keys = new List<(uint Index, byte[] Key)>();
        using var key = new ByteBuffer();
        for (var i = 0; i < plan.Encoders.Length; i++)
        {
            key.Truncate(0);
            if (!plan.Encoders[i].Append(row, offsets, key).HasNull)
                keys.Add((plan.Definition.Indexes[i].Id, key.Written.ToArray()));
        }

        changes.BeginDelete(plan.Definition.Id, plan.Definition.Partition, id, version, keys.Count);
        foreach (var (index, bytes) in keys)
            changes.VacateKey(index, bytes);
        changes.EndDelete();
    }

    /// <summary>The row of table trips that has an id.</summary>
    public static void WriteOne(HeliosEngine engine, Table table, long id, ChangeSetBuilder changes)
    {
        using var view = engine.OpenView();
        using var key = new ByteBuffer();
        using var row = new ByteBuffer();
        if (!KeyProbe.TryEncode(table.Plan, 0, [id], key) || !view.TryFind(table.Plan, 0, key.Written, row, out var version))
            throw new InvalidOperationException($"Row {id} is to be deleted, and is not there.");
        Write(table, version.Row, version.Lsn, row.Written, changes);
    }

    /// <summary>All rows of the commits before one.</summary>
    public static void WriteOld(HeliosEngine engine, IEnumerable<Table> tables, int firstThatStays, ChangeSetBuilder changes)
    {
        using var view = engine.OpenView();
        foreach (var table in tables)
        {
            using var rows = view.Scan(table.Plan);
            // Row ids ascend with the commits.
            while (rows.MoveNext() && new RowView(rows.Row)[1].GetInt64() < firstThatStays)
                Write(table, rows.RowId, rows.Version, rows.Row, changes);
        }
    }
}
