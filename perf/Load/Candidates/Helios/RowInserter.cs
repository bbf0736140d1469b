using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Load;

/// <summary>How candidates write through the public API: objects, a list of them per commit. The one place to change when another part of it is to be measured.</summary>
/// <remarks>Any thread. Rows are encoded before a call returns.</remarks>
internal sealed class RowInserter
{
    private const string TableName = "rows";

    private readonly Table<LoadRow> _table;

    private RowInserter(Table<LoadRow> table) => _table = table;

    /// <summary>Opens the table, creating it where it is not there.</summary>
    public static async Task<RowInserter> OpenAsync(HeliosEngine engine) =>
        new(await engine.TableAsync<LoadRow>(TableName).ConfigureAwait(false));

    /// <summary>Makes what a caller would have in hand before it calls.</summary>
    public static void Prepare(BulkRows rows) => _ = rows.Objects;

    /// <summary>Writes rows as one commit; the answer comes when they are visible.</summary>
    public ValueTask<CommitReceipt> InsertAsync(BulkRows rows, long first, int count)
    {
        if (count == 1)
            return _table.InsertAsync(rows.Object(first));
        return first + count <= rows.Objects.Length
            ? _table.InsertAsync(new ArraySegment<LoadRow>(rows.Objects, (int)first, count))
            : _table.InsertAsync(Enumerable.Range(0, count).Select(i => rows.Object(first + i)));
    }

    public ValueTask<long> CountAsync() => _table.CountAsync();
}
