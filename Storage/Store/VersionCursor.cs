namespace Helios.Pipeline.Storage;

/// <summary>Every stored version of every row of every partition, or of those between two keys, in key order, for those who check the store or tidy it.</summary>
/// <remarks>
/// Forward only; one reader; nothing but encryption is decoded, and that only when a value is asked for, so that a damaged key can be reported and passed over. No snapshot: like
/// <see cref="MetaCursor"/> it drops its native iterator now and then and goes on behind the last key.
/// Throws <see cref="HeliosException"/> where the files are damaged, <see cref="ObjectDisposedException"/> after the store is closed.
/// </remarks>
internal sealed class VersionCursor : IDisposable
{
    private readonly StoreIterator _iterator;
    private readonly ByteBuffer _key = new(); // owned; returned by Dispose
    private readonly ByteBuffer _value = new(); // owned; returned by Dispose
    private readonly ValueCipher? _cipher;
    private bool _isCiphertext; // what stands in _value
    private bool _atEnd;

    /// <param name="handle">The store.</param>
    /// <param name="readahead">Bytes to read ahead.</param>
    /// <param name="time">Clock for the age of its iterator.</param>
    /// <param name="cipher">Null where the database is not encrypted.</param>
    /// <param name="from">What the first key is behind: no key itself. Empty = from the beginning.</param>
    /// <param name="before">The first key that is not read any more; empty = to the end.</param>
    public VersionCursor(StoreHandle handle, int readahead, TimeProvider time, ValueCipher? cipher, ReadOnlySpan<byte> from = default, ReadOnlySpan<byte> before = default)
    {
        _cipher = cipher;
        _iterator = new StoreIterator(handle, handle.Rows, before, readahead, time);
        _key.Append(from);
    }

    /// <summary>The key as stored, valid until the next call; see <see cref="KeyReader.Row"/>.</summary>
    public ReadOnlySpan<byte> Key => _key.Written;

    /// <summary>A <see cref="RowKind"/> and the row's bytes, decrypted when first asked for; valid until the next call.</summary>
    /// <exception cref="HeliosException">"corrupt": it does not verify. The cursor can go on.</exception>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            if (_isCiphertext)
                StoredRow.Decrypt(_cipher!, _key.Written, _value, 0);
            _isCiphertext = false;
            return _value.Written;
        }
    }

    /// <summary>Bytes of the stored value, encryption included; no value is read for it.</summary>
    public int ValueBytes => _value.Length;

    /// <summary>Goes to the next version; false at the end.</summary>
    public bool MoveNext()
    {
        lock (_iterator.Gate)
        {
            _iterator.ThrowIfDisposed();
            if (_atEnd)
                return false;
            if (_iterator.IsOpen && _iterator.IsStale)
                _iterator.Drop();
            _atEnd = !(_iterator.IsOpen ? _iterator.Next() : SeekBehindKey());
            if (_atEnd)
                return false;
            Copy(_iterator.Key, _key);
            Copy(_iterator.Value, _value);
            _isCiphertext = _cipher is not null;
            return true;
        }
    }

    public void Dispose()
    {
        _iterator.Dispose();
        _key.Dispose();
        _value.Dispose();
    }

    // The first key behind the last one is that key and a zero byte; before the first, the last one is empty.
    private bool SeekBehindKey()
    {
        _key.Append(0);
        return _iterator.Seek(_key.Written);
    }

    private static void Copy(ReadOnlySpan<byte> from, ByteBuffer to)
    {
        to.Truncate(0);
        to.Append(from);
    }
}
