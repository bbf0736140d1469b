namespace Helios.Pipeline.Storage;

/// <summary>One row, read in place without allocation. Valid as long as its bytes are.</summary>
/// <remarks>The constructor and every read throw <see cref="HeliosException"/> (Corrupt, <c>corrupt</c>) on damaged bytes.</remarks>
internal readonly ref struct RowView
{
    private readonly ReadOnlySpan<byte> _values;

    /// <summary>Reads the header; the columns are looked at when they are asked for.</summary>
    public RowView(ReadOnlySpan<byte> row)
    {
        var at = 0;
        if (!MessagePackSpan.TryReadArrayHeader(row, ref at, out var count) || count == 0
            || !MessagePackSpan.TryReadInteger(row, ref at, out var version) || (ulong)version > uint.MaxValue)
            throw ValueView.Damaged("row header");
        SchemaVersion = (uint)version;
        ColumnCount = count - 1;
        _values = row[at..];
    }

    /// <summary>The version of the schema the row was written for.</summary>
    public uint SchemaVersion { get; }

    public int ColumnCount { get; }

    /// <summary>One column; steps over those before it.</summary>
    /// <exception cref="HeliosException">Corrupt: the row has no such column, or is damaged before its end.</exception>
    public ValueView this[int ordinal]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(ordinal);
            if (ordinal >= ColumnCount)
                throw ValueView.Damaged("column");
            var at = 0;
            for (var i = 0; i < ordinal; i++)
                if (!MessagePackSpan.TrySkip(_values, ref at))
                    throw ValueView.Damaged("column");
            return new ValueView(_values[at..]);
        }
    }

    /// <summary>Where each column's value begins, as <see cref="RowRules"/> says it; for rows that were checked before.</summary>
    /// <exception cref="HeliosException">Corrupt: the row is damaged, or has fewer columns.</exception>
    public static void ReadOffsets(ReadOnlySpan<byte> row, Span<int> offsets)
    {
        var view = new RowView(row);
        if (view.ColumnCount < offsets.Length)
            throw ValueView.Damaged("column");
        var first = row.Length - view._values.Length;
        var at = 0;
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = first + at;
            if (!MessagePackSpan.TrySkip(view._values, ref at))
                throw ValueView.Damaged("column");
        }
    }

    /// <summary>Walks the columns once, forward: cheaper than the indexer for more than one of them.</summary>
    public ValueList.Enumerator GetEnumerator() => new(_values, ColumnCount);
}
