namespace Helios.Pipeline.Ingestion;

/// <summary>What a vacuum is doing.</summary>
public enum VacuumStep
{
    /// <summary>Versions that nobody can see are removed.</summary>
    Removing,

    /// <summary>The files that hold the table are rewritten without them.</summary>
    Rewriting,

    /// <summary>The table is done.</summary>
    Done,
}

/// <summary>How far a vacuum is.</summary>
/// <param name="Table">The table in hand.</param>
/// <param name="Step">What is done with it.</param>
/// <param name="VersionsRead">Versions of its rows looked at.</param>
/// <param name="VersionsRemoved">Versions, deletions among them, removed.</param>
public sealed record VacuumProgress(string Table, VacuumStep Step, long VersionsRead, long VersionsRemoved);

/// <summary>What a vacuum has done to one table.</summary>
/// <param name="Table">The table.</param>
/// <param name="VersionsRead">Versions of its rows that there were.</param>
/// <param name="VersionsRemoved">Of them: replaced or deleted where nobody looks any more, and the deletions; removed.</param>
/// <param name="VersionsHeld">Of them: replaced or deleted too, but an open reader, or <see cref="VersionOptions.RetainedCommits"/>, keeps them.</param>
/// <param name="KeysRemoved">Index keys that rows gave up, removed.</param>
/// <param name="BytesBefore">About what the table took in the store, files and memory.</param>
/// <param name="BytesAfter">About what it takes.</param>
public sealed record TableVacuumReport(string Table, long VersionsRead, long VersionsRemoved, long VersionsHeld, long KeysRemoved, long BytesBefore, long BytesAfter)
{
    /// <summary>Replaced or deleted: removed, or held.</summary>
    public long VersionsDead => VersionsRemoved + VersionsHeld;
}

/// <summary>What a vacuum has done.</summary>
/// <param name="Tables">Each table, in its order.</param>
/// <param name="Duration">How long it took.</param>
public sealed record VacuumReport(IReadOnlyList<TableVacuumReport> Tables, TimeSpan Duration)
{
    /// <summary>Of all tables.</summary>
    public long VersionsRemoved => Tables.Sum(static table => table.VersionsRemoved);

    /// <summary>Of all tables.</summary>
    public long BytesBefore => Tables.Sum(static table => table.BytesBefore);

    /// <summary>Of all tables.</summary>
    public long BytesAfter => Tables.Sum(static table => table.BytesAfter);
}
