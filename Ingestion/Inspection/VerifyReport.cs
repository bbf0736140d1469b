namespace Helios.Pipeline.Ingestion;

/// <summary>What one check of <see cref="DatabaseVerifier"/> says.</summary>
/// <param name="Name">Which check; see <see cref="DatabaseVerifier.VerifyAsync"/>.</param>
/// <param name="Passed">False too where the check could not be made, because of damage that another one names.</param>
/// <param name="Message">One line: what was seen; or the first problems, and how many more there are.</param>
/// <param name="Items">Things looked at: files, segments, keys, rows, tables, sources or commits.</param>
public sealed record VerifyCheck(string Name, bool Passed, string Message, long Items);

/// <summary>What all checks say.</summary>
/// <param name="Path">The directory of the database.</param>
/// <param name="Checks">In the order in which they were made.</param>
public sealed record VerifyReport(string Path, IReadOnlyList<VerifyCheck> Checks)
{
    /// <summary>Did every check pass?</summary>
    public bool IsSound => Checks.All(static check => check.Passed);
}
