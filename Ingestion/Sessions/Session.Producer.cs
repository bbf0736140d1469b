using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Commits that may be sent again.</content>
public sealed partial class Session
{
    /// <summary>Commits what was collected under a number: sent again under the same, also after a crash, it is not written again but gets the first answer.</summary>
    /// <remarks>
    /// Collect the same rows each time. A repeat whose first is still on its way waits for it. What was refused is not remembered: it is decided anew. A commit of
    /// no rows, too, takes an LSN here. See docs/reliability.md for what is remembered, and for how long.
    /// </remarks>
    /// <param name="producer">Who numbers: the same for each attempt, and for one sender alone.</param>
    /// <param name="sequence">The number, 0 or more. Numbers may be left out, and may come in any order within <see cref="HeliosOptions.ProducerWindow"/>.</param>
    /// <param name="durability">What the answer waits for. With <see cref="Durability.Queued"/> it does not tell whether the commit is a repeat.</param>
    /// <param name="onReject">What happens to the commit when a row is refused.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops, and sending it again tells the outcome.</param>
    /// <returns><see cref="CommitReceipt.IsRepeat"/> is true where the commit had been written before.</returns>
    /// <exception cref="ArgumentException">The producer has no id.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The sequence is negative.</exception>
    /// <exception cref="HeliosException">
    /// As <see cref="CommitAsync(Durability, OnReject, CancellationToken)"/>; besides, Invalid <c>sequence_reused</c>: the number belongs to a commit with other rows; <c>sequence_too_old</c>: it lies so far below the producer's
    /// highest that nobody knows whether it was used. Nothing was written then.
    /// </exception>
    public ValueTask<CommitReceipt> CommitAsync(
        ProducerId producer, long sequence, Durability durability = Durability.Visible, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (producer == default)
            throw new ArgumentException("A producer has an id that is not zero.", nameof(producer));
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        if (IsChanging)
            return CommitWritesAsync(new ProducerStamp(producer, sequence, _writes!.ContentHash()), durability, onReject, cancellationToken);
        var envelope = TakeEnvelope(durability, onReject);
        envelope.Producer = new ProducerStamp(producer, sequence, ContentHash.Of(envelope.Changes.Buffer.Written));
        return SubmitAsync(envelope, _order, cancellationToken);
    }
}
