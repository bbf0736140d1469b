using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The answer to a commit.</summary>
/// <param name="Lsn">Its place in the order of the database; <see cref="Lsn.Zero"/> where nothing was written.</param>
/// <param name="Rows">Rows inserted, updated or deleted.</param>
/// <param name="Rejected">Rows refused, with the reason; empty in the common case.</param>
public readonly record struct CommitReceipt(Lsn Lsn, int Rows, IReadOnlyList<RowRejection> Rejected)
{
    /// <summary>Rows refused, with the reason; empty in the common case.</summary>
    public IReadOnlyList<RowRejection> Rejected { get => field ?? []; init; } = Rejected;

    /// <summary>True where every row was written.</summary>
    public bool IsComplete => Rejected.Count == 0 && UnlistedRejections == 0 && Error is null;

    /// <summary>True where the producer had sent this commit before: then this is the answer that the first one got, and nothing was written again.</summary>
    public bool IsRepeat { get; init; }

    /// <summary>Rows refused that <see cref="Rejected"/> does not list: of a repeat, those whose reasons are more than 32 KiB as they are stored; otherwise 0.</summary>
    public int UnlistedRejections { get; init; }

    /// <summary>Why nothing was written, in answers of <c>Try…</c> methods; null where the commit was written.</summary>
    public HeliosException? Error { get; init; }
}

/// <summary>One refused row.</summary>
/// <param name="Row">Its place in the commit, from 0.</param>
/// <param name="Code">What happened, one of the codes in docs/errors.md.</param>
/// <param name="Column">The column concerned, or null.</param>
/// <param name="Constraint">The constraint concerned, or null.</param>
/// <param name="Message">What, where, which limit.</param>
public sealed record RowRejection(int Row, string Code, string? Column, string? Constraint, string Message)
{
    /// <summary>The table that the row was for; null where the row did not get that far.</summary>
    public string? Table { get; init; }
}
