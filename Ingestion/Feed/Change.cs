using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>One row's change, as the log has it.</summary>
/// <param name="Lsn">The commit it belongs to; all changes of a commit come one after the other.</param>
/// <param name="Time">When the commit was ordered, UTC.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Table">The table's name.</param>
/// <param name="Row">The row's id in its table.</param>
/// <param name="Values">The row from this commit on; null for a delete.</param>
public sealed record Change(Lsn Lsn, DateTimeOffset Time, ChangeKind Kind, string Table, RowId Row, Row? Values)
{
    /// <summary>The row as it was before an update or a delete; null for an insert, and where the contents of the row, old and new, are longer than 8 MiB.</summary>
    public Row? Before { get; init; }
}
