using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Changes of single rows as their caller wants them, with what was read ahead of each. Constrain decides from them, when the
/// order is known, which operations the commit has: only those are logged.
/// </summary>
/// <remarks>One owner, one thread. All bytes stand in one buffer; a write names its places there.</remarks>
internal sealed class RowWrites : IDisposable
{
    private readonly List<RowWrite> _writes = [];
    private readonly List<KeyRead> _keyReads = [];
    private readonly List<TableId> _tableReads = [];

    /// <summary>Keys, rows as they are to be, rows as they were read.</summary>
    public ByteBuffer Bytes { get; } = new();

    /// <summary>The writes in the caller's order.</summary>
    public Span<RowWrite> All => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_writes);

    /// <summary>Keys that were looked at: the commit is refused where another commit has changed what was found.</summary>
    public ReadOnlySpan<KeyRead> KeyReads => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_keyReads);

    /// <summary>Tables that were scanned: the commit is refused where another commit has changed a row of them.</summary>
    public ReadOnlySpan<TableId> TableReads => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tableReads);

    public int Count => _writes.Count;

    /// <summary>Nothing to write and nothing to check.</summary>
    public bool IsEmpty => _writes.Count == 0 && _keyReads.Count == 0 && _tableReads.Count == 0;

    /// <summary>Is a row written? Deletes alone take hardly any room on the disk.</summary>
    public bool Inserts { get; private set; }

    /// <summary>Did foreign keys' actions make some of them?</summary>
    public bool HasCaused { get; private set; }

    /// <summary>Leaves out what belongs to one write of the caller.</summary>
    public void Drop(int number)
    {
        foreach (ref var write in All)
        {
            if (write.Number == number)
                (write.IsDropped, write.Effect) = (true, RowWriteEffect.None);
        }
    }

    /// <summary>The commit that was visible when rows were read ahead; zero where nothing was.</summary>
    public Lsn Snapshot { get; set; }

    public void Add(in RowWrite write)
    {
        _writes.Add(write);
        HasCaused |= write.IsCaused;
        Inserts |= write.Mode is not (RowWriteMode.Delete or RowWriteMode.Absent or RowWriteMode.Duplicate);
    }

    public void Add(in KeyRead read) => _keyReads.Add(read);

    /// <summary>Notes what Validate has found for a key that was looked at.</summary>
    public void Record(int read, KeyVersion found) => _keyReads[read] = _keyReads[read] with { Recorded = found };

    public void AddScan(TableId table)
    {
        if (!_tableReads.Contains(table))
            _tableReads.Add(table);
    }

    /// <summary>Keeps bytes and returns their place.</summary>
    public Slice Keep(ReadOnlySpan<byte> bytes)
    {
        var slice = new Slice(Bytes.Length, bytes.Length);
        Bytes.Append(bytes);
        return slice;
    }

    public ReadOnlySpan<byte> this[Slice slice] => Bytes.Written.Slice(slice.Offset, slice.Length);

    public void Clear()
    {
        _writes.Clear();
        _keyReads.Clear();
        _tableReads.Clear();
        Bytes.Truncate(0);
        Inserts = false;
        HasCaused = false;
        Snapshot = default;
    }

    public void Dispose() => Bytes.Dispose();
}

/// <summary>A run of bytes in a buffer.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">Its bytes; -1 where there is none.</param>
internal readonly record struct Slice(int Offset, int Length)
{
    public static Slice None => new(0, -1);

    public bool IsNone => Length < 0;
}

/// <summary>What a caller wants of a row.</summary>
internal enum RowWriteMode : byte
{
    /// <summary>A new row; refused where one of its keys is taken.</summary>
    Insert,

    /// <summary>A new row; left alone where one of its keys is taken.</summary>
    InsertIfAbsent,

    /// <summary>The row with this key is to be so, new or not.</summary>
    Upsert,

    /// <summary>The row with this key is to be so, if there is one.</summary>
    Update,

    /// <summary>The row with this key is to go, if there is one.</summary>
    Delete,

    /// <summary>An insert that the same commit took back: refused where its key is taken, and nothing is written.</summary>
    Absent,

    /// <summary>An insert of a key that an earlier row of the same commit had taken, and a later one gave up: refused in any case.</summary>
    Duplicate,
}

/// <summary>What Constrain makes of a write.</summary>
internal enum RowWriteEffect : byte
{
    None,
    Insert,
    Update,
    Delete,
}

/// <summary>One row that a commit wants changed.</summary>
internal struct RowWrite
{
    public TableId Table;

    public RowWriteMode Mode;

    /// <summary>Is it for the version that was read, and for no other? Else it goes by the key, whatever the row is by then.</summary>
    public bool IsExact;

    /// <summary>Did a foreign key's action make it? It is refused together with the write of the same number that caused it.</summary>
    public bool IsCaused;

    /// <summary>Is it left out, because a stage refused the row?</summary>
    public bool IsDropped;

    /// <summary>Decided by Constrain.</summary>
    public RowWriteEffect Effect;

    /// <summary>Which row it is in the caller's counting.</summary>
    public int Number;

    /// <summary>Primary key of the row that is meant; none where it is named by its id alone, or new.</summary>
    public Slice Key;

    /// <summary>The row as it is to be; none for a delete.</summary>
    public Slice After;

    /// <summary>The row that was read ahead, and its version; zero where there was none.</summary>
    public RowId Row;

    public Lsn RowLsn;

    /// <summary>Who has <see cref="Key"/> as of the commit's snapshot, found by Validate where the index may be in the store in part; LSN 0 where nobody has, or nobody looked.</summary>
    public KeyVersion Recorded;

    /// <summary>The content that was read ahead; none where none was.</summary>
    public Slice Before;

    /// <summary>Where in the envelope's keys those of <see cref="After"/> stand.</summary>
    public int AfterKeys;

    /// <summary>Where in the envelope's keys those of <see cref="Before"/> stand.</summary>
    public int BeforeKeys;
}

/// <summary>A key of a unique index that a transaction looked at.</summary>
/// <param name="Table">The table.</param>
/// <param name="Index">Number of the index in the table.</param>
/// <param name="Key">The key.</param>
/// <param name="Row">The row found; zero where none was.</param>
/// <param name="RowLsn">Its version; zero where none was.</param>
internal readonly record struct KeyRead(TableId Table, int Index, Slice Key, RowId Row, Lsn RowLsn)
{
    /// <summary>As <see cref="RowWrite.Recorded"/>.</summary>
    public KeyVersion Recorded { get; init; }
}
