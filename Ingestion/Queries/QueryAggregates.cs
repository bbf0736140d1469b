using System.Linq.Expressions;
using System.Numerics;

namespace Helios.Pipeline.Ingestion;

/// <summary>Sums and extremes over the rows of a query. Only the columns that are used are decoded; nothing but the result is kept.</summary>
/// <remarks>Numbers are those of C#: a sum has the type of its terms and throws <see cref="OverflowException"/> beyond its range. Widen the term where that may be: <c>o =&gt; (long)o.Quantity</c>.</remarks>
public static class QueryAggregates
{
    /// <summary>The sum; 0 of no rows.</summary>
    public static async Task<TValue> SumAsync<T, TValue>(this Query<T> query, Expression<Func<T, TValue>> term, CancellationToken cancellationToken = default)
        where TValue : struct, INumber<TValue>
    {
        var sum = TValue.Zero;
        await ReadAsync(query, term, value => sum = checked(sum + value), cancellationToken).ConfigureAwait(false);
        return sum;
    }

    /// <summary>The sum of those that are not null; 0 where there is none.</summary>
    public static async Task<TValue> SumAsync<T, TValue>(this Query<T> query, Expression<Func<T, TValue?>> term, CancellationToken cancellationToken = default)
        where TValue : struct, INumber<TValue>
    {
        var sum = TValue.Zero;
        await ReadAsync(query, term, value => sum = value is { } known ? checked(sum + known) : sum, cancellationToken).ConfigureAwait(false);
        return sum;
    }

    /// <summary>The mean as a double; null of no rows.</summary>
    public static async Task<double?> AverageAsync<T, TValue>(this Query<T> query, Expression<Func<T, TValue>> term, CancellationToken cancellationToken = default)
        where TValue : struct, INumber<TValue>
    {
        var (sum, count) = (0.0, 0L);
        await ReadAsync(query, term, value => (sum, count) = (sum + double.CreateChecked(value), count + 1), cancellationToken).ConfigureAwait(false);
        return count == 0 ? null : sum / count;
    }

    /// <summary>The mean of those that are not null, as a double; null where there is none.</summary>
    public static async Task<double?> AverageAsync<T, TValue>(this Query<T> query, Expression<Func<T, TValue?>> term, CancellationToken cancellationToken = default)
        where TValue : struct, INumber<TValue>
    {
        var (sum, count) = (0.0, 0L);
        await ReadAsync(query, term, value => (sum, count) = value is { } known ? (sum + double.CreateChecked(known), count + 1) : (sum, count), cancellationToken).ConfigureAwait(false);
        return count == 0 ? null : sum / count;
    }

    /// <summary>The least value that is not null; the default of no rows. Texts by their characters' numbers, NaN before every number, as C# has it.</summary>
    public static Task<TValue?> MinAsync<T, TValue>(this Query<T> query, Expression<Func<T, TValue>> value, CancellationToken cancellationToken = default) =>
        ExtremeAsync(query, value, sign: -1, cancellationToken);

    /// <summary>The greatest value that is not null; the default of no rows. The order is that of <see cref="MinAsync"/>.</summary>
    public static Task<TValue?> MaxAsync<T, TValue>(this Query<T> query, Expression<Func<T, TValue>> value, CancellationToken cancellationToken = default) =>
        ExtremeAsync(query, value, sign: 1, cancellationToken);

    private static async Task<TValue?> ExtremeAsync<T, TValue>(Query<T> query, Expression<Func<T, TValue>> value, int sign, CancellationToken cancellationToken)
    {
        var order = typeof(TValue) == typeof(string) ? (IComparer<TValue>)StringComparer.Ordinal : Comparer<TValue>.Default;
        TValue? best = default;
        var isKnown = false;
        await ReadAsync(query, value, found =>
        {
            if (found is null || (isKnown && Math.Sign(order.Compare(found, best)) != sign))
                return;
            (best, isKnown) = (found, true);
        }, cancellationToken).ConfigureAwait(false);
        return best;
    }

    private static Task ReadAsync<T, TValue>(Query<T> query, Expression<Func<T, TValue>> value, Action<TValue> take, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.Select(value).ForEachAsync(take, cancellationToken);
    }
}
