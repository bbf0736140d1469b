using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>The values of one record in the order in which they came, until they are written as a row in the order of the columns.</summary>
internal sealed class RecordValues(TableDefinition table, ColumnFill? fill)
{
    private const int Missing = -1;
    private const int Null = -2;

    private readonly (int Start, int Length)[] _slots = new (int, int)[table.Schema.Columns.Length];
    private int _taken;

    /// <summary>Where the text of the next value is appended, before <see cref="Take"/>.</summary>
    public ByteBuffer Text { get; } = new();

    public void Clear()
    {
        Text.Truncate(0);
        _slots.AsSpan().Fill((0, Missing));
        _taken = 0;
    }

    /// <summary>What was appended since the last call is the value of this column; an earlier one is forgotten.</summary>
    public void Take(int ordinal)
    {
        _slots[ordinal] = (_taken, Text.Length - _taken);
        _taken = Text.Length;
    }

    /// <summary>The record says that the column is NULL, which is not the same as to say nothing; an earlier value is forgotten.</summary>
    public void TakeNull(int ordinal) => _slots[ordinal] = (_taken, Null);

    /// <summary>Writes the row; a column of which the record says nothing gets its default, or NULL.</summary>
    public RecordFault? WriteRow(ByteBuffer into)
    {
        var columns = table.Schema.Columns;
        var writer = new RowWriter(into);
        writer.Begin(table.SchemaVersion, columns.Length);
        for (var i = 0; i < columns.Length; i++)
        {
            var (start, length) = _slots[i];
            if (fill is not null && (length == Missing ? fill.Has(i) : length == Null && fill.HasNumbers(i)))
            {
                if (!fill.TryWrite(i, ref writer, out var fault))
                    return RecordEncoder.Unfilled(table, fault, i);
            }
            else if (length < 0)
                writer.WriteNull();
            else if (!ColumnText.TryParse(columns[i], Text.Written.Slice(start, length), ref writer, out var why))
                return RecordEncoder.Mismatch(columns[i], why);
        }

        var written = writer.End();
        fill?.Encoded(into.Written[^written..]);
        return null;
    }
}
