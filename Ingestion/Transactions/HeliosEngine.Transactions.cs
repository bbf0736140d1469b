using Polly;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    private static readonly TransactOptions s_transact = new();
    private ResiliencePipeline? _retry;

    /// <summary>Open transactions.</summary>
    internal int OpenTransactions => _transactions.Count;

    /// <summary>Begins a transaction: it sees every commit that is visible. Dispose of it: that aborts what was not committed.</summary>
    /// <param name="level">What it may see of others, and others may do to it; docs/transactions.md says which anomaly is possible where.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such level.</exception>
    /// <exception cref="Helios.Pipeline.Storage.HeliosException">Closed: the engine is closed.</exception>
    public ValueTask<Transaction> BeginTransactionAsync(IsolationLevel level = IsolationLevel.Snapshot, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Begin(level, null));
    }

    /// <summary>Does work in a transaction and commits it; where it meets another transaction, all of that again, later and later, up to <see cref="TransactOptions.MaxTries"/> times.</summary>
    /// <param name="work">Reads and writes through the transaction that it gets. Called again after a conflict, so what it does besides should bear that. What it throws aborts, and is thrown on; where it rolls back, nothing is committed.</param>
    /// <param name="level">As for <see cref="BeginTransactionAsync"/>.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up; a commit that was ordered stays.</param>
    /// <exception cref="Helios.Pipeline.Storage.HeliosException">As for <see cref="Transaction.CommitAsync"/>; Conflict: at the last try too.</exception>
    public async Task TransactAsync(Func<Transaction, CancellationToken, ValueTask> work, IsolationLevel level = IsolationLevel.Snapshot, TransactOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        await TransactAsync(async (transaction, token) =>
        {
            await work(transaction, token).ConfigureAwait(false);
            return true;
        }, level, options, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>What the work returned at the try that was committed.</returns>
    /// <inheritdoc cref="TransactAsync(Func{Transaction, CancellationToken, ValueTask}, IsolationLevel, TransactOptions, CancellationToken)"/>
    public async Task<TResult> TransactAsync<TResult>(Func<Transaction, CancellationToken, ValueTask<TResult>> work, IsolationLevel level = IsolationLevel.Snapshot, TransactOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var pipeline = options is null ? _retry ??= TransactionRetry.Pipeline(s_transact, _options.TimeProvider) : TransactionRetry.Pipeline(options, _options.TimeProvider);
        var durability = (options ?? s_transact).Durability;
        var tries = 0;
        return await pipeline.ExecuteAsync(async token =>
        {
            if (tries++ > 0)
                await Parts.Visible.WaitAsync(Parts.Log.Head, token).ConfigureAwait(false); // what the last try met: else it would be met again
            var transaction = Begin(level, null);
            await using (transaction.ConfigureAwait(false))
            {
                var result = await work(transaction, token).ConfigureAwait(false);
                if (!transaction.HasEnded)
                    await transaction.CommitAsync(durability, token).ConfigureAwait(false);
                return result;
            }
        }, cancellationToken).ConfigureAwait(false);
    }

    internal Transaction Begin(IsolationLevel level, SessionOrder? order)
    {
        if (!Enum.IsDefined(level))
            throw new ArgumentOutOfRangeException(nameof(level), level, "There is no such isolation level.");
        return new Transaction(this, _transactions, level, order);
    }
}
