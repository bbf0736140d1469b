using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Commits that may be sent again.</content>
public sealed partial class Table<T>
{
    /// <summary>Writes rows as one commit under a number: sent again under the same, also after a crash, it is not written again but gets the first answer.</summary>
    /// <inheritdoc cref="Session.CommitAsync(ProducerId, long, Durability, OnReject, CancellationToken)" path="/remarks|/param|/returns|/exception"/>
    /// <param name="rows">The rows, the same each time.</param>
    public async ValueTask<CommitReceipt> InsertAsync(
        IEnumerable<T> rows, ProducerId producer, long sequence, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var commit = new TypedCommit<T>(this, onReject);
        foreach (var row in rows)
            commit.Add(row);
        return await commit.CommitAsync(producer, sequence, cancellationToken).ConfigureAwait(false);
    }
}
