namespace Helios.Pipeline.Ingestion;

/// <summary>A column of which the engine gets a keyed hash: it can look for equal values and keep them unique, and cannot read them.</summary>
/// <param name="Column">The column.</param>
/// <remarks>
/// HMAC-SHA256 of the value as keys compare it, under a key of the client for this table and column, cut to <see cref="Bytes"/>. NULL stays NULL. It tells who has the
/// files which rows have equal values, and how many: not for columns with few values whose frequencies are known.
/// </remarks>
public sealed record BlindIndex(string Column)
{
    /// <summary>Bytes of a hash. Fewer make different values share one, so that the engine learns less and a search must look at the rows that it opens.</summary>
    /// <value>2 to 16; the default is 16: two of 2^32 values have the same one with a chance of 2^-65. A column of a key must have 16.</value>
    public int Bytes
    {
        get;
        init => field = value is >= 2 and <= 16 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Bytes is 2 to 16.");
    } = 16;
}
