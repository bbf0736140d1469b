namespace Helios.Pipeline.Storage;

/// <summary>The rows of one partition as of one LSN, ascending by row id: of each row the newest version at or before it, deleted ones left out.</summary>
/// <remarks>
/// Forward only; one reader. It stays at its LSN while newer versions are written, though it drops the native iterator every
/// 65,536 steps or 1 s: nothing is pinned but the versions themselves, which the caller's snapshot protects from collection.
/// Throws <see cref="HeliosException"/> where the files are damaged, <see cref="ObjectDisposedException"/> after the store is closed.
/// </remarks>
internal sealed partial class StoreCursor : IDisposable
{
    /// <summary>Versions walked over one by one before a seek is cheaper.</summary>
    private const int MaxWalk = 8;

    private readonly StoreIterator _iterator;
    private readonly ByteBuffer _row = new(); // owned; returned by Dispose
    private readonly ValueCipher? _cipher;
    private readonly uint _partition;
    private readonly ulong _through;
    private ulong _next; // the lowest row id that is still to come
    private bool _atEnd;

    public StoreCursor(StoreHandle handle, uint partition, Lsn asOf, RowId from, RowId through, int readahead, TimeProvider time, ValueCipher? cipher)
    {
        _cipher = cipher;
        _partition = partition;
        AsOf = asOf;
        _next = from.Value;
        _through = Math.Min(through.Value, ulong.MaxValue - 1); // no row has the last number: there is always one behind the bound
        _atEnd = from.Value > _through;

        Span<byte> before = stackalloc byte[KeySpace.RowPrefixSize];
        KeyWriter.RowPrefix(before, partition, new RowId(_through + 1));
        _iterator = new StoreIterator(handle, handle.Rows, before, readahead, time);
    }

    /// <summary>The LSN that is read at.</summary>
    public Lsn AsOf { get; }

    /// <summary>The row stood at after <see cref="MoveNext"/> returned true.</summary>
    public RowId RowId { get; private set; }

    /// <summary>The commit that wrote this version.</summary>
    public Lsn Version { get; private set; }

    public RowKind Kind { get; private set; }

    /// <summary>The row's bytes, in the cursor's own memory: valid until the next call.</summary>
    public ReadOnlySpan<byte> Row => _cipher is null ? _row.Written : _row.Written[1..];

    /// <summary>True while a native iterator is open: it holds memtables and files that could be freed otherwise.</summary>
    public bool IsPinning
    {
        get
        {
            lock (_iterator.Gate)
                return _iterator.IsOpen;
        }
    }

    /// <summary>Goes to the next row; false at the end.</summary>
    public bool MoveNext()
    {
        lock (_iterator.Gate)
        {
            _iterator.ThrowIfDisposed();
            if (_atEnd)
                return false;
            if (_iterator.IsOpen && _iterator.IsStale)
                _iterator.Drop();
            var found = _iterator.IsOpen ? _iterator.Next() : SeekToNewest();
            _atEnd = !Settle(found);
            return !_atEnd;
        }
    }

    public void Dispose()
    {
        _iterator.Dispose();
        _row.Dispose();
    }

    // From where the iterator stands to the first version that a reader at this LSN sees.
    private bool Settle(bool found)
    {
        var walked = 0;
        while (found)
        {
            var (partition, row, lsn) = KeyReader.Row(_iterator.Key);
            if (partition != _partition || row.Value > _through)
                return false;

            if (row.Value >= _next && lsn <= AsOf)
            {
                _next = row.Value + 1;
                if (Take(row, lsn, _iterator.Value))
                    return true;
                walked = 0;
            }

            // What stands here is decided, or too new. Either way nothing before this row is to come.
            _next = Math.Max(_next, row.Value);
            if (_iterator.IsStale)
                _iterator.Drop();
            if (_iterator.IsOpen && ++walked <= MaxWalk)
            {
                found = _iterator.Next();
            }
            else
            {
                walked = 0;
                found = SeekToNewest();
            }
        }

        return false;
    }

    private bool SeekToNewest()
    {
        Span<byte> key = stackalloc byte[KeySpace.RowKeySize];
        KeyWriter.Row(key, _partition, new RowId(_next), AsOf);
        return _iterator.Seek(key);
    }

    private bool Take(RowId row, Lsn lsn, ReadOnlySpan<byte> value)
    {
        if (_cipher is not null)
            value = Decrypt(_cipher, value);
        Kind = StoredRow.Kind(value, row, lsn);
        if (Kind == RowKind.Tombstone)
            return false;
        RowId = row;
        Version = lsn;
        if (_cipher is not null)
            return true; // it stands in the cursor's memory already, behind its kind
        _row.Truncate(0);
        _row.Append(value[1..]);
        return true;
    }

    private ReadOnlySpan<byte> Decrypt(ValueCipher cipher, ReadOnlySpan<byte> value)
    {
        _row.Truncate(0);
        _row.Append(value);
        StoredRow.Decrypt(cipher, _iterator.Key, _row, 0);
        return _row.Written;
    }
}
