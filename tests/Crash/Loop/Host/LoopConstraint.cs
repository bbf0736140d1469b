using System.Globalization;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>A constraint that a loop adds to a table with rows and drops again; every row of the workload meets it.</summary>
/// <param name="Table">Index into <see cref="LoopWorkload.Tables"/>.</param>
/// <param name="IsUnique">A unique constraint over columns that are unique by construction, or a condition?</param>
internal readonly record struct LoopConstraint(int Table, bool IsUnique)
{
    public const string Unique = "more", Check = "ordered";

    public string Name => IsUnique ? Unique : Check;

    public string TableName => LoopWorkload.Tables[Table].Name;

    public Task<PendingConstraint> AddAsync(HeliosEngine engine) => IsUnique
        ? engine.AddConstraintAsync(TableName, Table == LoopWorkload.Trips ? new UniqueConstraint(Unique, "text", "id") : new UniqueConstraint(Unique, "id"))
        : engine.AddConstraintAsync(TableName, new CheckConstraint(Check, "id >= commit"));

    /// <summary>Those that a table has by now.</summary>
    public static IEnumerable<LoopConstraint> Of(Table table, int number)
    {
        if (table.Schema.Unique.Any(static unique => unique.Name == Unique))
            yield return new LoopConstraint(number, IsUnique: true);
        if (table.Schema.Checks.Any(static check => check.Name == Check))
            yield return new LoopConstraint(number, IsUnique: false);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Table} {Name}");

    public static LoopConstraint Parse(ReadOnlySpan<string> words) => new(int.Parse(words[0], CultureInfo.InvariantCulture), words[1] == Unique);
}

/// <summary>A constraint that was to be added or dropped.</summary>
/// <param name="Constraint">The constraint.</param>
/// <param name="Adds">Is it to be added?</param>
/// <param name="CommitsBefore">Commits that were answered before it was begun: they are ordered before it.</param>
internal sealed record LoopAlteration(LoopConstraint Constraint, bool Adds, long CommitsBefore)
{
    /// <summary>The first commit that was submitted after the answer, and is ordered behind it; far away where none came.</summary>
    public long FirstAfter { get; set; } = long.MaxValue;

    /// <summary>What was visible at the answer: not less than its LSN; 0 where none came.</summary>
    public ulong Lsn { get; set; }
}
