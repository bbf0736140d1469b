namespace Helios.Pipeline.Storage;

/// <summary>The keys of the default family that begin with one prefix, ascending.</summary>
/// <remarks>
/// Forward only; one reader. No snapshot: like <see cref="StoreCursor"/> it drops its native iterator now and then and goes on behind
/// the last key, so that it may see a key that was written after it was opened, but never one key twice.
/// </remarks>
internal sealed class MetaCursor : IDisposable
{
    private readonly StoreIterator _iterator;
    private readonly ByteBuffer _key = new(); // owned; returned by Dispose
    private readonly ByteBuffer _value = new(); // owned; returned by Dispose
    private readonly ValueCipher? _cipher;
    private bool _isCiphertext; // what stands in _value
    private bool _started;
    private bool _atEnd;

    public MetaCursor(StoreHandle handle, ReadOnlySpan<byte> prefix, TimeProvider time, ValueCipher? cipher)
    {
        _cipher = cipher;
        _key.Append(prefix);
        _iterator = new StoreIterator(handle, handle.Meta, After(prefix), readahead: 0, time);
    }

    /// <summary>The whole key, in the cursor's own memory: valid until the next call.</summary>
    public ReadOnlySpan<byte> Key => _key.Written;

    /// <summary>The value, decrypted when it is first asked for, in the cursor's own memory: valid until the next call.</summary>
    /// <exception cref="HeliosException">"corrupt": it does not verify. The cursor can go on.</exception>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            if (_isCiphertext)
                StoredMeta.Decrypt(_cipher!, _key.Written, _value, 0);
            _isCiphertext = false;
            return _value.Written;
        }
    }

    /// <summary>Bytes of the stored value, encryption included; nothing is decrypted for it.</summary>
    public int ValueBytes => _value.Length;

    /// <summary>Goes to the next key; false at the end.</summary>
    public bool MoveNext()
    {
        lock (_iterator.Gate)
        {
            _iterator.ThrowIfDisposed();
            if (_atEnd)
                return false;
            if (_iterator.IsOpen && _iterator.IsStale)
                _iterator.Drop();
            _atEnd = !(_iterator.IsOpen ? _iterator.Next() : Resume());
            if (_atEnd)
                return false;
            _started = true;
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

    private bool Resume()
    {
        if (!_started)
            return _iterator.Seek(_key.Written);

        // The first key behind the last one is that key and a zero byte.
        _key.Append(0);
        var found = _iterator.Seek(_key.Written);
        _key.Truncate(_key.Length - 1);
        return found;
    }

    private static void Copy(ReadOnlySpan<byte> from, ByteBuffer to)
    {
        to.Truncate(0);
        to.Append(from);
    }

    // The lowest key behind all that begin with the prefix; none where it consists of 0xFF.
    private static byte[] After(ReadOnlySpan<byte> prefix)
    {
        var end = prefix.TrimEnd((byte)0xFF).ToArray();
        if (end.Length > 0)
            end[^1]++;
        return end;
    }
}
