namespace Helios.Pipeline.Storage;

/// <summary>The bounds of rows that follow each other, gathered in one pass over each row, before they go into the summary of their block. One thread.</summary>
/// <remarks>The same codes as <see cref="ZoneChunk.Widen(int, ReadOnlySpan{byte}, ReadOnlySpan{int})"/> makes; without bloom filters. Half its price, for a commit of many rows.</remarks>
internal sealed class ZoneAccumulator
{
    private readonly ColumnType[] _types;
    private readonly ulong[] _zones; // least and greatest of each column
    private readonly ulong[] _nulls; // a bit per column

    public ZoneAccumulator(TableSchema schema)
    {
        _types = [.. schema.Columns.Select(c => c.Type)];
        _zones = new ulong[_types.Length * 2];
        _nulls = new ulong[(_types.Length + 63) / 64];
        Clear();
    }

    /// <summary>Has no row been taken in since it was cleared?</summary>
    public bool IsEmpty { get; private set; }

    /// <summary>Least and greatest code of each column; the least above the greatest where there was no value.</summary>
    public ReadOnlySpan<ulong> Zones => _zones;

    /// <summary>Which columns had a NULL.</summary>
    public ReadOnlySpan<ulong> Nulls => _nulls;

    /// <summary>Takes a row in.</summary>
    /// <exception cref="HeliosException">Corrupt: it is damaged. Some of its columns may have been taken in.</exception>
    public void Add(ReadOnlySpan<byte> row)
    {
        var at = 0;
        if (!MessagePackSpan.TryReadArrayHeader(row, ref at, out var count) || count - 1 < _types.Length || !MessagePackSpan.TryReadInteger(row, ref at, out _))
            throw ValueView.Damaged("row header");
        IsEmpty = false;
        for (var column = 0; column < _types.Length; column++)
        {
            if ((uint)at < (uint)row.Length && row[at] == MessagePackToken.Nil)
            {
                at++;
                _nulls[column >> 6] |= 1UL << column;
                continue;
            }

            var (least, greatest) = CodeOf(_types[column], row, ref at);
            ref var zone = ref _zones[column * 2];
            if (least < zone)
                zone = least;
            ref var end = ref _zones[(column * 2) + 1];
            if (greatest > end)
                end = greatest;
        }
    }

    public void Clear()
    {
        for (var i = 0; i < _zones.Length; i += 2)
            (_zones[i], _zones[i + 1]) = (ulong.MaxValue, 0);
        _nulls.AsSpan().Clear();
        IsEmpty = true;
    }

    /// <summary>The code of a value, twice; of a type that has none the least and the greatest there are.</summary>
    private static (ulong Least, ulong Greatest) CodeOf(ColumnType type, ReadOnlySpan<byte> row, ref int at)
    {
        ulong code;
        switch (type)
        {
            case ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8 or ColumnType.Date or ColumnType.Time or ColumnType.Timestamp or ColumnType.Timestamptz or ColumnType.Interval:
                code = MessagePackSpan.TryReadInteger(row, ref at, out var integer) ? ZoneCode.Of(integer) : throw ValueView.Damaged("integer");
                break;
            case ColumnType.Float8:
                code = MessagePackSpan.TryReadDouble(row, ref at, out var number) ? ZoneCode.Of(number) : throw ValueView.Damaged("Float8");
                break;
            case ColumnType.Varchar or ColumnType.Text:
                code = MessagePackSpan.TryReadText(row, ref at, out var utf8) ? ZoneCode.Of(utf8) : throw ValueView.Damaged("text");
                break;
            case ColumnType.Bytea or ColumnType.Uuid:
                code = MessagePackSpan.TryReadBinary(row, ref at, out var bytes) ? ZoneCode.Of(bytes) : throw ValueView.Damaged("bytes");
                break;
            default:
                var value = new ValueView(row[at..]);
                if (!MessagePackSpan.TrySkip(row, ref at))
                    throw ValueView.Damaged("value");
                if (!ZoneCode.IsDefined(type))
                    return (0, ulong.MaxValue);
                code = ZoneCode.Of(type, value);
                break;
        }

        return (code, code);
    }
}
