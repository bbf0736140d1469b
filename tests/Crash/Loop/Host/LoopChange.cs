using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Changes of rows in a commit of the loop's own: several rows, or a row together with the move of a source. Nobody else writes meanwhile.</summary>
internal static class LoopChange
{
    /// <summary>Deletes a row as it was read.</summary>
    public static void Delete(Table table, RowId id, Lsn version, ReadOnlySpan<byte> row, RowWrites writes) => writes.Add(new RowWrite
    {
        Table = table.Plan.Definition.Id,
        Mode = RowWriteMode.Delete,
        IsExact = true,
        Number = writes.Count,
        Key = table.Schema.PrimaryKey.IsEmpty ? Slice.None : writes.Keep(PrimaryKey(table, row)),
        After = Slice.None,
        Row = id,
        RowLsn = version,
        Before = writes.Keep(row),
    });

    /// <summary>Deletes all rows of the commits before one.</summary>
    public static void DeleteOld(HeliosEngine engine, IEnumerable<Table> tables, int firstThatStays, RowWrites writes)
    {
        using var view = engine.OpenView();
        writes.Snapshot = view.Lsn;
        foreach (var table in tables)
        {
            using var rows = view.Scan(table.Plan);
            // Row ids ascend with the commits.
            while (rows.MoveNext() && new RowView(rows.Row)[1].GetInt64() < firstThatStays)
                Delete(table, rows.RowId, rows.Version, rows.Row, writes);
        }
    }

    /// <summary>Deletes the row with an id, or gives it another content: by its key, as callers do.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="table">A table whose key is the id.</param>
    /// <param name="mode">Delete, update or upsert.</param>
    /// <param name="id">Its row is there.</param>
    /// <param name="after">What it is to be; null for a delete.</param>
    /// <param name="writes">Of the commit.</param>
    public static void ByKey(HeliosEngine engine, Table table, RowWriteMode mode, long id, Row? after, RowWrites writes)
    {
        using var view = engine.OpenView();
        using var key = new ByteBuffer();
        using var stored = new ByteBuffer();
        if (!KeyProbe.TryEncode(table.Plan, 0, [id], key) || !view.TryFind(table.Plan, 0, key.Written, stored, out var version))
            throw new InvalidOperationException($"Row {id} is to be changed, and is not there.");
        writes.Snapshot = view.Lsn;
        writes.Add(new RowWrite
        {
            Table = table.Plan.Definition.Id,
            Mode = mode,
            Key = writes.Keep(key.Written),
            After = after is null ? Slice.None : writes.Keep(table.Encode(after)),
            Row = version.Row,
            RowLsn = version.Lsn,
            Before = writes.Keep(stored.Written),
        });
    }

    private static byte[] PrimaryKey(Table table, ReadOnlySpan<byte> row)
    {
        var offsets = new int[table.Schema.Columns.Length];
        RowView.ReadOffsets(row, offsets);
        using var key = new ByteBuffer();
        table.Plan.Encoders[0].Append(row, offsets, key);
        return key.Written.ToArray();
    }
}
