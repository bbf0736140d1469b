using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>Writes one commit in the form of <see cref="ChangeFormat"/>. One thread at a time; <see cref="Reset"/> makes it ready for the next commit.</summary>
internal sealed class ChangeSetBuilder : IDisposable
{
    private int _operation = -1;
    private int _row = -1;
    private int _insertRows;
    private int _operations;

    public ChangeSetBuilder(int capacity = 512)
    {
        Buffer = new ByteBuffer(capacity);
        Reset();
    }

    /// <summary>The commit's bytes; rows are written straight into it between <see cref="BeginRow"/> and <see cref="EndRow"/>.</summary>
    public ByteBuffer Buffer { get; }

    /// <summary>Rows of all inserts and updates so far, dropped ones included.</summary>
    public int Rows { get; private set; }

    /// <summary>Operations so far, the open one too.</summary>
    public int Operations => _operations;

    public int Length => Buffer.Length;

    /// <summary>Does the commit write rows or make a table? One that only deletes, or notes a position, takes hardly any room on the disk.</summary>
    public bool Inserts { get; private set; }

    /// <summary>Does the commit alter a table?</summary>
    public bool Alters { get; private set; }

    /// <summary>Body of the operation that was closed last, to be filled in.</summary>
    public Span<byte> LastOperationBody => Buffer.Written[(_operation + ChangeFormat.OperationHeaderSize)..];

    public void Reset()
    {
        Buffer.Truncate(0);
        Buffer.GetSpan(ChangeFormat.CommitHeaderSize)[..ChangeFormat.CommitHeaderSize].Clear();
        Buffer.Advance(ChangeFormat.CommitHeaderSize);
        _operation = -1;
        _operations = 0;
        Rows = 0;
        Inserts = false;
        Alters = false;
    }

