namespace Helios.Pipeline.Model.Tests;

/// <summary>One step of a sequence: does the same to the engine and to the model, and compares the answers. Prints as what it does.</summary>
/// <remarks>It must make sense after any other step, and say so alike on both sides where it cannot: sequences are shrunk by leaving steps out.</remarks>
internal abstract record Operation
{
    public abstract Task RunAsync(SequenceRun run);

    /// <summary>Smaller steps of the same kind, for shrinking.</summary>
    public virtual IEnumerable<Operation> Smaller() => [];

    protected static IEnumerable<TableRows> WithoutOneRow(TableRows rows) => rows.Rows.Length < 2
        ? []
        : Enumerable.Range(0, rows.Rows.Length).Select(i => rows with { Rows = [.. rows.Rows.Where((_, at) => at != i)] });
}
