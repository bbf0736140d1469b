using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The numbers of a table's auto-increment column: one counter for all who write rows. Any thread; it never goes back.</summary>
/// <remarks>
/// Numbers are given where rows are encoded, so a refused row or commit leaves a gap. What committed rows hold is stored with
/// them, by Commit, and is where the counter goes on after an open; numbers that no committed row has may then be given again.
/// </remarks>
internal sealed class AutoIncrement(int ordinal, ColumnType type)
{
    private readonly long _limit = type switch
    {
        ColumnType.Int2 => short.MaxValue,
        ColumnType.Int4 => int.MaxValue,
        _ => long.MaxValue,
    };

    private long _last;

    /// <summary>The column.</summary>
    public int Ordinal { get; } = ordinal;

    /// <summary>The highest number given or seen; 0 at first.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>The counter of a table, or null where no column has one.</summary>
    public static AutoIncrement? Of(TableSchema schema)
    {
        for (var i = 0; i < schema.Columns.Length; i++)
        {
            if (schema.Columns[i].IsAutoIncrement)
                return new AutoIncrement(i, schema.Columns[i].Type);
        }

        return null;
    }

    /// <summary>Gives the next numbers, which follow one another; false, and nothing is taken, where the type has not so many left.</summary>
    public bool TryTake(int count, out long first)
    {
        for (var last = Last; ; )
        {
            first = last + 1; // may wrap where nothing is left: the check is on what is left
            if (_limit - last < count)
                return false;
            var seen = Interlocked.CompareExchange(ref _last, last + count, last);
            if (seen == last)
                return true;
            last = seen;
        }
    }

    /// <summary>A row holds this number: those that are given lie above it. One that the column cannot hold changes nothing.</summary>
    public void Raise(long value)
    {
        if (value > _limit)
            return;
        for (var last = Last; value > last; )
        {
            var seen = Interlocked.CompareExchange(ref _last, value, last);
            if (seen == last)
                return;
            last = seen;
        }
    }

    /// <summary>The same for an encoded row that may not have been checked yet.</summary>
    public void RaiseTo(ReadOnlySpan<byte> row) => Raise(ValueIn(row));

    /// <summary>The number that a row holds, or 0 where it holds none.</summary>
    public long ValueIn(ReadOnlySpan<byte> row)
    {
        var at = 0;
        if (!MessagePackSpan.TryReadArrayHeader(row, ref at, out var count) || Ordinal + 1 >= count)
            return 0;
        for (var skipped = 0; skipped <= Ordinal; skipped++) // the schema's version is in front of the columns
        {
            if (!MessagePackSpan.TrySkip(row, ref at))
                return 0;
        }

        return MessagePackSpan.TryReadInteger(row, ref at, out var value) ? value : 0;
    }
}
