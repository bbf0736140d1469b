using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Ingestion;

/// <summary>The ways in which the results of a query are read: one by one, all into a list, or into a function.</summary>
internal static class RowReads
{
    public static async IAsyncEnumerable<TResult> EachAsync<TResult>(QueryDefinition query, IRowDecoding<TResult> decoding, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var cursor = new QueryCursor(query, cancellationToken);
        var decoder = decoding.Rent();
        while (cursor.MoveNext())
            yield return decoder.Read(cursor.Row);
        decoding.Return(decoder);
    }

    public static async Task ForEachAsync<TResult>(QueryDefinition query, IRowDecoding<TResult> decoding, Action<TResult> take, CancellationToken cancellationToken)
    {
        using var cursor = new QueryCursor(query, cancellationToken);
        var decoder = decoding.Rent();
        while (cursor.MoveNext())
            take(decoder.Read(cursor.Row));
        decoding.Return(decoder);
    }

    public static async Task<IReadOnlyList<TResult>> ListAsync<TResult>(QueryDefinition query, IRowDecoding<TResult> decoding, CancellationToken cancellationToken)
    {
        var results = new List<TResult>();
        await ForEachAsync(query, decoding, results.Add, cancellationToken).ConfigureAwait(false);
        return results;
    }

    public static ValueTask<TResult?> FirstOrDefaultAsync<TResult>(QueryDefinition query, IRowDecoding<TResult> decoding, CancellationToken cancellationToken)
    {
        using var cursor = new QueryCursor(query.Taking(1), cancellationToken);
        if (!cursor.MoveNext())
            return ValueTask.FromResult<TResult?>(default);
        var decoder = decoding.Rent();
        var first = decoder.Read(cursor.Row);
        decoding.Return(decoder);
        return ValueTask.FromResult<TResult?>(first);
    }

    /// <summary>Counts the rows. Where nothing narrows them the number is known and nothing is read.</summary>
    public static async ValueTask<long> CountAsync(QueryDefinition query, CancellationToken cancellationToken)
    {
        if (query is { Conditions.IsEmpty: true, After.IsEmpty: true, Snapshot: null })
        {
            query.Engine.ThrowIfClosed();
            var rows = query.Engine.Parts.Published.Rows(query.Table.Definition.Id);
            return Math.Min(Math.Max(0, rows - query.Skip), query.Take ?? long.MaxValue);
        }

        // In which order they are counted does not matter, unless they begin behind one of them.
        query = query.After.IsEmpty ? query with { Order = [] } : query;
        var count = 0L;
        using var cursor = new QueryCursor(query, cancellationToken);
        while (cursor.MoveNext())
            count++;
        return count;
    }
}
