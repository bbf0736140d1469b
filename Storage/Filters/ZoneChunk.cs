namespace Helios.Pipeline.Storage;

/// <summary>The summaries of some neighbouring blocks. Written by one thread, read by any: see <see cref="TableZones"/>.</summary>
internal sealed class ZoneChunk
{
    /// <summary>Least and greatest code of each column's blocks, column after column: a scan looks at one column of many blocks.</summary>
    private readonly ulong[] _zones;

    /// <summary>One bit per column, words of a block together.</summary>
    private readonly ulong[] _nulls;
    private readonly BloomFilter?[] _blooms;
    private readonly ZoneLayout _layout;

    public ZoneChunk(ZoneLayout layout)
    {
        _layout = layout;
        _zones = new ulong[layout.Columns.Length * layout.BlocksPerChunk * 2];
        _nulls = new ulong[layout.NullWords * layout.BlocksPerChunk];
        _blooms = new BloomFilter?[layout.BloomColumns.Length * layout.BlocksPerChunk];
        for (var i = 0; i < _zones.Length; i += 2)
            _zones[i] = ulong.MaxValue; // least above greatest: no value
    }

    /// <summary>The same bounds with other bloom filters: those that both have stay, of the others nothing is known. The old one must not be written to afterwards.</summary>
    public ZoneChunk(ZoneChunk from, ZoneLayout layout)
    {
        _layout = layout;
        (_zones, _nulls) = (from._zones, from._nulls);
        _blooms = new BloomFilter?[layout.BloomColumns.Length * layout.BlocksPerChunk];
        for (var index = 0; index < layout.BloomColumns.Length; index++)
        {
            var column = layout.BloomColumns[index];
            var known = from._layout.BloomOf[column];
            for (var slot = 0; slot < layout.BlocksPerChunk; slot++)
            {
                var hasValue = Least(slot, column) <= Greatest(slot, column);
                _blooms[At(slot, index) / 2] = known >= 0 ? from._blooms[At(slot, known) / 2] : hasValue ? layout.Everything : null;
            }
        }
    }

    /// <summary>Memory of its bloom filters.</summary>
    public long BloomBytes => _blooms.Sum(BytesOf);

    public int ColumnCount => _layout.Columns.Length;

    public ulong Least(int slot, int column) => _zones[At(slot, column)];

    public ulong Greatest(int slot, int column) => _zones[At(slot, column) + 1];

    public bool HasNull(int slot, int column) => (_nulls[(slot * _layout.NullWords) + (column >> 6)] & (1UL << column)) != 0;

    /// <summary>Null where the column has no bloom filter, or no value yet.</summary>
    public BloomFilter? Bloom(int slot, int column) => _layout.BloomOf[column] is var index and >= 0 ? Volatile.Read(ref _blooms[At(slot, index) / 2]) : null;

    public bool HasBloom(int column) => _layout.BloomOf[column] >= 0;

    /// <summary>Takes in the values of a row; returns how much memory that took.</summary>
    public long Widen(int slot, ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets)
    {
        var taken = 0L;
        for (var column = 0; column < _layout.Columns.Length; column++)
        {
            var value = new ValueView(row[offsets[column]..]);
            if (value.IsNull)
            {
                _nulls[(slot * _layout.NullWords) + (column >> 6)] |= 1UL << column;
                continue;
            }

            var type = _layout.Columns[column];
            if (!ZoneCode.IsDefined(type))
            {
                SetZone(slot, column, 0, ulong.MaxValue);
                continue;
            }

            var code = ZoneCode.Of(type, value);
            SetZone(slot, column, Math.Min(code, Least(slot, column)), Math.Max(code, Greatest(slot, column)));
            if (_layout.BloomOf[column] is var index and >= 0)
                taken += AddToBloom(slot, index, ValueHash.Of(type, value));
        }

        return taken;
    }

    /// <summary>Takes in rows that were gathered before.</summary>
    public void Widen(int slot, ZoneAccumulator rows)
    {
        for (var column = 0; column < _layout.Columns.Length; column++)
            SetZone(slot, column, Math.Min(rows.Zones[column * 2], Least(slot, column)), Math.Max(rows.Zones[(column * 2) + 1], Greatest(slot, column)));
        for (var word = 0; word < _layout.NullWords; word++)
            _nulls[(slot * _layout.NullWords) + word] |= rows.Nulls[word];
    }

