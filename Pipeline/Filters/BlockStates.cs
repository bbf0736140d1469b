using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Which blocks of a table have a summary, and since when. Its owner's lock covers it.</summary>
/// <remarks>Sparse: a row id far from all others costs one chunk of 4 KiB.</remarks>
internal sealed class BlockStates
{
    private const int ChunkShift = 8;
    private const int ChunkBlocks = 1 << ChunkShift;

    private readonly Dictionary<ulong, State[]> _chunks = [];
    private readonly List<ulong> _numbers = []; // of the chunks, ascending

    /// <summary>What is known of a block.</summary>
    public struct State
    {
        /// <summary>The LSN that the summary holds from, plus 1; 0 where there is no summary.</summary>
        public ulong Since;

        /// <summary>Changes since it was made: each may have left it wider than it need be.</summary>
        public uint Changes;

        /// <summary>When the first of them was made, in seconds; about.</summary>
        public uint ChangedAt;

        /// <summary>Does it have everything that a reader as of an LSN sees? Readers of later commits are answered too: those are taken in before they are visible.</summary>
        public readonly bool Covers(Lsn lsn) => Since != 0 && Since - 1 <= lsn.Value;
    }

    /// <summary>Memory of the states.</summary>
    public long Bytes => _chunks.Count * ((ChunkBlocks * 16L) + 100);

    /// <summary>The state of a block, or none.</summary>
    public State this[ulong block] => _chunks.TryGetValue(block >> ChunkShift, out var chunk) ? chunk[block & (ChunkBlocks - 1)] : default;

    /// <summary>A block's state, to be changed; made where there is none.</summary>
    public ref State Of(ulong block)
    {
        var number = block >> ChunkShift;
        if (!_chunks.TryGetValue(number, out var chunk))
        {
            _chunks[number] = chunk = new State[ChunkBlocks];
            var at = _numbers.BinarySearch(number);
            _numbers.Insert(~at, number);
        }

        return ref chunk[block & (ChunkBlocks - 1)];
    }

    /// <summary>No block has a summary.</summary>
    public void Clear()
    {
        _chunks.Clear();
        _numbers.Clear();
    }

    /// <summary>The first block at or behind one that may have a summary; false where none has.</summary>
    public bool TryNext(ulong block, out ulong next)
    {
        next = block;
        if (_chunks.ContainsKey(block >> ChunkShift))
            return true;
        var at = ~_numbers.BinarySearch(block >> ChunkShift);
        if (at >= _numbers.Count)
            return false;
        next = _numbers[at] << ChunkShift;
        return true;
    }
}
