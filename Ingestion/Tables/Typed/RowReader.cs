using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Makes row objects of stored rows. One thread at a time.</summary>
internal sealed class RowReader<T>(ColumnSlot[] slots, Func<ColumnSlot[], T> make) : IRowDecoder<T>
{
    private readonly int[] _offsets = new int[slots.Length];

    /// <exception cref="HeliosException">Invalid <c>out_of_range</c>: a value does not fit its property. Corrupt: the bytes are no row.</exception>
    public T Read(ReadOnlySpan<byte> row)
    {
        RowView.ReadOffsets(row, _offsets);
        for (var i = 0; i < slots.Length; i++)
        {
            var end = i + 1 < slots.Length ? _offsets[i + 1] : row.Length;
            slots[i].Read(new ValueView(row[_offsets[i]..end]));
        }

        return make(slots);
    }
}
