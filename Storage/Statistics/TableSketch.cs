namespace Helios.Pipeline.Storage;

/// <summary>Gathers the statistics of a table, row by row, in memory that depends on its columns alone: some 20 to 60 KiB each.</summary>
/// <remarks>
/// Several of them may each take a part of the rows, and are merged then. The same rows in the same order, and merges in the same order, give the same statistics.
/// One owner, one thread. Allocates nothing for a row but what its sketches grow by, a few dozen times in all.
/// </remarks>
internal sealed class TableSketch : IDisposable
{
    private readonly ColumnSketch[] _columns;
    private readonly ByteBuffer _scratch = new(KeptValue.MostBytes);
    private long _rows;
    private long _rowBytes;

    /// <param name="schema">Rows are taken in with offsets for its columns.</param>
    /// <param name="seed">Of the coins that are tossed: sketches that are to be merged should have different ones.</param>
    public TableSketch(TableSchema schema, ulong seed = 0)
    {
        _columns = [.. schema.Columns.Select((column, i) => new ColumnSketch(column, (seed * TableSchema.MaxColumns) + (ulong)i))];
    }

    /// <summary>Memory that it holds, about.</summary>
    public long Bytes => _columns.Sum(column => column.Bytes) + _scratch.Capacity;

    /// <summary>Takes a row in.</summary>
    /// <param name="row">A whole row.</param>
    /// <param name="offsets">Where its columns begin, as <see cref="RowView.ReadOffsets"/> says: one for each column of the schema.</param>
    /// <exception cref="HeliosException">Corrupt: the row is damaged. A part of it may have been taken in, so the sketch is of no use any more.</exception>
    public void Add(ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(offsets.Length, _columns.Length, nameof(offsets));
        for (var i = 0; i < _columns.Length - 1; i++)
            _columns[i].Add(row[offsets[i]..offsets[i + 1]], _scratch);
        _columns[^1].Add(new ValueView(row[offsets[^1]..]).Raw, _scratch); // another column may stand behind it
        _rows++;
        _rowBytes += row.Length;
    }

    /// <summary>Takes in what another one has gathered of other rows; that one stays as it is.</summary>
    /// <exception cref="ArgumentException">It is of a table with other columns.</exception>
    public void Merge(TableSketch other)
    {
        if (!_columns.Select(column => column.Type).SequenceEqual(other._columns.Select(column => column.Type)))
            throw new ArgumentException("These sketches are of tables with different columns.", nameof(other));
        _rows += other._rows;
        _rowBytes += other._rowBytes;
        for (var i = 0; i < _columns.Length; i++)
            _columns[i].Merge(other._columns[i]);
    }

    /// <summary>What is known of the rows so far; more may follow.</summary>
    /// <param name="asOf">The snapshot that they were read from.</param>
    /// <param name="time">Now.</param>
    public TableStatistics ToStatistics(Lsn asOf, DateTimeOffset time) =>
        new(_rows, _rowBytes, asOf, time.UtcTicks, [.. _columns.Select(column => column.ToStatistics(_scratch))]);

    public void Dispose() => _scratch.Dispose();
}
