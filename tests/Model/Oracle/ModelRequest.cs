namespace Helios.Pipeline.Model.Tests;

/// <summary>Rows for one table; a commit may have several of them.</summary>
internal sealed record TableRows(int Table, params ModelRow[] Rows)
{
    public override string ToString() => $"{ModelSchema.Tables[Table].Name}[{string.Join(' ', Rows)}]";
}

/// <summary>A source that moves with the commit, if it stands where the caller believes.</summary>
/// <param name="Expected">What it has taken so far; null for nothing.</param>
/// <param name="Decided">Records that this commit decides; null where it only marks the end.</param>
internal sealed record SourceMove(int Table, string Key, string? Expected, string Taken, int? Decided);

/// <summary>A commit as its caller asks for it.</summary>
internal sealed record ModelRequest(IReadOnlyList<TableRows> Inserts, OnReject OnReject)
{
    public SourceMove? Source { get; init; }

    /// <summary>Records of an input that were refused before they were rows; null where refused rows leave no dead letters.</summary>
    public int? RefusedRecords { get; init; }
}
