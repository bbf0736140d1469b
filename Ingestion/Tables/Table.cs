using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A table by column names. Thread-safe.</summary>
public sealed partial class Table
{
    /// <summary>Rows per commit where the caller gives rows one after the other.</summary>
    internal const int RowsPerCommit = 1_000;

    private readonly HeliosEngine _engine;

    internal Table(HeliosEngine engine, TablePlan plan)
    {
        _engine = engine;
        Plan = plan;
    }

    /// <summary>Its name.</summary>
    public string Name => Plan.Definition.Name;

    /// <summary>Columns and keys.</summary>
    public TableSchema Schema => Plan.Definition.Schema;

    /// <summary>As the table is now: somebody may have altered it.</summary>
    internal TablePlan Plan { get => field = field.Newest; }

    internal HeliosEngine Engine => _engine;

    /// <summary>A row of this table with no value in any column.</summary>
    public Row NewRow() => new(Schema);

    /// <summary>Writes one row.</summary>
    /// <exception cref="HeliosException">Invalid: the row breaks a rule or a key; nothing was written.</exception>
    public async ValueTask<CommitReceipt> InsertAsync(Row row, CancellationToken cancellationToken = default)
    {
        using var session = _engine.OpenSession();
        session.Insert(this, row);
        return await session.CommitAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes one row, or says in <see cref="CommitReceipt.Error"/> why not.</summary>
    public ValueTask<CommitReceipt> TryInsertAsync(Row row, CancellationToken cancellationToken = default) => TryCommit.ReceiptOf(InsertAsync(row, cancellationToken));

    /// <summary>Writes rows as one commit.</summary>
    /// <exception cref="HeliosException">Invalid: with <see cref="OnReject.RejectCommit"/>, a row breaks a rule or a key; nothing was written.</exception>
    public async ValueTask<CommitReceipt> InsertAsync(IEnumerable<Row> rows, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var session = _engine.OpenSession();
        foreach (var row in rows)
            session.Insert(this, row);
        return await session.CommitAsync(Durability.Visible, onReject, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The row with a primary key, or null.</summary>
    /// <param name="key">The key's values in key order.</param>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    public ValueTask<Row?> FindAsync(params object[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        using var bytes = new ByteBuffer();
        if (!KeyProbe.TryEncode(Plan, 0, key, bytes))
            return ValueTask.FromResult<Row?>(null);
        using var view = _engine.OpenPointView();
        using var row = new ByteBuffer();
        return ValueTask.FromResult(view.TryFind(Plan, 0, bytes.Written, row, out _) ? Row.Read(Schema, row.Written) : null);
    }

    /// <summary>The row with the values of a unique constraint, or null.</summary>
    /// <param name="constraint">Name of the constraint in <see cref="TableSchema.Unique"/>.</param>
    /// <param name="key">Its columns' values in key order; one with NULL is never found.</param>
    /// <exception cref="ArgumentException">There is no such constraint, or a value is of another type than its column.</exception>
    public ValueTask<Row?> FindByAsync(string constraint, params object[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var plan = Plan; // one for the whole look, whoever alters the table meanwhile
        using var bytes = new ByteBuffer();
        if (!KeyProbe.TryEncodeUnique(plan, constraint, key, bytes, out var index))
            return ValueTask.FromResult<Row?>(null);
        using var view = _engine.OpenPointView();
        using var row = new ByteBuffer();
        return ValueTask.FromResult(view.TryFind(plan, index, bytes.Written, row, out _) ? Row.Read(Schema, row.Written) : null);
    }

    /// <summary>All rows by ascending row id, as of the moment the scan begins; streamed.</summary>
    /// <exception cref="HeliosException">Closed: the engine was closed. Corrupt: a stored row is damaged.</exception>
    public IAsyncEnumerable<Row> ScanAsync(CancellationToken cancellationToken = default) => Query().ReadAsync(cancellationToken);

    /// <summary>A question to the table: all rows, until more is said.</summary>
    public Query Query() => new(new QueryDefinition(_engine, Plan));

    /// <summary>The rows for which a condition holds.</summary>
    /// <inheritdoc cref="Ingestion.Query.Where" path="/param|/exception"/>
    public Query Where(string condition) => Query().Where(condition);

    /// <summary>Writes all rows by ascending row id, as of the moment the export begins; streamed.</summary>
    /// <param name="output">Gets UTF-8; not disposed. What it throws is thrown on.</param>
    /// <param name="format">NDJSON, or CSV with a header.</param>
    /// <param name="limit">Rows at most; null for all.</param>
    /// <param name="cancellationToken">Stops between two rows.</param>
    /// <returns>The rows that were written.</returns>
    /// <exception cref="HeliosException">Corrupt: a row cannot be read.</exception>
    public Task<long> ExportAsync(Stream output, ExportFormat format, long? limit = null, CancellationToken cancellationToken = default) =>
        (limit is { } most ? Query().Take(most) : Query()).ExportAsync(output, format, cancellationToken);

    /// <summary>Looks for a primary key that is given as text, and writes its row as one line of NDJSON.</summary>
    /// <param name="key">The key's values in key order, in the forms that CSV takes.</param>
    /// <param name="output">Gets UTF-8; not disposed. What it throws is thrown on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False where there is no such row; then nothing was written.</returns>
    /// <exception cref="HeliosException">Invalid <c>type_mismatch</c>: a text is no value of its column's type.</exception>
    /// <exception cref="ArgumentException">There are more or fewer values than key columns.</exception>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    public async Task<bool> FindTextAsync(IReadOnlyList<string> key, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(output);
        using var export = new TableExport(Schema, ExportFormat.Ndjson);
        if (!TryExport(key, export))
            return false;
        await output.WriteAsync(export.Memory, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Live rows.</summary>
    /// <exception cref="HeliosException">Closed: the engine is closed.</exception>
    public ValueTask<long> CountAsync()
    {
        _engine.ThrowIfClosed(); // nobody keeps the number any more
        return ValueTask.FromResult(_engine.Parts.Published.Rows(Plan.Definition.Id));
    }

    /// <summary>Until it is disposed of, filters of the blocks that are written to are given up rather than kept up; the background makes them again afterwards. For a bulk load. Any number at once: the last one ends it.</summary>
    public IDisposable SuspendFilters() => FilterSuspension.Begin(_engine, Plan);

    /// <summary>The columns whose blocks have bloom filters, asked for or chosen by the engine.</summary>
    public IReadOnlyList<string> BloomFilters => BloomColumns.Names(_engine, Plan);

    /// <summary>Gives a column bloom filters until <see cref="DropBloomFilter"/> or the engine is closed: a scan for single values of it (=, IN) then passes the blocks that have none of them, however the values lie.</summary>
    /// <param name="column">One whose values are compared.</param>
    /// <exception cref="ArgumentException">There is no such column, or its type is never compared.</exception>
    /// <remarks>
    /// Rows that come have them at once; those that are there get them in the background, or by <see cref="HeliosEngine.ConsolidateFiltersAsync"/>. They are not stored: ask again
    /// after each open. As many as you like; only memory bounds them (<see cref="BlockFilterOptions.MaxBytes"/>). Nothing is done where no filters are kept.
    /// </remarks>
    public void CreateBloomFilter(string column) => BloomColumns.Create(_engine, Plan, column);

    /// <summary>Takes the bloom filters of a column away, and forgets what queries have shown of it: the engine may choose it again by those to come.</summary>
    /// <param name="column">Nothing is done where it has none.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public void DropBloomFilter(string column) => BloomColumns.Drop(_engine, Plan, column);

    /// <summary>Takes numbers of the auto-increment column for rows that are written later with them.</summary>
    /// <param name="count">1 or more.</param>
    /// <returns>The first one; the others follow it without a gap. No other row gets them while the database is open; those that no committed row has may be given again after the next open.</returns>
    /// <exception cref="InvalidOperationException">No column has auto-increment.</exception>
    /// <exception cref="HeliosException">Invalid <c>auto_increment_exhausted</c>: the column's type has not so many left; none was taken.</exception>
    public long ReserveAutoIncrement(int count = 1) => Numbering.Reserve(_engine, Plan, count);

    private bool TryExport(IReadOnlyList<string> key, TableExport export)
    {
        using var bytes = new ByteBuffer();
        if (!KeyProbe.TryEncodeText(Plan, key, bytes))
            return false;
        using var view = _engine.OpenPointView();
        using var row = new ByteBuffer();
        if (!view.TryFind(Plan, 0, bytes.Written, row, out _))
            return false;
        export.Write(row.Written);
        return true;
    }
}
