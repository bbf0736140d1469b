using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>Walks the commits of a frame's payload. Bytes come from the disk: every length is checked before it is used.</summary>
internal ref struct CommitReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public bool TryNext(out OperationReader operations)
    {
        operations = default;
        if (_rest.IsEmpty)
            return false;
        if (_rest.Length < ChangeFormat.CommitHeaderSize)
            throw ChangeFormat.Damaged("it ends inside a commit's header");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
        if (length < ChangeFormat.CommitHeaderSize || length > (uint)_rest.Length)
            throw ChangeFormat.Damaged($"a commit says {length} bytes where {_rest.Length} are left");
        operations = new OperationReader(_rest[ChangeFormat.CommitHeaderSize..(int)length], BinaryPrimitives.ReadUInt32LittleEndian(_rest[4..]));
        _rest = _rest[(int)length..];
        return true;
    }
}

/// <summary>Walks the operations of one commit.</summary>
internal ref struct OperationReader(ReadOnlySpan<byte> operations, uint count)
{
    private readonly int _length = operations.Length;
    private ReadOnlySpan<byte> _rest = operations;
    private uint _left = count;

    public bool TryNext(out OperationView operation)
    {
        operation = default;
        if (_left == 0)
        {
            if (!_rest.IsEmpty)
                throw ChangeFormat.Damaged($"{_rest.Length} bytes follow its last operation");
            return false;
        }

        if (_rest.Length < ChangeFormat.OperationHeaderSize)
            throw ChangeFormat.Damaged("it ends inside an operation's header");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_rest[4..]);
        if (length > (uint)(_rest.Length - ChangeFormat.OperationHeaderSize))
            throw ChangeFormat.Damaged($"an operation says {length} bytes where {_rest.Length - ChangeFormat.OperationHeaderSize} are left");
        var (kind, flags) = ((OperationKind)_rest[0], _rest[1]);
        var known = kind switch
        {
            OperationKind.Insert => ChangeFormat.HasDroppedRows,
            OperationKind.Delete => ChangeFormat.HasOldRow,
            _ => 0,
        };
        if ((flags & ~known) != 0 || BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]) != 0)
            throw ChangeFormat.Damaged($"the header of operation {(int)kind} has bits that no version writes");
        var offset = ChangeFormat.CommitHeaderSize + _length - _rest.Length + ChangeFormat.OperationHeaderSize;
        operation = new OperationView(kind, flags, _rest.Slice(ChangeFormat.OperationHeaderSize, (int)length), offset);
        _rest = _rest[(ChangeFormat.OperationHeaderSize + (int)length)..];
        _left--;
        return true;
    }
}

/// <summary>One operation: its kind and its body.</summary>
internal readonly ref struct OperationView(OperationKind kind, byte flags, ReadOnlySpan<byte> body, int bodyOffset)
{
    public OperationKind Kind { get; } = kind;

    /// <summary>Where the body begins in the commit: the stages that fill in fields write there.</summary>
    public int BodyOffset { get; } = bodyOffset;

    public ReadOnlySpan<byte> Body { get; } = body;

    public InsertView AsInsert() => new(flags, Body);

    public DeleteView AsDelete() => new(flags, Body);

    public UpdateView AsUpdate() => new(Body);
}

