namespace Helios.Pipeline.Model.Tests;

/// <summary>One effect of a commit, in the order of its operations.</summary>
internal abstract record ModelChange(int Table);

internal sealed record TableCreated(int Table) : ModelChange(Table);

/// <summary>An insert takes an id for each of its rows, also for those that are refused.</summary>
internal sealed record IdsTaken(int Table, int Count) : ModelChange(Table);

internal sealed record RowInserted(int Table, ulong Id, ModelRow Row) : ModelChange(Table);

/// <param name="Before">The row as it was.</param>
internal sealed record RowUpdated(int Table, ulong Id, ModelRow Before, ModelRow Row) : ModelChange(Table);

internal sealed record RowDeleted(int Table, ulong Id, ModelRow Before) : ModelChange(Table);

internal sealed record SourceMoved(int Table, string Key, ModelSource To) : ModelChange(Table);

internal sealed record RecordsRejected(int Table, int Count) : ModelChange(Table);

/// <summary>A commit: all of its changes, or none.</summary>
internal sealed record ModelCommit(ulong Lsn, IReadOnlyList<ModelChange> Changes);

/// <summary>A refused row: its place in the commit, the code, and the key or column concerned.</summary>
internal readonly record struct ModelRejection(int Row, string Code, string? Constraint);

/// <summary>What a commit would become: its changes, or why it is refused as a whole.</summary>
internal sealed record ModelDecision(IReadOnlyList<ModelChange> Changes, IReadOnlyList<ModelRejection> Rejected, string? Refusal)
{
    public int Stored => Changes.Count(static change => change is RowInserted or RowUpdated);
}
