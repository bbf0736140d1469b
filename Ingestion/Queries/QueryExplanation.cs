using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Ingestion;

/// <summary>How a query is carried out, and where it was run, what that took.</summary>
/// <param name="Table">The table.</param>
/// <param name="Access">Where its rows are looked for.</param>
/// <param name="Index">The index that is used; null where none is.</param>
/// <param name="Ranges">Runs of keys, or single keys, of that index.</param>
/// <param name="Condition">What is asked of every row that is looked at, its constants computed; null where all are taken.</param>
/// <param name="Order">The columns that the rows come in the order of; empty where any order will do.</param>
/// <param name="SortsInMemory">Are rows kept and sorted, because no index has them in that order?</param>
/// <param name="Filters">Columns whose summaries of blocks are asked before a block is read.</param>
/// <param name="Notes">Why a better way was not taken.</param>
/// <param name="Run">What it took; null where the query was not run.</param>
public sealed record QueryExplanation(string Table, QueryAccess Access, string? Index, int Ranges, string? Condition, IReadOnlyList<string> Order, bool SortsInMemory, IReadOnlyList<string> Filters, IReadOnlyList<string> Notes, QueryFigures? Run)
{
    /// <summary>How many rows meet the condition, about, by the table's statistics; null where it was never analysed (<see cref="HeliosEngine.AnalyzeAsync"/>). The plan does not depend on it.</summary>
    public RowEstimate? Estimate { get; init; }

    /// <summary>A few lines for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var invariant = CultureInfo.InvariantCulture;
        text.Append(invariant, $"{Sentence()}\n");
        if (Condition is not null)
            text.Append(invariant, $"  condition  {Condition}\n");
        if (Order.Count > 0)
            text.Append(invariant, $"  order      {string.Join(", ", Order)}{(SortsInMemory ? " (sorted in memory)" : "")}\n");
        if (Filters.Count > 0)
            text.Append(invariant, $"  filters    {string.Join(", ", Filters)}\n");
        if (Estimate is { } estimate)
            text.Append(invariant, $"  estimate   {estimate.Rows:N0} of {estimate.TableRows:N0} rows, by statistics as of commit {estimate.AsOf}{(estimate.ChangesSince > 0 ? $" ({estimate.ChangesSince:N0} changes ago)" : "")}\n");
        foreach (var note in Notes)
            text.Append(invariant, $"  note       {note}\n");
        if (Run is { } run)
        {
            text.Append(invariant, $"  rows       {run.RowsReturned:N0} returned, {run.RowsMatched:N0} matched, {run.RowsRead:N0} read\n");
            text.Append(invariant, $"  blocks     {run.BlocksRead:N0} read, {run.BlocksSkipped:N0} skipped{(run.BlocksSkippedByBlooms > 0 ? string.Create(invariant, $" ({run.BlocksSkipped - run.BlocksSkippedByBlooms:N0} by zones, {run.BlocksSkippedByBlooms:N0} by bloom filters)") : "")}\n");
            text.Append(invariant, $"  reads      {run.KeysRead:N0} keys, {run.StoreSteps:N0} steps and {run.StoreSeeks:N0} seeks in the store\n");
            text.Append(invariant, $"  time       {run.Elapsed.TotalMilliseconds:N1} ms, as of commit {run.Lsn}\n");
        }

        return text.ToString();
    }

    private string Sentence() => Access switch
    {
        QueryAccess.Nothing => $"{Table}: no row can be meant, nothing is read",
        QueryAccess.Lookup => $"{Table}: looks {Ranges} key{(Ranges == 1 ? "" : "s")} up in {Index}",
        QueryAccess.IndexRange => $"{Table}: walks {Ranges} range{(Ranges == 1 ? "" : "s")} of {Index}, and reads the rows that it names",
        _ => $"{Table}: scans the table{(Filters.Count > 0 ? ", without the blocks whose filters say no" : "")}",
    };
}

/// <summary>Where a query looks for its rows.</summary>
public enum QueryAccess
{
    /// <summary>Nowhere: the condition can hold for no row.</summary>
    Nothing,

    /// <summary>In a unique index, by whole keys.</summary>
    Lookup,

    /// <summary>In an index, by ranges of keys, in their order.</summary>
    IndexRange,

    /// <summary>In the whole table, by ascending row id.</summary>
    TableScan,
}

/// <summary>What a query took.</summary>
/// <param name="Lsn">The commit it read as of.</param>
/// <param name="RowsRead">Rows read from the store or the cache.</param>
/// <param name="RowsMatched">Rows for which the condition holds.</param>
/// <param name="RowsReturned">Rows given to the caller.</param>
/// <param name="KeysRead">Keys of an index walked over or looked up.</param>
/// <param name="BlocksRead">Blocks of rows that had to be read.</param>
/// <param name="BlocksSkipped">Blocks of rows passed because of their filters.</param>
/// <param name="StoreSteps">Row versions that cursors stood at.</param>
/// <param name="StoreSeeks">Seeks, and reads of single rows.</param>
/// <param name="Elapsed">From its begin to its last row.</param>
public sealed record QueryFigures(Storage.Lsn Lsn, long RowsRead, long RowsMatched, long RowsReturned, long KeysRead, long BlocksRead, long BlocksSkipped, long StoreSteps, long StoreSeeks, TimeSpan Elapsed)
{
    /// <summary>Those of <paramref name="BlocksSkipped"/> that only bloom filters excluded; the others lie outside the bounds of their columns.</summary>
    public long BlocksSkippedByBlooms { get; init; }
}
