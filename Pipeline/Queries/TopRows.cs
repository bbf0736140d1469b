using System.Buffers.Binary;
using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Keeps the first rows of an order out of any number of rows. Bounded in rows and bytes. One thread.</summary>
internal sealed class TopRows
{
    /// <summary>Bytes of rows and keys at most, where nothing else is said.</summary>
    public const long MaxBytes = 256L << 20;

    private readonly PriorityQueue<Entry, byte[]> _kept = new(Comparer<byte[]>.Create(static (a, b) => b.AsSpan().SequenceCompareTo(a))); // the last of the order on top
    private readonly TableSchema _schema;
    private readonly ImmutableArray<SortColumn> _order;
    private readonly ByteBuffer _key = new();
    private readonly ByteBuffer _component = new();
    private readonly int[] _offsets;
    private readonly int _most;
    private readonly long _maxBytes;
    private readonly byte[]? _after;
    private long _bytes;

    /// <param name="table">The table.</param>
    /// <param name="order">The order; rows that are equal in it go by row id.</param>
    /// <param name="most">How many are kept.</param>
    /// <param name="after">The values of the order behind which the rows begin, as components of keys; empty for the first.</param>
    /// <param name="maxBytes">Bytes of rows and keys at most.</param>
    public TopRows(TableDefinition table, ImmutableArray<SortColumn> order, int most, ImmutableArray<byte[]> after, long maxBytes = MaxBytes)
    {
        _schema = table.Schema;
        _order = order;
        _most = most;
        _maxBytes = maxBytes;
        _offsets = new int[order.Max(o => o.Ordinal) + 1];
        if (after.IsEmpty)
            return;
        for (var i = 0; i < order.Length; i++)
            AppendTurned(after[i], order[i].IsDescending, _key);
        _after = _key.Written.ToArray();
    }

    private readonly record struct Entry(RowId Id, Lsn Version, byte[] Row);

    /// <summary>Looks at a row.</summary>
    /// <exception cref="HeliosException">Invalid <c>invalid_query</c>: the rows that are to be kept have too many bytes. <c>key_too_long</c>: a value is too long to be sorted by.</exception>
    public void Add(RowId id, Lsn version, ReadOnlySpan<byte> row)
    {
        WriteKey(row);
        if (_after is not null && _key.Written.SequenceCompareTo(_after) <= 0)
            return; // equal counts as before
        BinaryPrimitives.WriteUInt64BigEndian(_key.GetSpan(sizeof(ulong)), id.Value);
        _key.Advance(sizeof(ulong));
        if (_kept.Count == _most)
        {
            _kept.TryPeek(out var last, out var lastKey);
            if (_key.Written.SequenceCompareTo(lastKey) >= 0)
                return;
            _bytes -= last.Row.Length + lastKey!.Length;
            _kept.Dequeue();
        }

        _bytes += row.Length + _key.Length;
        if (_bytes > _maxBytes)
            throw new HeliosException(HeliosErrorKind.Invalid, "invalid_query", $"The {_kept.Count + 1:N0} rows to be sorted in memory have more than {_maxBytes:N0} bytes. Ask for fewer, or for an order that an index has.");
        _kept.Enqueue(new Entry(id, version, row.ToArray()), _key.Written.ToArray());
    }

    /// <summary>The rows in their order; empties it.</summary>
    public IReadOnlyList<(RowId Id, Lsn Version, byte[] Row)> Take()
    {
        var rows = new (RowId, Lsn, byte[])[_kept.Count];
        for (var i = rows.Length - 1; i >= 0; i--)
        {
            var entry = _kept.Dequeue();
            rows[i] = (entry.Id, entry.Version, entry.Row);
        }

        _bytes = 0;
        return rows;
    }

    private void WriteKey(ReadOnlySpan<byte> row)
    {
        RowView.ReadOffsets(row, _offsets);
        _key.Truncate(0);
        foreach (var column in _order)
        {
            _component.Truncate(0);
            var definition = _schema.Columns[column.Ordinal];
            if (!KeyEncoder.TryAppendValue(definition, new ValueView(row[_offsets[column.Ordinal]..]).Raw, _component))
                throw new HeliosException(HeliosErrorKind.Invalid, "key_too_long", $"Column {definition.Name}: a value is longer than {RowFormat.MaxKeyBytes} bytes, and rows are not sorted by such a one.") { Column = definition.Name };
            AppendTurned(_component.Written, column.IsDescending, _key);
        }
    }

    /// <summary>Components whose order is turned have all their bits turned: none is the beginning of another, so that turns their order.</summary>
    private static void AppendTurned(ReadOnlySpan<byte> component, bool isTurned, ByteBuffer into)
    {
        var start = into.Length;
        into.Append(component);
        if (!isTurned)
            return;
        foreach (ref var value in into.Written[start..])
            value = (byte)~value;
    }
}
