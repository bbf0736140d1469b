using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>
/// What is known of a table's rows without looking at them: for each block of row ids, and each column of it, the least and the greatest value
/// (<see cref="ZoneCode"/>), whether there is a NULL, and for some columns a bloom filter of <see cref="ValueHash"/>.
/// </summary>
/// <remarks>
/// One writer at a time, any number of readers beside it, without locks. A summary covers every version of every row that was taken in; it only ever
/// widens, by stores of 8 bytes that readers may see in any order: each of them alone only ever turns a "no" into "perhaps". So what a reader must be
/// sure of is that it sees at least what its snapshot needs. The writer takes a row in (<see cref="Widen"/>) before it publishes the commit that wrote it,
/// with a release (Volatile.Write of Visible); the reader takes its snapshot with an acquire (Volatile.Read of Visible) before it asks for a
/// <see cref="BlockView"/>. Then it sees every row of its snapshot, on x64 and on arm64. What a reader with an older snapshot sees besides does no harm.
/// A delete takes nothing back. <see cref="Clear"/> and <see cref="Replace"/> narrow, and ask more of the caller. Which columns have bloom filters may
/// change (<see cref="UseBlooms"/>): a view that was taken before has what its reader needs still.
/// Row ids may lie as far apart as they like: what no row was taken in for costs nothing.
/// </remarks>
internal sealed class TableZones
{
    /// <summary>Of a chunk in the dictionary, about.</summary>
    private const int EntryBytes = 64;

    private readonly ConcurrentDictionary<ulong, ZoneChunk> _chunks = new(concurrencyLevel: 1, capacity: 31);
    private ZoneLayout _layout;
    private readonly ulong _rowsPerBlock;
    private long _bytes;

    /// <param name="schema">Rows are taken in with offsets for its columns. A column that is added later is one of which nothing is known.</param>
    /// <param name="rowsPerBlock">Row ids of a block, 1 or more.</param>
    /// <param name="bloomColumns">Ordinals of the columns that get a bloom filter in each block.</param>
    /// <param name="falsePositives">Share of wrong "perhaps" of a bloom filter; 0.0001 to 0.5.</param>
    /// <exception cref="ArgumentException">A bloom filter is asked for a column that does not exist or whose type is never compared.</exception>
    public TableZones(TableSchema schema, int rowsPerBlock, IEnumerable<int>? bloomColumns = null, double falsePositives = 0.01)
    {
        _layout = new ZoneLayout(schema, rowsPerBlock, bloomColumns ?? [], falsePositives);
        _rowsPerBlock = (ulong)rowsPerBlock;
        _bytes = _layout.Everything.Bytes;
    }

    /// <summary>Memory that it holds, about.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Ordinals of the columns with bloom filters, ascending.</summary>
    public ImmutableArray<int> BloomColumns => _layout.BloomColumns;

    public bool HasBlooms => !_layout.BloomColumns.IsEmpty;

    /// <summary>Numbers of the chunks that there are, each of <see cref="BlocksPerChunk"/> neighbouring blocks.</summary>
    public ICollection<ulong> Chunks => _chunks.Keys;

    public int BlocksPerChunk => _layout.BlocksPerChunk;

    /// <summary>The block of a row.</summary>
    public ulong BlockOf(RowId id) => id.Value / _rowsPerBlock;

    /// <summary>The first and the last row id of a block.</summary>
    public (RowId First, RowId Last) RowsOf(ulong block) => (new RowId(block * _rowsPerBlock), new RowId((block * _rowsPerBlock) + (_rowsPerBlock - 1)));

    /// <summary>The summary of a block; of one that no row was taken in for, that it has none.</summary>
    public BlockView View(ulong block)
    {
        _chunks.TryGetValue(block >> _layout.ChunkShift, out var chunk);
        return new BlockView(chunk, SlotOf(block));
    }

    /// <summary>Takes a row in: before its commit becomes visible.</summary>
    /// <param name="block">The row's.</param>
    /// <param name="row">The row as it will be read.</param>
    /// <param name="offsets">Where its columns begin, as <see cref="RowRules"/> or <see cref="RowView.ReadOffsets"/> say.</param>
    /// <exception cref="HeliosException">Corrupt: the row is damaged. The summary may have widened.</exception>
    public void Widen(ulong block, ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets) => Take(Chunk(block).Widen(SlotOf(block), row, offsets));

