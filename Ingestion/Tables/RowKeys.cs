using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>The keys of one row in every index of its table. One thread.</summary>
internal sealed class RowKeys : IDisposable
{
    private readonly ByteBuffer _keys = new();
    private readonly (int Offset, int Length)[] _places; // length -1: a column is NULL, there is no key

    public RowKeys(TablePlan plan, ReadOnlySpan<byte> row)
    {
        _places = new (int, int)[plan.Encoders.Length];
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        RowView.ReadOffsets(row, offsets);
        for (var i = 0; i < _places.Length; i++)
        {
            var start = _keys.Length;
            var hasKey = plan.Encoders[i].Append(row, offsets, _keys) is { HasNull: false, IsTooLong: false };
            _places[i] = (start, hasKey ? _keys.Length - start : -1);
        }
    }

    /// <summary>How many keys there are.</summary>
    public int Count => _places.Count(static place => place.Length >= 0);

    public ReadOnlySpan<byte> this[int index] => _keys.Written.Slice(_places[index].Offset, _places[index].Length);

    public bool Has(int index) => _places[index].Length >= 0;

    public void Dispose() => _keys.Dispose();
}
