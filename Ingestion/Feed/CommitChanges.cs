using System.Buffers.Binary;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Takes a frame of the log apart, one commit after the other. One thread; reused from frame to frame.</summary>
internal sealed class CommitChanges(Func<TableId, TableDefinition?> tables) : IDisposable
{
    private readonly ByteBuffer _payload = new(); // owned; the log's own memory is gone at its next read
    private DateTimeOffset _time;
    private Lsn _lsn;
    private int _offset;

    public void Load(WalFrame frame)
    {
        _payload.Truncate(0);
        _payload.Append(frame.Payload);
        _offset = 0;
        _lsn = frame.First;
        _time = new DateTimeOffset(frame.CommitTime, TimeSpan.Zero);
    }

    /// <summary>Reads the next commit's changes of users' tables into <paramref name="changes"/>, which is cleared first; false behind the last commit.</summary>
    /// <remarks>Commits before <paramref name="from"/> leave the list empty: a frame may begin before what was asked for.</remarks>
    public bool TryNext(Lsn from, List<Change> changes)
    {
        changes.Clear();
        var commits = new CommitReader(_payload.Written[_offset..]);
        if (!commits.TryNext(out var operations))
            return false;
        _offset += (int)BinaryPrimitives.ReadUInt32LittleEndian(_payload.Written[_offset..]);
        if (_lsn >= from)
            Read(operations, changes);
        _lsn = _lsn.Next;
        return true;
    }

    public void Dispose() => _payload.Dispose();

    private void Read(OperationReader operations, List<Change> changes)
    {
        while (operations.TryNext(out var operation))
        {
            if (operation.Kind == OperationKind.Insert)
                ReadInsert(operation.AsInsert(), changes);
            else if (operation.Kind == OperationKind.Delete && operation.AsDelete() is var delete && Shown(delete.Table) is { } table)
                changes.Add(new Change(_lsn, _time, ChangeKind.Delete, table.Name, delete.Row, null) { Before = delete.Before.IsEmpty ? null : Row.Read(table.Schema, delete.Before) });
            else if (operation.Kind == OperationKind.Update && operation.AsUpdate() is var update && Shown(update.Table) is { } changed)
                changes.Add(new Change(_lsn, _time, ChangeKind.Update, changed.Name, update.Row, Row.Read(changed.Schema, update.After)) { Before = update.Before.IsEmpty ? null : Row.Read(changed.Schema, update.Before) });
        }
    }

    private void ReadInsert(InsertView insert, List<Change> changes)
    {
        if (Shown(insert.Table) is not { } table)
            return;
        var local = 0;
        foreach (var row in insert)
        {
            if (!insert.IsDropped(local))
                changes.Add(new Change(_lsn, _time, ChangeKind.Insert, table.Name, new RowId(insert.FirstRow.Value + (ulong)local), Row.Read(table.Schema, row)));
            local++;
        }
    }

    /// <summary>The definition of a user's table; null for one of the engine itself.</summary>
    private TableDefinition? Shown(TableId table)
    {
        if (table.Value < TableDefinition.FirstUserTable)
            return null;
        return tables(table) ?? throw ChangeFormat.Damaged($"commit {_lsn} names table {table}, which the catalog does not have");
    }
}
