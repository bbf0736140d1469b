namespace Helios.Pipeline.Storage;

/// <summary>How large a bloom filter is, and how many bits an element sets in it. Filters of one geometry can be merged.</summary>
/// <param name="Words">64 bits each.</param>
/// <param name="Hashes">1 to 16.</param>
/// <param name="Expected">Elements for which the promise holds.</param>
internal readonly record struct BloomGeometry(int Words, int Hashes, int Expected)
{
    public const double LeastFalsePositives = 0.0001;
    public const double MostFalsePositives = 0.5;
    public const int MostHashes = 16;

    public long Bits => (long)Words * 64;

    /// <summary>The smallest filter that keeps the promise.</summary>
    /// <param name="expected">Elements, 1 or more.</param>
    /// <param name="falsePositives">Of lookups of what is not there; taken to 0.0001 to 0.5.</param>
    public static BloomGeometry For(int expected, double falsePositives)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(expected);
        if (double.IsNaN(falsePositives))
            throw new ArgumentOutOfRangeException(nameof(falsePositives), falsePositives, "A share of lookups is needed.");
        var promise = Math.Clamp(falsePositives, LeastFalsePositives, MostFalsePositives);
        var ln2 = Math.Log(2);
        var bits = Math.Max(64, Math.Ceiling(-expected * Math.Log(promise) / (ln2 * ln2)));
        var words = (int)Math.Ceiling(bits / 64);
        var hashes = Math.Round(bits / expected * ln2); // of the bits before they fill words: those must not cost more looks
        return new BloomGeometry(words, (int)Math.Clamp(hashes, 1, MostHashes), expected);
    }
}
