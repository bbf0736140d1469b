using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Commits that may be sent again.</content>
public sealed partial class Table
{
    /// <summary>Writes rows as one commit under a number: sent again under the same, also after a crash, it is not written again but gets the first answer.</summary>
    /// <inheritdoc cref="Session.CommitAsync(ProducerId, long, Durability, OnReject, CancellationToken)" path="/remarks|/param|/returns|/exception"/>
    /// <param name="rows">The rows, the same each time.</param>
    public async ValueTask<CommitReceipt> InsertAsync(
        IEnumerable<Row> rows, ProducerId producer, long sequence, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var session = _engine.OpenSession();
        foreach (var row in rows)
            session.Insert(this, row);
        return await session.CommitAsync(producer, sequence, Durability.Visible, onReject, cancellationToken).ConfigureAwait(false);
    }
}
