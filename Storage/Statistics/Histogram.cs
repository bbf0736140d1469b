namespace Helios.Pipeline.Storage;

/// <summary>Buckets of one size between bounds in order (<see cref="QuantileSketch.Bounds"/>): what share of values lies below a code.</summary>
internal static class Histogram
{
    /// <summary>The share of values whose codes are less, or not greater. Within a bucket they are taken to lie evenly.</summary>
    /// <param name="bounds">Two or more.</param>
    /// <param name="type">Floats lie evenly as numbers, all other values as codes.</param>
    /// <param name="code">A code.</param>
    /// <param name="orEqual">Are equal ones among them?</param>
    public static double Rank(ReadOnlySpan<ulong> bounds, ColumnType type, ulong code, bool orEqual)
    {
        double below = 0;
        for (var i = 0; i + 1 < bounds.Length; i++)
        {
            var (low, high) = (bounds[i], bounds[i + 1]);
            if (orEqual ? high <= code : high < code)
                below++;
            else if (orEqual ? low <= code : low < code)
                below += Within(type, low, high, code);
        }

        return below / (bounds.Length - 1);
    }

    /// <summary>Fewer buckets: each takes in as many of the old ones as the others, or one more.</summary>
    public static ulong[] Reduce(ReadOnlySpan<ulong> bounds, int buckets)
    {
        var reduced = new ulong[buckets + 1];
        for (var i = 0; i <= buckets; i++)
            reduced[i] = bounds[(int)Math.Round((double)i * (bounds.Length - 1) / buckets)];
        return reduced;
    }

    private static double Within(ColumnType type, ulong low, ulong high, ulong code)
    {
        if (type is ColumnType.Float4 or ColumnType.Float8)
        {
            var (from, to) = (ZoneCode.ToDouble(low), ZoneCode.ToDouble(high));
            var share = (ZoneCode.ToDouble(code) - from) / (to - from);
            if (double.IsFinite(share)) // neither infinity nor NaN is a bound
                return share;
        }

        return (code - low) / (double)(high - low);
    }
}
