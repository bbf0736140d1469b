namespace Helios.Pipeline.Storage;

/// <summary>Which share of a table's rows a condition on one column lets through, about: 0 to 1. Without statistics a guess.</summary>
/// <remarks>
/// Estimates choose between ways that all give the right answer; nothing but speed depends on them. A constant is given as where it stands among the column's
/// codes (<see cref="ZoneRange"/>), so whatever it is compared as. NULLs are let through by no comparison.
/// </remarks>
internal static class Selectivity
{
    public const double EqualGuess = 0.01;
    public const double NotEqualGuess = 0.99;
    public const double RangeGuess = 0.33;
    public const double BetweenGuess = 0.2;
    public const double NullGuess = 0.1;
    public const double InGuess = 0.1;
    public const double LikeGuess = 0.1;

    /// <summary>Of conditions together: columns depend on each other, which nobody counts, so a product is too small rather than too large.</summary>
    public const double Floor = 0.001;

    /// <summary>Bytes of a text that its code holds.</summary>
    private const int CodeBytes = sizeof(ulong);

    public static double Equal(ColumnStatistics? column, in ZoneRange constant) => IsKnown(column) ? EqualKnown(column, constant) : EqualGuess;

    public static double NotEqual(ColumnStatistics? column, in ZoneRange constant) =>
        IsKnown(column) ? Bounded(NotNull(column) - EqualKnown(column, constant)) : NotEqualGuess;

    public static double In(ColumnStatistics? column, ReadOnlySpan<ZoneRange> constants)
    {
        if (!IsKnown(column))
            return InGuess;
        double sum = 0;
        foreach (var constant in constants)
            sum += EqualKnown(column, constant);
        return Math.Min(sum, NotNull(column));
    }

    /// <summary>Less than a constant, or not greater.</summary>
    public static double Less(ColumnStatistics? column, in ZoneRange constant, bool orEqual) =>
        HasHistogram(column) ? Below(column, constant, orEqual) : Guess(column, RangeGuess);

    /// <summary>Greater than a constant, or not less.</summary>
    public static double Greater(ColumnStatistics? column, in ZoneRange constant, bool orEqual) =>
        HasHistogram(column) ? Bounded(NotNull(column) - Below(column, constant, !orEqual)) : Guess(column, RangeGuess);

    /// <summary>Between two constants, both included.</summary>
    public static double Between(ColumnStatistics? column, in ZoneRange low, in ZoneRange high)
    {
        if (!HasHistogram(column))
            return Guess(column, BetweenGuess);
        var share = Below(column, high, orEqual: true) - Below(column, low, orEqual: false);
        return low.Low > high.High ? 0 : Math.Max(share, EqualKnown(column, low)); // narrower than a bucket can tell: as one value
    }

    public static double IsNull(ColumnStatistics? column) => column is { Rows: > 0 } ? column.NullFraction : NullGuess;

    public static double IsNotNull(ColumnStatistics? column) => 1 - IsNull(column);

    /// <summary>Begins with a text: <c>LIKE 'text%'</c>, starts_with.</summary>
    public static double Prefix(ColumnStatistics? column, ReadOnlySpan<byte> prefix)
    {
        if (!HasHistogram(column))
            return Guess(column, LikeGuess);
        Span<byte> last = stackalloc byte[CodeBytes];
        last.Fill(byte.MaxValue);
        prefix[..Math.Min(prefix.Length, CodeBytes)].CopyTo(last);
        var share = NotNull(column) * (Rank(column, ZoneCode.Of(last), orEqual: true) - Rank(column, ZoneCode.Of(prefix), orEqual: false));
        if (prefix.Length > CodeBytes)
            share *= LikeGuess; // of those that begin alike as far as codes tell
        return Math.Max(share, NotNull(column) / Math.Max(column.DistinctCount.GetValueOrDefault(), 1)); // one value at least
    }

    /// <summary>Of conditions that must all hold.</summary>
    public static double All(ReadOnlySpan<double> conditions)
    {
        double product = 1;
        foreach (var share in conditions)
            product *= share;
        return Math.Clamp(product, Floor, 1);
    }

    /// <summary>A guess about the values: NULLs, where their number is known, are not among them.</summary>
    public static double Guess(ColumnStatistics? column, double share) => column is { Rows: > 0 } ? share * NotNull(column) : share;

    /// <summary>Are ranges of the column more than guessed?</summary>
    public static bool KnowsRanges(ColumnStatistics? column) => HasHistogram(column);

    private static double EqualKnown(ColumnStatistics column, in ZoneRange constant)
    {
        if (constant.Low > constant.High)
            return 0; // nothing can be equal
        double common = 0;
        foreach (var value in column.MostCommon)
        {
            if (value.Hash == constant.Hash)
                return column.FrequencyOf(value);
            common += column.FrequencyOf(value);
        }

        var others = column.DistinctCount.GetValueOrDefault() - column.MostCommon.Length;
        return others <= 0 || (!column.Histogram.IsEmpty && !IsInside(column, constant))
            ? Math.Min(1.0 / column.Rows, NotNull(column)) // not there then; it may be now
            : Bounded(NotNull(column) - common) / others;
    }

    private static double Below(ColumnStatistics column, in ZoneRange constant, bool orEqual)
    {
        var less = NotNull(column) * Rank(column, constant.Low, orEqual: false);
        var equal = IsInside(column, constant) ? EqualKnown(column, constant) : 0;
        var between = (NotNull(column) * Rank(column, constant.High, orEqual: true)) - less;
        if (!constant.IsExact)
            less += Math.Max(between - equal, 0) / 2; // half of the other values that have its code
        else if (orEqual)
            equal = Math.Max(between, equal); // within a bucket both ranks are one: then it is as much as the rest of the statistics says
        return Math.Min(less + (orEqual ? equal : 0), NotNull(column));
    }

    private static bool IsInside(ColumnStatistics column, in ZoneRange constant) =>
        constant.Low <= constant.High && constant.High >= column.Histogram[0] && constant.Low <= column.Histogram[^1];

    private static double Rank(ColumnStatistics column, ulong code, bool orEqual) => Histogram.Rank(column.Histogram.AsSpan(), column.Type, code, orEqual);

    private static double NotNull(ColumnStatistics column) => 1 - column.NullFraction;

    private static double Bounded(double share) => Math.Clamp(share, 0, 1);

    private static bool IsKnown([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] ColumnStatistics? column) => column is { Rows: > 0, DistinctCount: not null };

    private static bool HasHistogram([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] ColumnStatistics? column) => IsKnown(column) && !column.Histogram.IsEmpty;
}
