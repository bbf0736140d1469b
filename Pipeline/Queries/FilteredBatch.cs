using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Rows that were read together, and which of them a query means. One thread at a time; dispose it.</summary>
internal sealed class FilteredBatch(QueryPlan plan) : IDisposable
{
    private readonly RowFilter? _filter = plan.Condition is null ? null : new RowFilter(plan);

    /// <summary>The rows that were read.</summary>
    public RowBatch Rows { get; } = RowBatch.Rent(); // owned

    /// <summary>How many of them are meant.</summary>
    public int Count { get; private set; }

    /// <summary>Has it nothing to give and nothing to tell?</summary>
    public bool IsEmpty => Rows.Count == 0;

    /// <summary>The place among <see cref="Rows"/> of a row that is meant.</summary>
    public int this[int index] => _filter is null ? index : _filter[index];

    /// <summary>Replaces what is in it.</summary>
    /// <returns>As <see cref="RowSource.Fill"/>.</returns>
    public bool Fill(RowSource source, int most)
    {
        Count = 0;
        Rows.Clear();
        var more = source.Fill(Rows, most);
        Count = _filter?.Select(Rows) ?? Rows.Count;
        return more;
    }

    /// <inheritdoc cref="RowFilter.ThrowIfFailed"/>
    public void ThrowIfFailed() => _filter?.ThrowIfFailed();

    public void Dispose() => Rows.Dispose();
}
