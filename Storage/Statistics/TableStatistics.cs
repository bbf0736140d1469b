using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>What is known of a table, estimated from all its rows as of one LSN. Immutable.</summary>
/// <param name="Rows">Rows then: exact.</param>
/// <param name="TotalRowBytes">Their bytes: exact.</param>
/// <param name="AsOf">The snapshot that was read.</param>
/// <param name="TimeTicks">When, in UTC ticks of 100 ns.</param>
/// <param name="Columns">In the order of the table's columns then.</param>
internal sealed record TableStatistics(long Rows, long TotalRowBytes, Lsn AsOf, long TimeTicks, ImmutableArray<ColumnStatistics> Columns)
{
    /// <summary>Bytes of a row; 0 without rows.</summary>
    public double AverageRowBytes => Rows == 0 ? 0 : (double)TotalRowBytes / Rows;

    public DateTimeOffset Time => new(TimeTicks, TimeSpan.Zero);

    /// <summary>Of a column; null where it was added later, or has another type since: then nothing is known.</summary>
    public ColumnStatistics? Of(int ordinal, ColumnType type) =>
        ordinal < Columns.Length && Columns[ordinal] is { } column && column.Type == type ? column : null;
}
