namespace Helios.Pipeline.Storage;

/// <summary>Says which row ids a scan looks at; the others are passed without being read.</summary>
internal interface IRowRanges
{
    /// <summary>The next run of row ids to look at.</summary>
    /// <param name="from">All before it is done.</param>
    /// <param name="first">Where the run begins: at <paramref name="from"/> or behind it.</param>
    /// <param name="last">Where it ends, included.</param>
    /// <returns>False where nothing is left.</returns>
    bool TryNext(RowId from, out RowId first, out RowId last);
}