/// <summary>Rows inserted into one table.</summary>
internal readonly ref struct InsertView
{
    private readonly ReadOnlySpan<byte> _rows;
    private readonly ReadOnlySpan<byte> _dropped;

    public InsertView(byte flags, ReadOnlySpan<byte> body)
    {
        if (body.Length < ChangeFormat.InsertHeaderSize)
            throw ChangeFormat.Damaged("an insert is shorter than its header");
        Table = new TableId(BinaryPrimitives.ReadUInt32LittleEndian(body));
        Partition = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
        FirstRow = new RowId(BinaryPrimitives.ReadUInt64LittleEndian(body[8..]));
        var rows = BinaryPrimitives.ReadUInt32LittleEndian(body[16..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(body[20..]);
        var rest = body[ChangeFormat.InsertHeaderSize..];
        if (length > (uint)rest.Length || rows > length / ChangeFormat.RowHeaderSize)
            throw ChangeFormat.Damaged($"an insert of {rows} rows says {length} bytes where {rest.Length} are left");
        Rows = (int)rows;
        _rows = rest[..(int)length];
        var expected = (flags & ChangeFormat.HasDroppedRows) != 0 ? ChangeFormat.BitmapBytes(Rows) : 0;
        _dropped = rest[(int)length..];
        if (_dropped.Length != expected)
            throw ChangeFormat.Damaged($"the bitmap of an insert has {_dropped.Length} bytes instead of {expected}");
        if (expected > 0 && (Rows & 7) != 0 && _dropped[^1] >> (Rows & 7) != 0)
            throw ChangeFormat.Damaged($"the bitmap of an insert of {rows} rows drops more rows than that");
    }

    public TableId Table { get; }

    public uint Partition { get; }

    public RowId FirstRow { get; }

    public int Rows { get; }

    /// <summary>Rows that are not left out.</summary>
    public int Stored
    {
        get
        {
            var stored = Rows;
            foreach (var bits in _dropped)
                stored -= System.Numerics.BitOperations.PopCount(bits);
            return stored;
        }
    }

    public bool IsDropped(int row) => !_dropped.IsEmpty && (_dropped[row >> 3] & (1 << (row & 7))) != 0;

    public RowEnumerator GetEnumerator() => new(_rows, Rows);
}

/// <summary>Walks the rows of an insert, dropped ones included.</summary>
/// <remarks>There are as many as the insert says: row ids and the bitmap go by that number.</remarks>
internal ref struct RowEnumerator(ReadOnlySpan<byte> rows, int count)
{
    private ReadOnlySpan<byte> _rest = rows;
    private int _left = count;

    public ReadOnlySpan<byte> Current { get; private set; }

    public bool MoveNext()
    {
        if (_left == 0)
            return _rest.IsEmpty ? false : throw ChangeFormat.Damaged("bytes follow the last row of an insert");
        if (_rest.Length < ChangeFormat.RowHeaderSize)
            throw ChangeFormat.Damaged("the rows of an insert end inside a row's length");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
        if (length > (uint)(_rest.Length - ChangeFormat.RowHeaderSize))
            throw ChangeFormat.Damaged($"a row says {length} bytes where {_rest.Length - ChangeFormat.RowHeaderSize} are left");
        Current = _rest.Slice(ChangeFormat.RowHeaderSize, (int)length);
        _rest = _rest[(ChangeFormat.RowHeaderSize + (int)length)..];
        _left--;
        return true;
    }
}

/// <summary>One row that goes, with the index keys it leaves.</summary>
internal readonly ref struct DeleteView
{
    private readonly ReadOnlySpan<byte> _keys;

    public DeleteView(byte flags, ReadOnlySpan<byte> body)
    {
        if (body.Length < ChangeFormat.DeleteHeaderSize)
            throw ChangeFormat.Damaged("a delete is shorter than its header");
        Table = new TableId(BinaryPrimitives.ReadUInt32LittleEndian(body));
        Partition = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
        Row = new RowId(BinaryPrimitives.ReadUInt64LittleEndian(body[8..]));
        RowLsn = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(body[16..]));
        Keys = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(body[24..]), int.MaxValue);
        _keys = body[ChangeFormat.DeleteHeaderSize..];
        if ((flags & ChangeFormat.HasOldRow) == 0)
            return;
        if (_keys.Length < ChangeFormat.RowHeaderSize)
            throw ChangeFormat.Damaged("a delete ends inside the length of its row");
        var before = BinaryPrimitives.ReadUInt32LittleEndian(_keys);
        if (before > (uint)(_keys.Length - ChangeFormat.RowHeaderSize))
            throw ChangeFormat.Damaged($"a delete says a row of {before} bytes where {_keys.Length - ChangeFormat.RowHeaderSize} are left");
        Before = _keys.Slice(ChangeFormat.RowHeaderSize, (int)before);
        _keys = _keys[(ChangeFormat.RowHeaderSize + (int)before)..];
    }

    public TableId Table { get; }

    public uint Partition { get; }

    public RowId Row { get; }

    public Lsn RowLsn { get; }

    public int Keys { get; }

    /// <summary>The row as it was; empty where the operation does not say it.</summary>
    public ReadOnlySpan<byte> Before { get; }

    public VacatedKeyEnumerator GetEnumerator() => new(_keys, Keys);
}

/// <summary>One row that gets another content, with both contents and the index keys it gives up.</summary>
internal readonly ref struct UpdateView
{
    private readonly ReadOnlySpan<byte> _keys;

    public UpdateView(ReadOnlySpan<byte> body)
    {
        if (body.Length < ChangeFormat.UpdateHeaderSize)
            throw ChangeFormat.Damaged("an update is shorter than its header");
        Table = new TableId(BinaryPrimitives.ReadUInt32LittleEndian(body));
        Partition = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
        Row = new RowId(BinaryPrimitives.ReadUInt64LittleEndian(body[8..]));
        RowLsn = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(body[16..]));
        Keys = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(body[24..]), int.MaxValue);
        var (before, after) = (BinaryPrimitives.ReadUInt32LittleEndian(body[28..]), BinaryPrimitives.ReadUInt32LittleEndian(body[32..]));
        var rest = body[ChangeFormat.UpdateHeaderSize..];
        if ((ulong)before + after > (ulong)rest.Length)
            throw ChangeFormat.Damaged($"an update says rows of {before} and {after} bytes where {rest.Length} are left");
        Before = rest[..(int)before];
        After = rest.Slice((int)before, (int)after);
        _keys = rest[((int)before + (int)after)..];
    }

    public TableId Table { get; }

    public uint Partition { get; }

    public RowId Row { get; }

    /// <summary>The version that is replaced.</summary>
    public Lsn RowLsn { get; }

    /// <summary>Keys that the row gives up.</summary>
    public int Keys { get; }

    /// <summary>The row as it was.</summary>
    public ReadOnlySpan<byte> Before { get; }

    /// <summary>The row as it is from this commit on.</summary>
    public ReadOnlySpan<byte> After { get; }

    public VacatedKeyEnumerator GetEnumerator() => new(_keys, Keys);
}

/// <summary>Walks the index keys that a deleted or changed row gives up.</summary>
internal ref struct VacatedKeyEnumerator(ReadOnlySpan<byte> keys, int count)
{
    private ReadOnlySpan<byte> _rest = keys;
    private int _left = count;

    public uint Index { get; private set; }

    public ReadOnlySpan<byte> Key { get; private set; }

    public bool MoveNext()
    {
        if (_left == 0)
            return _rest.IsEmpty ? false : throw ChangeFormat.Damaged("bytes follow the last key that a row gives up");
        if (_rest.Length < 8)
            throw ChangeFormat.Damaged("it ends inside the header of a key that a row gives up");
        Index = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_rest[4..]);
        if (length > (uint)(_rest.Length - 8))
            throw ChangeFormat.Damaged($"a vacated key says {length} bytes where {_rest.Length - 8} are left");
        Key = _rest.Slice(8, (int)length);
        _rest = _rest[(8 + (int)length)..];
        _left--;
        return true;
    }
}