    /// <summary>Takes the bounds of rows in that were gathered before: before their commit becomes visible. Bloom filters need the rows themselves, <see cref="WidenBlooms"/>.</summary>
    public void Widen(ulong block, ZoneAccumulator rows) => Chunk(block).Widen(SlotOf(block), rows);

    /// <summary>Takes a row into the bloom filters of its block alone.</summary>
    /// <param name="block">The row's.</param>
    /// <param name="row">The row as it will be read.</param>
    /// <param name="offsets">Where its columns begin, up to the last one with a bloom filter at least.</param>
    public void WidenBlooms(ulong block, ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets) => Take(Chunk(block).WidenBlooms(SlotOf(block), row, offsets));

    /// <summary>Gives other columns bloom filters. In blocks that have been there, those of a column that had none say "perhaps" of everything until the block is replaced; those of a column that has none any more are gone.</summary>
    /// <exception cref="ArgumentException">A column does not exist, or its type is never compared; nothing has changed.</exception>
    public void UseBlooms(IEnumerable<int> columns)
    {
        var (before, bytes) = (_layout, 0L);
        _layout = before.With(columns);
        foreach (var (number, chunk) in _chunks.ToArray())
        {
            var next = new ZoneChunk(chunk, _layout);
            bytes += next.BloomBytes - chunk.BloomBytes + _layout.ChunkBytes - before.ChunkBytes;
            _chunks[number] = next; // whole before it is seen
        }

        Take(bytes);
    }

    /// <summary>Is there a bloom filter of the block that says nothing, or hardly anything?</summary>
    public bool LacksBlooms(ulong block) => HasBlooms && _chunks.TryGetValue(block >> _layout.ChunkShift, out var chunk) && chunk.LacksBlooms(SlotOf(block));

    /// <summary>From here on the bloom filters of a block say "perhaps" of everything. Right at any time.</summary>
    public void ForgetBlooms(ulong block)
    {
        if (HasBlooms)
            Take(Chunk(block).ForgetBlooms(SlotOf(block)));
    }

    /// <summary>Gives the memory of a chunk back: its blocks have no row, as those that no row was taken in for. Asks what <see cref="Clear"/> asks, of each.</summary>
    public void Remove(ulong chunk)
    {
        if (_chunks.TryRemove(chunk, out var removed))
            Take(-(_layout.ChunkBytes + EntryBytes + removed.BloomBytes));
    }

    /// <summary>From here on everything is possible in the block, in every column. Right at any time.</summary>
    public void Forget(ulong block) => Take(Chunk(block).Forget(SlotOf(block)));

    /// <summary>The block has no row. Only where no snapshot, open or to come, sees one there that was taken in before.</summary>
    public void Clear(ulong block)
    {
        if (_chunks.TryGetValue(block >> _layout.ChunkShift, out var chunk))
            Take(chunk.Clear(SlotOf(block)));
    }

    /// <summary>Takes the summary of a block from another one, narrower than its own or wider.</summary>
    /// <param name="block">The block, in both.</param>
    /// <param name="from">
    /// Made with the same arguments, but for bloom filters: one that it does not have says "perhaps" of everything here. It is done with, and must have taken in every version of the block's rows that any snapshot sees, open or to come.
    /// Whoever looks meanwhile sees for each column the old or the new bounds, in any mixture: each is right.
    /// </param>
    /// <exception cref="ArgumentException">The other one was made otherwise.</exception>
    public void Replace(ulong block, TableZones from)
    {
        if (!_layout.Columns.AsSpan().SequenceEqual(from._layout.Columns) || _layout.Bloom != from._layout.Bloom || _rowsPerBlock != from._rowsPerBlock)
            throw new ArgumentException("These summaries are of other columns or blocks.", nameof(from));
        if (from._chunks.TryGetValue(block >> _layout.ChunkShift, out var source))
            Take(Chunk(block).Replace(SlotOf(block), source, SlotOf(block)));
        else
            Clear(block);
    }

    private ZoneChunk Chunk(ulong block)
    {
        var number = block >> _layout.ChunkShift;
        if (_chunks.TryGetValue(number, out var known))
            return known;
        var made = new ZoneChunk(_layout);
        _chunks[number] = made; // empty and whole before it is seen
        Take(_layout.ChunkBytes + EntryBytes);
        return made;
    }

    private int SlotOf(ulong block) => (int)block & (_layout.BlocksPerChunk - 1);

    private void Take(long bytes)
    {
        if (bytes != 0)
            Volatile.Write(ref _bytes, _bytes + bytes);
    }
}