    /// <summary>Takes in the values of a row for which there are bloom filters; returns how much memory that took.</summary>
    public long WidenBlooms(int slot, ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets)
    {
        var taken = 0L;
        for (var index = 0; index < _layout.BloomColumns.Length; index++)
        {
            var column = _layout.BloomColumns[index];
            var value = new ValueView(row[offsets[column]..]);
            if (!value.IsNull)
                taken += AddToBloom(slot, index, ValueHash.Of(_layout.Columns[column], value));
        }

        return taken;
    }

    /// <summary>Is there a bloom filter that says nothing, or hardly anything?</summary>
    public bool LacksBlooms(int slot)
    {
        for (var index = 0; index < _layout.BloomColumns.Length; index++)
        {
            if (_blooms[At(slot, index) / 2] is { IsSaturated: true })
                return true;
        }

        return false;
    }

    /// <summary>Nothing is known of the block any more but its bounds; returns how much memory that set free, below zero.</summary>
    public long ForgetBlooms(int slot) => ReplaceBlooms(slot, _ => _layout.Everything);

    /// <summary>Nothing is known of the block any more; returns how much memory that set free, below zero.</summary>
    public long Forget(int slot)
    {
        for (var column = 0; column < _layout.Columns.Length; column++)
            SetZone(slot, column, 0, ulong.MaxValue);
        _nulls.AsSpan(slot * _layout.NullWords, _layout.NullWords).Fill(ulong.MaxValue);
        return ReplaceBlooms(slot, _ => _layout.Everything);
    }

    /// <summary>The block has no row; returns how much memory that set free, below zero.</summary>
    public long Clear(int slot)
    {
        for (var column = 0; column < _layout.Columns.Length; column++)
            SetZone(slot, column, ulong.MaxValue, 0);
        _nulls.AsSpan(slot * _layout.NullWords, _layout.NullWords).Clear();
        return ReplaceBlooms(slot, static _ => null);
    }

    /// <summary>Takes the summary of a block from a chunk of the same layout but for bloom filters, which must not be written to afterwards; returns how much memory that took.</summary>
    public long Replace(int slot, ZoneChunk from, int fromSlot)
    {
        for (var column = 0; column < _layout.Columns.Length; column++)
            SetZone(slot, column, from.Least(fromSlot, column), from.Greatest(fromSlot, column));
        from._nulls.AsSpan(fromSlot * _layout.NullWords, _layout.NullWords).CopyTo(_nulls.AsSpan(slot * _layout.NullWords));
        return ReplaceBlooms(slot, index => from._layout.BloomOf[_layout.BloomColumns[index]] is var at and >= 0
            && from._blooms[from.At(fromSlot, at) / 2] is var bloom && !ReferenceEquals(bloom, from._layout.Everything) ? bloom : _layout.Everything);
    }

    private long ReplaceBlooms(int slot, Func<int, BloomFilter?> replacement)
    {
        var taken = 0L;
        for (var index = 0; index < _layout.BloomColumns.Length; index++)
        {
            ref var bloom = ref _blooms[At(slot, index) / 2];
            var next = replacement(index);
            taken += BytesOf(next) - BytesOf(bloom);
            Volatile.Write(ref bloom, next);
        }

        return taken;
    }

    private long AddToBloom(int slot, int index, ulong hash)
    {
        ref var bloom = ref _blooms[At(slot, index) / 2];
        if (bloom is { } known)
        {
            known.Add(hash);
            return 0;
        }

        var made = new BloomFilter(_layout.Bloom);
        made.Add(hash);
        Volatile.Write(ref bloom, made); // whole before it is seen
        return made.Bytes;
    }

    private long BytesOf(BloomFilter? bloom) => bloom is null || ReferenceEquals(bloom, _layout.Everything) ? 0 : bloom.Bytes;

    private void SetZone(int slot, int column, ulong least, ulong greatest)
    {
        var at = At(slot, column);
        if (_zones[at] != least)
            _zones[at] = least;
        if (_zones[at + 1] != greatest)
            _zones[at + 1] = greatest;
    }

    private int At(int slot, int column) => ((column * _layout.BlocksPerChunk) + slot) * 2;
}
