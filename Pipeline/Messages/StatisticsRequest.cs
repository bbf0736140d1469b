using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Statistics of a table that Commit, the only writer of the store, is to keep.</summary>
/// <remarks>They are derived and not logged: they last from the store's next flush on. A kill before it leaves those that were stored earlier.</remarks>
internal sealed class StatisticsRequest(TableId table, TableStatistics statistics)
{
    private readonly byte[] _value = StatisticsCodec.Encode(statistics);

    /// <summary>The store has them.</summary>
    public TaskCompletionSource Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Write(StoreBatch batch) => StoredStatistics.Put(batch, table, _value);
}
