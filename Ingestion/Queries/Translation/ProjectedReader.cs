using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Makes results of stored rows, decoding only some of their columns. One thread at a time.</summary>
/// <param name="ordinals">The columns that are decoded, ascending.</param>
/// <param name="slots">One for each of them.</param>
/// <param name="make">Makes a result of the slots.</param>
internal sealed class ProjectedReader<TResult>(ImmutableArray<int> ordinals, ColumnSlot[] slots, Func<ColumnSlot[], TResult> make) : IRowDecoder<TResult>
{
    // What stands behind the last column that is needed is not stepped over.
    private readonly int[] _offsets = new int[ordinals.IsEmpty ? 0 : ordinals[^1] + 1];

    /// <exception cref="HeliosException">Invalid <c>out_of_range</c>: a value does not fit its property. Corrupt: the bytes are no row.</exception>
    public TResult Read(ReadOnlySpan<byte> row)
    {
        RowView.ReadOffsets(row, _offsets);
        for (var i = 0; i < slots.Length; i++)
            slots[i].Read(new ValueView(row[_offsets[ordinals[i]]..]));
        return make(slots);
    }

    /// <summary>The same for a row whose offsets, of all its columns, are known already.</summary>
    public TResult Read(ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets)
    {
        for (var i = 0; i < slots.Length; i++)
            slots[i].Read(new ValueView(row[offsets[ordinals[i]]..]));
        return make(slots);
    }
}
