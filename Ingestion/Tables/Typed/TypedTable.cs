using System.Linq.Expressions;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A table whose rows are objects of a type. Thread-safe.</summary>
/// <typeparam name="T">A record, class or struct whose public properties are the columns; see <see cref="HeliosTableAttribute"/> and docs/types.md.</typeparam>
public sealed partial class Table<T>
{
    internal Table(HeliosEngine engine, TablePlan plan, RowShape<T> shape)
    {
        Engine = engine;
        Plan = plan;
        Shape = shape;
    }

    /// <summary>Its name.</summary>
    public string Name => Plan.Definition.Name;

    /// <summary>Columns and keys.</summary>
    public TableSchema Schema => Plan.Definition.Schema;

    internal HeliosEngine Engine { get; }

    /// <summary>As the table is now: somebody may have altered it.</summary>
    internal TablePlan Plan { get => field = field.Newest; }

    internal RowShape<T> Shape { get; }

    /// <summary>Writes one row.</summary>
    /// <exception cref="HeliosException">Invalid: the row breaks a rule or a key; nothing was written.</exception>
    public ValueTask<CommitReceipt> InsertAsync(T row, CancellationToken cancellationToken = default)
    {
        using var session = Engine.OpenSession();
        return session.TryInsert(this, row) is { } refused
            ? ValueTask.FromException<CommitReceipt>(RowErrors.Refused(Name, refused))
            : session.CommitAsync(cancellationToken: cancellationToken);
    }

    /// <summary>Writes one row, or says in <see cref="CommitReceipt.Error"/> why not.</summary>
    public ValueTask<CommitReceipt> TryInsertAsync(T row, CancellationToken cancellationToken = default) => TryCommit.ReceiptOf(InsertAsync(row, cancellationToken));

    /// <summary>Writes rows as one commit of at most 16 MiB; for more, give an <see cref="IAsyncEnumerable{T}"/>.</summary>
    /// <exception cref="HeliosException">Invalid: with <see cref="OnReject.RejectCommit"/>, a row breaks a rule or a key; <c>commit_too_long</c>: the rows are more than one commit may hold. Nothing was written.</exception>
    public async ValueTask<CommitReceipt> InsertAsync(IEnumerable<T> rows, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var commit = new TypedCommit<T>(this, onReject);
        foreach (var row in rows)
            commit.Add(row);
        return await commit.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes rows as they come, 1,000 to a commit, with several commits in flight.</summary>
    /// <inheritdoc cref="InsertAsync(IAsyncEnumerable{T}, int, OnReject, CancellationToken)"/>
    public Task<StreamReceipt> InsertAsync(IAsyncEnumerable<T> rows, CancellationToken cancellationToken = default) =>
        InsertAsync(rows, StreamInsert<T>.DefaultRowsPerCommit, OnReject.RejectCommit, cancellationToken);

    /// <summary>Writes rows as they come, with several commits in flight; reading waits when they are too many.</summary>
    /// <param name="rows">The rows; a commit ends earlier than asked where its rows are long.</param>
    /// <param name="rowsPerCommit">1 to 1,000,000.</param>
    /// <param name="onReject">What happens to a commit when one of its rows is refused.</param>
    /// <param name="cancellationToken">Stops reading; the commits in hand are finished first, rows collected for the next one are not written.</param>
    /// <exception cref="HeliosException">Invalid: a commit was refused, or <see cref="HeliosErrorKind.Unavailable"/>: the engine failed. The message names its rows; earlier ones are stored, and up to seven commits behind it may be.</exception>
    public Task<StreamReceipt> InsertAsync(IAsyncEnumerable<T> rows, int rowsPerCommit, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerCommit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rowsPerCommit, 1_000_000);
        return new StreamInsert<T>(this, rowsPerCommit, onReject).RunAsync(rows, cancellationToken);
    }

    /// <summary>The row with a primary key, or null (for a struct its default; <see cref="TryFindAsync"/> tells them apart).</summary>
    /// <param name="key">The key's values in key order.</param>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    /// <exception cref="ArgumentException">A value is of another type than its column, or there are more or fewer than columns.</exception>
    public ValueTask<T?> FindAsync(params object[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        using var probe = new TypedKey<T>(this);
        return ValueTask.FromResult(probe.TryWriteAll(key) && probe.TryRead(out var row) ? row : default);
    }

    /// <summary>The row with a primary key of one column, or null.</summary>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    /// <exception cref="ArgumentException">A value is of another type than its column, or there are more or fewer than columns.</exception>
    public ValueTask<T?> FindAsync<TKey>(TKey key)
        where TKey : notnull
    {
        using var probe = new TypedKey<T>(this);
        return ValueTask.FromResult(probe.TryWrite(key) && probe.TryRead(out var row) ? row : default);
    }

    /// <summary>Whether there is a row with a primary key, and the row.</summary>
    /// <param name="key">The key's values in key order.</param>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    /// <exception cref="ArgumentException">A value is of another type than its column, or there are more or fewer than columns.</exception>
    public ValueTask<(bool Found, T? Row)> TryFindAsync(params object[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        using var probe = new TypedKey<T>(this);
        return ValueTask.FromResult(probe.TryWriteAll(key) && probe.TryRead(out var row) ? (true, row) : (false, default(T)));
    }

    /// <summary>All rows by ascending row id, as of the moment the scan begins; streamed.</summary>
    /// <exception cref="HeliosException">Closed: the engine was closed. Corrupt: a stored row is damaged.</exception>
    public IAsyncEnumerable<T> ScanAsync(CancellationToken cancellationToken = default) => Query().ReadAsync(cancellationToken);

    /// <summary>A question to the table: all rows, until more is said.</summary>
    public Query<T> Query() => new(new QueryDefinition(Engine, Plan), Shape);

    /// <summary>The rows for which a condition is true.</summary>
    /// <inheritdoc cref="Query{T}.Where(Expression{Func{T, bool}})" path="/exception"/>
    public Query<T> Where(Expression<Func<T, bool>> condition) => Query().Where(condition);

    /// <summary>The rows in the order of a column, least first.</summary>
    /// <inheritdoc cref="Query{T}.OrderBy" path="/exception|/remarks"/>
    public Query<T> OrderBy<TKey>(Expression<Func<T, TKey>> column) => Query().OrderBy(column);

    /// <summary>The rows in the order of a column, greatest first.</summary>
    /// <inheritdoc cref="Query{T}.OrderBy" path="/exception|/remarks"/>
    public Query<T> OrderByDescending<TKey>(Expression<Func<T, TKey>> column) => Query().OrderByDescending(column);

    /// <summary>Live rows.</summary>
    public ValueTask<long> CountAsync()
    {
        Engine.ThrowIfClosed();
        return ValueTask.FromResult(Engine.Parts.Published.Rows(Plan.Definition.Id));
    }

    /// <inheritdoc cref="Table.SuspendFilters"/>
    public IDisposable SuspendFilters() => FilterSuspension.Begin(Engine, Plan);

    /// <inheritdoc cref="Table.BloomFilters"/>
    public IReadOnlyList<string> BloomFilters => BloomColumns.Names(Engine, Plan);

    /// <inheritdoc cref="Table.CreateBloomFilter"/>
    public void CreateBloomFilter(string column) => BloomColumns.Create(Engine, Plan, column);

    /// <inheritdoc cref="Table.DropBloomFilter"/>
    public void DropBloomFilter(string column) => BloomColumns.Drop(Engine, Plan, column);

    /// <inheritdoc cref="Table.ReserveAutoIncrement"/>
    public long ReserveAutoIncrement(int count = 1) => Numbering.Reserve(Engine, Plan, count);
}
