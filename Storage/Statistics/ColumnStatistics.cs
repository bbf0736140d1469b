using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>What is known of a column's values, estimated from all rows of one moment. Immutable.</summary>
/// <param name="Type">The column's type then.</param>
/// <param name="Rows">Rows of the table.</param>
/// <param name="Nulls">Rows that have no value.</param>
/// <param name="ValueBytes">Bytes that all values take in their rows.</param>
internal sealed record ColumnStatistics(ColumnType Type, long Rows, long Nulls, long ValueBytes)
{
    /// <summary>Different values, about, NULL not counted; texts that differ in trailing blanks count as one. Null for types whose values are never compared.</summary>
    public long? DistinctCount { get; init; }

    /// <summary>Null where there is no value, for types whose values are never compared, or where it was dropped to save room.</summary>
    public KeptValue? Least { get; init; }

    /// <summary>As <see cref="Least"/>. Of a clipped one is known only that it begins so.</summary>
    public KeptValue? Greatest { get; init; }

    /// <summary>Values that are there more often than most, most common first: ten at most. All of them, where there are no more.</summary>
    public ImmutableArray<CommonValue> MostCommon { get; init; } = [];

    /// <summary>No count of <see cref="MostCommon"/> is further below the truth: a hundredth of all values at most.</summary>
    public long CountError { get; init; }

    /// <summary>Bounds of buckets that hold the same number of values each; one more than there are buckets. None for fewer than ten values.</summary>
    public ImmutableArray<ulong> Histogram { get; init; } = [];

    public long Values => Rows - Nulls;

    /// <summary>0 to 1; 0 without rows.</summary>
    public double NullFraction => Rows == 0 ? 0 : (double)Nulls / Rows;

    /// <summary>Bytes of a value in its row; NULLs do not count.</summary>
    public double AverageWidth => Values == 0 ? 0 : (double)ValueBytes / Values;

    /// <summary>The share of all rows that have the value, at least.</summary>
    public double FrequencyOf(in CommonValue value) => Rows == 0 ? 0 : (double)value.Count / Rows;
}

/// <summary>A value that is there often.</summary>
/// <param name="Hash">See <see cref="StatisticsHash"/>.</param>
/// <param name="Value">The value, or its first bytes.</param>
/// <param name="Count">Rows that have it, at least.</param>
internal readonly record struct CommonValue(ulong Hash, KeptValue Value, long Count);
