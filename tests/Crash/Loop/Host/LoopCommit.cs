using System.Globalization;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What a commit of a crash loop does.</summary>
internal enum LoopKind
{
    /// <summary>Inserts rows.</summary>
    Insert,

    /// <summary>Inserts rows, some under keys that rows had which are deleted by now.</summary>
    Again,

    /// <summary>Deletes one row of <see cref="LoopWorkload.Trips"/>.</summary>
    Delete,

    /// <summary>Gives one row of <see cref="LoopWorkload.Trips"/> another text, by its key.</summary>
    Update,

    /// <summary>The same by an upsert.</summary>
    Upsert,

    /// <summary>Deletes all rows of old commits.</summary>
    Sweep,
}

/// <summary>A commit that is about to be submitted: with the seed it says every byte.</summary>
/// <param name="Number">Counts from 0 over the life of the database; the order of the submissions, and therefore of the LSNs.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Of">Rows to insert; the id of the row to delete or to change; the first commit whose rows stay.</param>
internal readonly record struct LoopCommit(int Number, LoopKind Kind, long Of)
{
    public bool Inserts => Kind is LoopKind.Insert or LoopKind.Again;

    public bool Changes => Kind is LoopKind.Update or LoopKind.Upsert;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number} {Kind} {Of}");

    public static LoopCommit Parse(ReadOnlySpan<string> words) =>
        new(int.Parse(words[0], CultureInfo.InvariantCulture), Enum.Parse<LoopKind>(words[1]), long.Parse(words[2], CultureInfo.InvariantCulture));
}
