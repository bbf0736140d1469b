using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <content>Bloom filters of some columns, in the summaries of blocks, and memory.</content>
internal sealed partial class TableFilters
{
    /// <summary>Which columns are to have them.</summary>
    public BloomPolicy Blooms { get; }

    /// <summary>The columns that have them, ascending. A block may lack some of them still.</summary>
    public ImmutableArray<int> BloomColumns => _zones.BloomColumns;

    /// <summary>Does what <see cref="Blooms"/> has decided: new blocks have the filters at once, the others get them when they are made anew.</summary>
    public void UseBlooms()
    {
        lock (_gate)
        {
            var columns = Blooms.Columns; // asked for under the lock: whoever comes last has the last word
            if (_zones.BloomColumns.AsSpan().SequenceEqual(columns.AsSpan()))
                return;
            _zones.UseBlooms(columns);
            Count();
        }
    }

    /// <summary>Gives all bloom filters of blocks up; the background makes them again where memory lets it.</summary>
    public void ForgetBlooms()
    {
        lock (_gate)
        {
            var columns = _zones.BloomColumns;
            _zones.UseBlooms([]);
            _zones.UseBlooms(columns);
            Count();
        }
    }

    /// <summary>Gives the memory back of neighbouring blocks none of which has a summary any more.</summary>
    public void Trim()
    {
        foreach (var chunk in _zones.Chunks)
        {
            lock (_gate) // one at a time: Track waits for it
            {
                var (first, isUsed) = (chunk * (ulong)_zones.BlocksPerChunk, false);
                for (var block = first; block < first + (ulong)_zones.BlocksPerChunk && !isUsed; block++)
                    isUsed = _states[block].Since != 0;
                if (isUsed)
                    continue;
                _zones.Remove(chunk);
                Count();
            }
        }
    }

    /// <summary>Takes a row in where more than the bounds of its block are kept: its bloom filters, and summaries that are being made.</summary>
    private void Watch(ulong block, ReadOnlySpan<byte> row, bool isKept)
    {
        if (isKept && _zones.HasBlooms)
        {
            RowView.ReadOffsets(row, _offsets.AsSpan(0, _zones.BloomColumns[^1] + 1));
            _zones.WidenBlooms(block, row, _offsets);
        }

        if (_building.Count > 0)
            Widen(block, row, isKept: false);
    }
}
