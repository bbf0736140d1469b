using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>How far a scrub is.</summary>
/// <param name="Rows">Versions of rows that were read.</param>
/// <param name="Keys">Other keys.</param>
/// <param name="Bytes">Bytes of their keys and values, uncompressed.</param>
/// <param name="Problems">Damage that was met.</param>
public readonly record struct ScrubProgress(long Rows, long Keys, long Bytes, long Problems);

/// <summary>What a scrub has found.</summary>
/// <param name="Rows">Versions of rows that were read.</param>
/// <param name="Keys">Other keys: definitions of tables, counters, positions, keys that rows gave up.</param>
/// <param name="Bytes">Bytes of their keys and values, uncompressed.</param>
/// <param name="ProblemCount">All problems; a stretch that cannot be read counts once.</param>
/// <param name="Problems">The first 100 of them, one sentence each.</param>
/// <param name="Duration">How long it took.</param>
public sealed record ScrubReport(long Rows, long Keys, long Bytes, long ProblemCount, IReadOnlyList<string> Problems, TimeSpan Duration)
{
    /// <summary>Was everything read, and is all of it as it was written?</summary>
    public bool IsSound => ProblemCount == 0;

    /// <summary>Throws where something is damaged.</summary>
    /// <exception cref="HeliosException">Corrupt <c>corrupt</c>: how many problems there are, and the first.</exception>
    public void ThrowIfDamaged()
    {
        if (!IsSound)
            throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"The scrub has found {ProblemCount} problems in the store: {Problems[0]}.");
    }
}
