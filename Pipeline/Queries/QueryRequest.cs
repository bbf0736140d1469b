using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>One column that an answer is in the order of.</summary>
/// <param name="Ordinal">The column.</param>
/// <param name="IsDescending">From the greatest value down. NULL is before every value, so it comes last then.</param>
internal readonly record struct SortColumn(int Ordinal, bool IsDescending);

/// <summary>What a query asks for. Immutable.</summary>
/// <param name="Table">The table, as it is when the query begins.</param>
internal sealed record QueryRequest(TablePlan Table)
{
    /// <summary>Rows for which this is not TRUE are left out; null takes all.</summary>
    public ExpressionSyntax? Condition { get; init; }

    /// <summary>First by the first; empty where any order will do.</summary>
    public ImmutableArray<SortColumn> Order { get; init; } = [];

    /// <summary>Rows begin behind these values of <see cref="Order"/>, as components of keys; empty for the first row.</summary>
    public ImmutableArray<byte[]> After { get; init; } = [];

    /// <summary>Rows passed over, 0 or more.</summary>
    public long Skip { get; init; }

    /// <summary>Rows at most; null for all.</summary>
    public long? Take { get; init; }

    /// <summary>Rows that have to be found before there are enough.</summary>
    public long Most => Take is not { } take ? long.MaxValue : take > long.MaxValue - Skip ? long.MaxValue : Skip + take;
}
