using System.Collections.Immutable;
using System.Linq.Expressions;

namespace Helios.Pipeline.Ingestion;

/// <summary>Finds the columns that a lambda names, for an order, a group or an aggregate: <c>o => o.Price</c>, <c>o => new { o.Shop, o.Day }</c>.</summary>
internal static class LambdaKey
{
    /// <summary>The ordinal of the one column that is named.</summary>
    /// <exception cref="ArgumentException">It names none, or more than one.</exception>
    public static int Ordinal<T, TKey>(Expression<Func<T, TKey>> key, RowShape<T> shape) =>
        Ordinals(key, shape) is [var ordinal] ? ordinal : throw Refused(key, key.Body);

    /// <summary>The ordinals of the columns that are named, in the order in which they stand there.</summary>
    /// <exception cref="ArgumentException">It has something that is no column.</exception>
    public static ImmutableArray<int> Ordinals<T, TKey>(Expression<Func<T, TKey>> key, RowShape<T> shape)
    {
        ArgumentNullException.ThrowIfNull(key);
        var columns = new LambdaColumns(key.Parameters[0], shape.Columns);
        // Only of an anonymous type is it known that its parts are what was given.
        IReadOnlyList<Expression> parts = key.Body is NewExpression { Members.Count: > 0 } made ? made.Arguments : [key.Body];
        return [.. parts.Select(part => columns.OrdinalOf(Bare(part)) is >= 0 and var ordinal ? ordinal : throw Refused(key, part))];
    }

    /// <summary>Without what boxes a value, or lets it be null: neither changes the order.</summary>
    private static Expression Bare(Expression part) =>
        part is UnaryExpression { NodeType: ExpressionType.Convert, Method: null } convert
            && (convert.Type.IsAssignableFrom(convert.Operand.Type) || Nullable.GetUnderlyingType(convert.Type) == convert.Operand.Type)
            ? Bare(convert.Operand)
            : part;

    private static ArgumentException Refused(LambdaExpression key, Expression part) =>
        new($"'{part}' is no column. Name one, as in o => o.Price, or, where several may be named, several, as in o => new {{ o.Shop, o.Day }}.", nameof(key));
}
