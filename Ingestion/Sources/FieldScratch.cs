namespace Helios.Pipeline.Ingestion;

/// <summary>Memory for the field values of one record that cannot be used where they stand, because they hold escapes.</summary>
/// <remarks>
/// One thread, one record at a time: the spans it gave stay valid until the next record begins. It keeps the size of
/// the largest record that needed it, so a worker has one and uses it for every record.
/// </remarks>
internal sealed class FieldScratch
{
    private byte[] _bytes = [];
    private ulong[] _seen = [];
    private int _used;

    /// <summary>Begins a record of <paramref name="recordBytes"/> bytes: unescaped values together are never longer.</summary>
    public void Begin(int recordBytes)
    {
        _used = 0;
        if (_bytes.Length < recordBytes)
            _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(recordBytes, Math.Clamp(2 * _bytes.Length, 4 * 1024, 64 * 1024)));
    }

    /// <summary>The free memory; what is written to its beginning is kept by <see cref="Keep"/>.</summary>
    public Span<byte> Free => _bytes.AsSpan(_used);

    /// <summary>Keeps the first bytes of <see cref="Free"/> for this record.</summary>
    public ReadOnlySpan<byte> Keep(int bytes)
    {
        var kept = _bytes.AsSpan(_used, bytes);
        _used += bytes;
        return kept;
    }

    /// <summary>Forgets which columns the record before had.</summary>
    public void ClearSeen(int columns)
    {
        var words = (columns + 63) / 64;
        if (_seen.Length < words)
            _seen = new ulong[words];
        else
            _seen.AsSpan(0, words).Clear();
    }

    /// <summary>Notes a column of the record; false where it was there already.</summary>
    public bool TryMarkSeen(int ordinal)
    {
        ref var word = ref _seen[ordinal / 64];
        var bit = 1UL << (ordinal % 64);
        var isNew = (word & bit) == 0;
        word |= bit;
        return isNew;
    }

    /// <summary>Has the record had this column so far?</summary>
    public bool HasSeen(int ordinal) => (_seen[ordinal / 64] & (1UL << (ordinal % 64))) != 0;
}
