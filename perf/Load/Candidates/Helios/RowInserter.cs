using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Load;

/// <summary>How candidates write through the public API; the one place to change when another part of it is to be measured.</summary>
/// <remarks>One producer's. Rows are encoded before a call returns, so its buffers are free at once.</remarks>
internal sealed class RowInserter : IDisposable
{
    private const string TableName = "rows";

    private static readonly TableSchema s_schema = new(
    [
        new Column("id", ColumnType.Int8),
        new Column("ts", ColumnType.Int8) { IsNullable = false },
        new Column("device", ColumnType.Text) { IsNullable = false },
        new Column("value", ColumnType.Float8) { IsNullable = false },
        new Column("payload", ColumnType.Bytea) { IsNullable = false },
    ], ["id"]);

    private readonly Table _table;
    private readonly Session _session;
    private readonly Row _row;
    private readonly byte[] _payload = new byte[BulkRows.PayloadSize];

    public RowInserter(HeliosEngine engine)
    {
        _table = FindTable(engine);
        _session = engine.OpenSession();
        _row = _table.NewRow();
        _row[4] = _payload;
    }

    public static async Task CreateTableAsync(HeliosEngine engine) => await engine.TableAsync(TableName, s_schema).ConfigureAwait(false);

    public static Table FindTable(HeliosEngine engine) =>
        engine.FindTable(TableName) ?? throw new InvalidOperationException("The table is gone.");

    /// <summary>Writes rows as one commit; the answer comes when they are visible.</summary>
    public ValueTask<CommitReceipt> InsertAsync(BulkRows rows, long first, int count)
    {
        for (var row = first; row < first + count; row++)
        {
            _row[0] = BulkRows.Id(row);
            _row[1] = rows.Timestamp(row);
            _row[2] = rows.Device(row);
            _row[3] = rows.Value(row);
            rows.Payload(row).CopyTo(_payload);
            _session.Insert(_table, _row);
        }

        return _session.CommitAsync(Durability.Visible);
    }

    public void Dispose() => _session.Dispose();
}
