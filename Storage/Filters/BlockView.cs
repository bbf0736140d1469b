namespace Helios.Pipeline.Storage;

/// <summary>The summary of one block, as it is while it is read. Valid as long as its <see cref="TableZones"/>.</summary>
internal readonly ref struct BlockView
{
    private readonly ZoneChunk? _chunk; // null where no row of it, nor of its neighbours, was ever taken in
    private readonly int _slot;
    private readonly bool _isWithoutBlooms;

    public BlockView(ZoneChunk? chunk, int slot, bool isWithoutBlooms = false)
    {
        _chunk = chunk;
        _slot = slot;
        _isWithoutBlooms = isWithoutBlooms;
    }

    /// <summary>The same, as if no column had a bloom filter.</summary>
    public BlockView WithoutBlooms => new(_chunk, _slot, isWithoutBlooms: true);

    /// <summary>The least and the greatest code; the least is above the greatest where the column has no value in the block.</summary>
    public (ulong Least, ulong Greatest) Zone(int column)
    {
        if (_chunk is null)
            return (ulong.MaxValue, 0);
        return column < _chunk.ColumnCount ? (_chunk.Least(_slot, column), _chunk.Greatest(_slot, column)) : (0, ulong.MaxValue);
    }

    /// <summary>May a row of the block have NULL there?</summary>
    public bool HasNull(int column) => _chunk is not null && (column >= _chunk.ColumnCount || _chunk.HasNull(_slot, column));

    /// <summary>May a row of the block have a value there?</summary>
    public bool HasValue(int column) => Zone(column) is var (least, greatest) && least <= greatest;

    /// <summary>May a row of the block have a value of this hash there? True where the column has no bloom filter, or a saturated one, and some value.</summary>
    public bool MayContain(int column, ulong hash)
    {
        if (_chunk is null)
            return false;
        if (_isWithoutBlooms || column >= _chunk.ColumnCount || !_chunk.HasBloom(column))
            return true;
        return _chunk.Bloom(_slot, column) is { } bloom && (bloom.IsSaturated || bloom.MayContain(hash));
    }
}
