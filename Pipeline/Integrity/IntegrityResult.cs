namespace Helios.Pipeline;

/// <summary>What one check says.</summary>
/// <param name="Name">Which check, one of <see cref="IntegrityRun.Names"/>.</param>
/// <param name="Passed">False too where it could not be made.</param>
/// <param name="Message">One line: what was seen, or what is wrong.</param>
/// <param name="Items">Things looked at: segments, keys, rows, tables, sources or commits.</param>
internal sealed record IntegrityResult(string Name, bool Passed, string Message, long Items);
