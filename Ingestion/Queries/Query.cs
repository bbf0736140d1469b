using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A question to a table, its columns by name: rows that meet a condition, in an order, from some row on. Immutable: each method gives a new one. Any thread.</summary>
/// <remarks>
/// It is carried out when its rows are asked for, as of the commit that is visible then, or of a <see cref="ReadSnapshot"/>. Rows are streamed: a batch of them is in
/// memory at a time. Without an order rows come as it is cheapest to read them. What the engine cannot carry out is refused, and
/// <see cref="Explain"/> says how it does what it can.
/// </remarks>
public sealed class Query : IAsyncEnumerable<Row>
{
    private readonly QueryDefinition _definition;

    internal Query(QueryDefinition definition)
    {
        _definition = definition;
    }

    internal QueryDefinition Definition => _definition;

    /// <summary>Only rows for which a condition is TRUE; NULL is not enough. Several conditions must all hold.</summary>
    /// <param name="condition">SQL, as docs/expressions.md has it: <c>price &gt; 10 AND city IN ('Oslo', 'Bergen')</c>.</param>
    /// <exception cref="HeliosException">Invalid <c>invalid_expression</c>: it is none, or does not fit the table; the message says where.</exception>
    public Query Where(string condition) => new(_definition.Where(condition));

    /// <summary>In the order of a column, least first; NULL is before every value.</summary>
    /// <exception cref="ArgumentException">There is no such column, or its type has no order.</exception>
    /// <remarks>An order that no index has needs <see cref="Take"/> with at most 100,000 rows: these are then sorted in memory. Else the query is refused with <c>invalid_query</c> when it begins.</remarks>
    public Query OrderBy(string column) => new(_definition.OrderBy(Ordinal(column), isDescending: false, isFirst: true));

    /// <summary>The same from the greatest value down.</summary>
    /// <inheritdoc cref="OrderBy" path="/exception|/remarks"/>
    public Query OrderByDescending(string column) => new(_definition.OrderBy(Ordinal(column), isDescending: true, isFirst: true));

    /// <summary>Rows that are equal so far by one more column.</summary>
    /// <inheritdoc cref="OrderBy" path="/exception|/remarks"/>
    public Query ThenBy(string column) => new(_definition.OrderBy(Ordinal(column), isDescending: false, isFirst: false));

    /// <summary>The same from the greatest value down.</summary>
    /// <inheritdoc cref="OrderBy" path="/exception|/remarks"/>
    public Query ThenByDescending(string column) => new(_definition.OrderBy(Ordinal(column), isDescending: true, isFirst: false));

    /// <summary>Only rows behind some values of the order: the next page begins behind the last row of this one, however many came before.</summary>
    /// <param name="key">A value for each column of the order.</param>
    /// <exception cref="ArgumentException">There are more or fewer values than columns, or one is of another type.</exception>
    public Query After(params object?[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new Query(_definition.Behind(key));
    }

    /// <summary>Passes over the first rows. They are read all the same: to page through a table, prefer <see cref="After"/>.</summary>
    public Query Skip(long rows) => new(_definition.Skipping(rows));

    /// <summary>At most so many rows. Reading stops when they are found.</summary>
    public Query Take(long rows) => new(_definition.Taking(rows));

    /// <summary>Only some columns: the others are NULL in the rows that it gives, and are not in an export. Only these are decoded.</summary>
    /// <exception cref="ArgumentException">There is no such column, or none was named.</exception>
    public Query Select(params string[] columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentOutOfRangeException.ThrowIfZero(columns.Length, nameof(columns));
        return new Query(_definition with { Columns = [.. columns.Select(Ordinal)] });
    }

    /// <summary>As of a snapshot.</summary>
    public Query At(ReadSnapshot snapshot) => new(_definition.At(snapshot));

    /// <summary>Reads with several workers at once where the whole table is scanned. Whatever goes by an index, sorts, or asks for a few rows goes on alone.</summary>
    /// <param name="workers">1 to 64, where 1 is the caller's thread; 0, the default, for as many as there are processors. Where this is not called, two work ahead of the caller once a scan has read 16,384 rows.</param>
    /// <param name="keepsOrder">True, the default: the results come in the order of the rows. False: as they are found.</param>
    /// <remarks>The caller's code sees one result at a time, as ever.</remarks>
    public Query Parallel(int workers = 0, bool keepsOrder = true) => new(_definition.Parallel(workers, keepsOrder));

    /// <summary>All rows in a list.</summary>
    public Task<IReadOnlyList<Row>> ToListAsync(CancellationToken cancellationToken = default) => RowReads.ListAsync(_definition, new RowDecoding(_definition), cancellationToken);

    /// <summary>The first row, or null.</summary>
    public ValueTask<Row?> FirstOrDefaultAsync(CancellationToken cancellationToken = default) => RowReads.FirstOrDefaultAsync(_definition, new RowDecoding(_definition), cancellationToken);

    /// <summary>How many rows. Without a condition and a snapshot it is known and nothing is read.</summary>
    public ValueTask<long> CountAsync(CancellationToken cancellationToken = default) => RowReads.CountAsync(_definition, cancellationToken);

    /// <summary>Whether there is a row.</summary>
    public async ValueTask<bool> AnyAsync(CancellationToken cancellationToken = default) => await RowReads.CountAsync(_definition.Taking(1), cancellationToken).ConfigureAwait(false) > 0;

    /// <summary>Writes the rows as text; streamed.</summary>
    /// <param name="output">Gets UTF-8; not disposed. What it throws is thrown on.</param>
    /// <param name="format">NDJSON, or CSV with a header.</param>
    /// <param name="cancellationToken">Stops between two rows.</param>
    /// <returns>The rows that were written.</returns>
    public Task<long> ExportAsync(Stream output, ExportFormat format, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        return TableExport.WriteAsync(_definition, output, format, cancellationToken);
    }

    /// <summary>How it will be carried out. No row is read.</summary>
    public QueryExplanation Explain() => QueryExplainer.Explain(_definition, isRun: false, CancellationToken.None);

    /// <summary>How it is carried out, and what that took: it is run to its end.</summary>
    public Task<QueryExplanation> ExplainAsync(CancellationToken cancellationToken = default) => Task.FromResult(QueryExplainer.Explain(_definition, isRun: true, cancellationToken));

    /// <summary>Begins it.</summary>
    public IAsyncEnumerator<Row> GetAsyncEnumerator(CancellationToken cancellationToken = default) => ReadAsync(CancellationToken.None).GetAsyncEnumerator(cancellationToken);

    internal IAsyncEnumerable<Row> ReadAsync(CancellationToken cancellationToken = default) => RowReads.EachAsync(_definition, new RowDecoding(_definition), cancellationToken);

    private int Ordinal(string column)
    {
        var ordinal = _definition.Schema.OrdinalOf(column);
        return ordinal >= 0 ? ordinal : throw new ArgumentException($"There is no column {column}.", nameof(column));
    }

    /// <summary>Makes rows of the columns that are asked for.</summary>
    private sealed class RowDecoding(QueryDefinition query) : IRowDecoding<Row>, IRowDecoder<Row>
    {
        private readonly TableSchema _schema = query.Schema;

        public IRowDecoder<Row> Rent() => this;

        public void Return(IRowDecoder<Row> decoder)
        {
        }

        public Row Read(ReadOnlySpan<byte> row) => Row.Read(_schema, row, query.Columns);
    }
}