    /// <summary>Opens an insert; the rows that follow belong to it until <see cref="EndInsert"/>.</summary>
    public void BeginInsert(TableId table, uint partition)
    {
        BeginOperation(OperationKind.Insert);
        Inserts = true;
        var header = Buffer.GetSpan(ChangeFormat.InsertHeaderSize)[..ChangeFormat.InsertHeaderSize];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, table.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], partition);
        Buffer.Advance(ChangeFormat.InsertHeaderSize);
        _insertRows = 0;
    }

    /// <summary>Makes room for a row's length; the caller writes the row behind it.</summary>
    public void BeginRow()
    {
        _row = Buffer.Length;
        Buffer.GetSpan(ChangeFormat.RowHeaderSize);
        Buffer.Advance(ChangeFormat.RowHeaderSize);
    }

    public void EndRow()
    {
        var length = Buffer.Length - _row - ChangeFormat.RowHeaderSize;
        BinaryPrimitives.WriteUInt32LittleEndian(Buffer.Written[_row..], (uint)length);
        _insertRows++;
        Rows++;
    }

    /// <summary>Forgets the row that was begun: its text did not fit its columns.</summary>
    public void AbandonRow() => Buffer.Truncate(_row);

    /// <param name="droppable">True where single rows may be refused later: a bitmap is reserved, so that no byte has to move then.</param>
    public void EndInsert(bool droppable)
    {
        var body = _operation + ChangeFormat.OperationHeaderSize;
        BinaryPrimitives.WriteUInt32LittleEndian(Buffer.Written[(body + 16)..], (uint)_insertRows);
        BinaryPrimitives.WriteUInt32LittleEndian(Buffer.Written[(body + 20)..], (uint)(Buffer.Length - body - ChangeFormat.InsertHeaderSize));
        if (droppable)
        {
            var bitmap = ChangeFormat.BitmapBytes(_insertRows);
            Buffer.GetSpan(bitmap)[..bitmap].Clear();
            Buffer.Advance(bitmap);
            Buffer.Written[_operation + 1] = ChangeFormat.HasDroppedRows;
        }

        EndOperation();
    }

    public void CreateTable(ReadOnlySpan<byte> definition)
    {
        BeginOperation(OperationKind.CreateTable);
        Inserts = true;
        Buffer.GetSpan(ChangeFormat.CreateTableHeaderSize)[..ChangeFormat.CreateTableHeaderSize].Clear();
        Buffer.Advance(ChangeFormat.CreateTableHeaderSize);
        Buffer.Append(definition);
        EndOperation();
    }

    /// <summary>Gives a table another definition; refused by Constrain where it is not the next one.</summary>
    public void AlterTable(TableDefinition table)
    {
        BeginOperation(OperationKind.AlterTable);
        Alters = true;
        var header = Buffer.GetSpan(ChangeFormat.CreateTableHeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header, table.Id.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], table.Partition);
        Buffer.Advance(ChangeFormat.CreateTableHeaderSize);
        Buffer.Append(CatalogCodec.Encode(table));
        EndOperation();
    }

    /// <summary>Moves a source on; refused by Constrain where it does not stand at <paramref name="expectedOffset"/> (-1 = nothing stored).</summary>
    public void MoveSource(SourceProgress progress, long expectedOffset)
    {
        BeginOperation(OperationKind.MoveSource);
        SourceCodec.Write(Buffer.GetSpan(ChangeFormat.MoveSourceSize), progress, expectedOffset);
        Buffer.Advance(ChangeFormat.MoveSourceSize);
        EndOperation();
    }

    public void ForgetSource(TableId table, UInt128 fingerprint)
    {
        BeginOperation(OperationKind.ForgetSource);
        var body = Buffer.GetSpan(ChangeFormat.ForgetSourceSize);
        BinaryPrimitives.WriteUInt32LittleEndian(body, table.Value);
        BinaryPrimitives.WriteUInt128LittleEndian(body[4..], fingerprint);
        Buffer.Advance(ChangeFormat.ForgetSourceSize);
        EndOperation();
    }

    /// <summary>Opens an operation whose body the caller writes into <see cref="Buffer"/>.</summary>
    public void Begin(OperationKind kind) => BeginOperation(kind);

    public void End() => EndOperation();

    public void BeginDelete(TableId table, uint partition, RowId row, Lsn rowLsn, int vacatedKeys)
    {
        BeginOperation(OperationKind.Delete);
        var body = Buffer.GetSpan(ChangeFormat.DeleteHeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(body, table.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(body[4..], partition);
        BinaryPrimitives.WriteUInt64LittleEndian(body[8..], row.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(body[16..], rowLsn.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(body[24..], (uint)vacatedKeys);
        Buffer.Advance(ChangeFormat.DeleteHeaderSize);
    }

    /// <summary>Opens a delete that says what the row was; vacated keys may follow, then <see cref="EndDelete(int)"/>.</summary>
    public void BeginDelete(TableId table, uint partition, RowId row, Lsn rowLsn, ReadOnlySpan<byte> before)
    {
        BeginDelete(table, partition, row, rowLsn, vacatedKeys: 0);
        Buffer.Written[_operation + 1] = ChangeFormat.HasOldRow;
        BinaryPrimitives.WriteUInt32LittleEndian(Buffer.GetSpan(ChangeFormat.RowHeaderSize), (uint)before.Length);
        Buffer.Advance(ChangeFormat.RowHeaderSize);
        Buffer.Append(before);
    }

    public void VacateKey(uint index, ReadOnlySpan<byte> key)
    {
        var header = Buffer.GetSpan(8);
        BinaryPrimitives.WriteUInt32LittleEndian(header, index);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)key.Length);
        Buffer.Advance(8);
        Buffer.Append(key);
    }

    public void EndDelete() => EndOperation();

    /// <param name="vacatedKeys">How many keys were given up.</param>
    public void EndDelete(int vacatedKeys)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(LastOperationBody[24..], (uint)vacatedKeys);
        EndOperation();
    }

    /// <summary>Opens the update of a row; the caller writes the row as it is to be into <see cref="Buffer"/>, then calls <see cref="EndUpdatedRow"/>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="partition">Where its rows are.</param>
    /// <param name="row">The row, which keeps its id.</param>
    /// <param name="rowLsn">Its version that was read.</param>
    /// <param name="before">That version.</param>
    public void BeginUpdate(TableId table, uint partition, RowId row, Lsn rowLsn, ReadOnlySpan<byte> before)
    {
        BeginOperation(OperationKind.Update);
        Inserts = true;
        var body = Buffer.GetSpan(ChangeFormat.UpdateHeaderSize)[..ChangeFormat.UpdateHeaderSize];
        body.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(body, table.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(body[4..], partition);
        BinaryPrimitives.WriteUInt64LittleEndian(body[8..], row.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(body[16..], rowLsn.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(body[28..], (uint)before.Length);
        Buffer.Advance(ChangeFormat.UpdateHeaderSize);
        Buffer.Append(before);
        _row = Buffer.Length;
    }

    /// <summary>The row is written; returns it. Vacated keys may follow, then <see cref="EndUpdate"/>.</summary>
    public ReadOnlySpan<byte> EndUpdatedRow()
    {
        var row = Buffer.Written[_row..];
        BinaryPrimitives.WriteUInt32LittleEndian(LastOperationBody[32..], (uint)row.Length);
        Rows++;
        return row;
    }

    /// <param name="vacatedKeys">How many keys were given up.</param>
    public void EndUpdate(int vacatedKeys)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(LastOperationBody[24..], (uint)vacatedKeys);
        EndOperation();
    }

    /// <summary>Writes the commit's header: from now on <see cref="ByteBuffer.Written"/> of <see cref="Buffer"/> is a whole commit. More operations may still follow, then it is sealed again.</summary>
    public void Seal()
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Buffer.Written, (uint)Buffer.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(Buffer.Written[4..], (uint)_operations);
    }

    public void Dispose() => Buffer.Dispose();

    private void BeginOperation(OperationKind kind)
    {
        _operation = Buffer.Length;
        _operations++;
        var header = Buffer.GetSpan(ChangeFormat.OperationHeaderSize)[..ChangeFormat.OperationHeaderSize];
        header.Clear();
        header[0] = (byte)kind;
        Buffer.Advance(ChangeFormat.OperationHeaderSize);
    }

    private void EndOperation()
    {
        var body = Buffer.Length - _operation - ChangeFormat.OperationHeaderSize;
        BinaryPrimitives.WriteUInt32LittleEndian(Buffer.Written[(_operation + 4)..], (uint)body);
    }
}
