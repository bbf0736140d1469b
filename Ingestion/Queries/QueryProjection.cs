using System.Linq.Expressions;

namespace Helios.Pipeline.Ingestion;

/// <summary>What a function makes of the rows of a query. Immutable; any thread.</summary>
public sealed class QueryProjection<T, TResult> : IAsyncEnumerable<TResult>
{
    private readonly QueryDefinition _definition;
    private readonly RowProjection<T, TResult> _projection;

    internal QueryProjection(QueryDefinition definition, RowShape<T> shape, Expression<Func<T, TResult>> selector)
    {
        _definition = definition;
        _projection = new RowProjection<T, TResult>(selector, shape);
    }

    /// <summary>All results in a list.</summary>
    public Task<IReadOnlyList<TResult>> ToListAsync(CancellationToken cancellationToken = default) => RowReads.ListAsync(_definition, _projection, cancellationToken);

    /// <summary>The first result, or null (of a struct its default).</summary>
    public ValueTask<TResult?> FirstOrDefaultAsync(CancellationToken cancellationToken = default) => RowReads.FirstOrDefaultAsync(_definition, _projection, cancellationToken);

    /// <summary>How many results.</summary>
    public ValueTask<long> CountAsync(CancellationToken cancellationToken = default) => RowReads.CountAsync(_definition, cancellationToken);

    /// <inheritdoc cref="Query.Explain"/>
    public QueryExplanation Explain() => QueryExplainer.Explain(_definition, isRun: false, CancellationToken.None);

    /// <summary>Begins it.</summary>
    public IAsyncEnumerator<TResult> GetAsyncEnumerator(CancellationToken cancellationToken = default) => RowReads.EachAsync(_definition, _projection, CancellationToken.None).GetAsyncEnumerator(cancellationToken);

    internal Task ForEachAsync(Action<TResult> take, CancellationToken cancellationToken) => RowReads.ForEachAsync(_definition, _projection, take, cancellationToken);
}
