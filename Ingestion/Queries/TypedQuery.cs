using System.Linq.Expressions;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A question to a table of <typeparamref name="T"/>: rows that meet conditions, in an order, from some row on. Immutable: each method gives a new one. Any thread.</summary>
/// <remarks>
/// <inheritdoc cref="Query" path="/remarks/node()"/>
/// Conditions are C# and mean what they mean in C#: <c>o.City != "Oslo"</c> holds where the city is null. What has no counterpart in the engine throws
/// <see cref="NotSupportedException"/> when it is given: nothing is ever filtered by reading everything in silence. The methods of LINQ over
/// <see cref="IAsyncEnumerable{T}"/> that this type does not have itself work on the rows that it gives.
/// </remarks>
public sealed class Query<T> : IAsyncEnumerable<T>
{
    private readonly QueryDefinition _definition;
    private readonly RowShape<T> _shape;

    internal Query(QueryDefinition definition, RowShape<T> shape)
    {
        _definition = definition;
        _shape = shape;
    }

    internal QueryDefinition Definition => _definition;

    internal RowShape<T> Shape => _shape;

    /// <summary>Only rows for which a condition is true. Several conditions must all hold.</summary>
    /// <exception cref="NotSupportedException">A part of it cannot be carried out by the engine; the message names the part and a way around.</exception>
    public Query<T> Where(Expression<Func<T, bool>> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return With(_definition.Where(LambdaCondition.Translate(condition, _shape)));
    }

    /// <inheritdoc cref="Query.Where"/>
    public Query<T> Where(string condition) => With(_definition.Where(condition));

    /// <summary>In the order of a column, least first; NULL is before every value.</summary>
    /// <inheritdoc cref="Query.OrderBy" path="/remarks"/>
    /// <exception cref="ArgumentException">It is no column, or its type has no order.</exception>
    public Query<T> OrderBy<TKey>(Expression<Func<T, TKey>> column) => Ordered(column, isDescending: false, isFirst: true);

    /// <summary>The same from the greatest value down.</summary>
    /// <inheritdoc cref="OrderBy" path="/exception|/remarks"/>
    public Query<T> OrderByDescending<TKey>(Expression<Func<T, TKey>> column) => Ordered(column, isDescending: true, isFirst: true);

    /// <summary>Rows that are equal so far by one more column.</summary>
    /// <inheritdoc cref="OrderBy" path="/exception|/remarks"/>
    public Query<T> ThenBy<TKey>(Expression<Func<T, TKey>> column) => Ordered(column, isDescending: false, isFirst: false);

    /// <summary>The same from the greatest value down.</summary>
    /// <inheritdoc cref="OrderBy" path="/exception|/remarks"/>
    public Query<T> ThenByDescending<TKey>(Expression<Func<T, TKey>> column) => Ordered(column, isDescending: true, isFirst: false);

    /// <inheritdoc cref="Query.After"/>
    public Query<T> After(params object?[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return With(_definition.Behind(key));
    }

    /// <inheritdoc cref="Query.Skip"/>
    public Query<T> Skip(long rows) => With(_definition.Skipping(rows));

    /// <inheritdoc cref="Query.Take"/>
    public Query<T> Take(long rows) => With(_definition.Taking(rows));

    /// <inheritdoc cref="Query.At"/>
    public Query<T> At(ReadSnapshot snapshot) => With(_definition.At(snapshot));

    /// <summary>What a function makes of each row. Only the columns that it uses are decoded.</summary>
    public QueryProjection<T, TResult> Select<TResult>(Expression<Func<T, TResult>> selector)
    {
        ArgumentNullException.ThrowIfNull(selector);
        return new QueryProjection<T, TResult>(_definition, _shape, selector);
    }

    /// <summary>Reads with several workers at once where the whole table is scanned. Whatever goes by an index, sorts, or asks for a few rows goes on alone.</summary>
    /// <param name="workers">1 to 64, where 1 is the caller's thread; 0, the default, for as many as there are processors. Where this is not called, two work ahead of the caller once a scan has read 16,384 rows.</param>
    /// <param name="keepsOrder">True, the default: the results come in the order of the rows. False: as they are found.</param>
    /// <remarks>What a <see cref="Select"/> or an aggregate makes of a row is then made by several threads at once.</remarks>
    public Query<T> Parallel(int workers = 0, bool keepsOrder = true) => With(_definition.Parallel(workers, keepsOrder));

    /// <summary>All rows in a list.</summary>
    public Task<IReadOnlyList<T>> ToListAsync(CancellationToken cancellationToken = default) => RowReads.ListAsync(_definition, _shape, cancellationToken);

    /// <summary>The first row, or null (of a struct its default).</summary>
    public ValueTask<T?> FirstOrDefaultAsync(CancellationToken cancellationToken = default) => RowReads.FirstOrDefaultAsync(_definition, _shape, cancellationToken);

    /// <inheritdoc cref="Query.CountAsync"/>
    public ValueTask<long> CountAsync(CancellationToken cancellationToken = default) => RowReads.CountAsync(_definition, cancellationToken);

    /// <summary>How many rows meet a condition too.</summary>
    /// <inheritdoc cref="Where(Expression{Func{T, bool}})" path="/exception"/>
    public ValueTask<long> CountAsync(Expression<Func<T, bool>> condition, CancellationToken cancellationToken = default) => Where(condition).CountAsync(cancellationToken);

    /// <summary>Whether there is a row.</summary>
    public async ValueTask<bool> AnyAsync(CancellationToken cancellationToken = default) => await RowReads.CountAsync(_definition.Taking(1), cancellationToken).ConfigureAwait(false) > 0;

    /// <inheritdoc cref="Query.Explain"/>
    public QueryExplanation Explain() => QueryExplainer.Explain(_definition, isRun: false, CancellationToken.None);

    /// <inheritdoc cref="Query.ExplainAsync"/>
    public Task<QueryExplanation> ExplainAsync(CancellationToken cancellationToken = default) => Task.FromResult(QueryExplainer.Explain(_definition, isRun: true, cancellationToken));

    /// <summary>Begins it.</summary>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) => ReadAsync(CancellationToken.None).GetAsyncEnumerator(cancellationToken);

    internal IAsyncEnumerable<T> ReadAsync(CancellationToken cancellationToken = default) => RowReads.EachAsync(_definition, _shape, cancellationToken);

    private Query<T> Ordered<TKey>(Expression<Func<T, TKey>> column, bool isDescending, bool isFirst)
    {
        ArgumentNullException.ThrowIfNull(column);
        return With(_definition.OrderBy(LambdaKey.Ordinal(column, _shape), isDescending, isFirst));
    }

    private Query<T> With(QueryDefinition definition) => new(definition, _shape);
}
