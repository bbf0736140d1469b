using Helios.Pipeline.Storage;
using Polly;
using Polly.Retry;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    /// <summary>How often <see cref="TransactAsync{T}"/> begins again at most.</summary>
    private const int MaxRetries = 10;

    private ResiliencePipeline? _transactionRetry;

    /// <summary>Begins a transaction. Any number may be open; each is used by one thread at a time.</summary>
    /// <param name="level">What it may see of others.</param>
    /// <param name="cancellationToken">Not waited for anything; here for what a later version may wait for.</param>
    /// <exception cref="HeliosException">Closed: the engine was closed.</exception>
    public ValueTask<Transaction> BeginTransactionAsync(IsolationLevel level = IsolationLevel.Snapshot, CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        cancellationToken.ThrowIfCancellationRequested();
        if (!Enum.IsDefined(level))
            throw new ArgumentOutOfRangeException(nameof(level), level, "There is no such level.");
        return ValueTask.FromResult(new Transaction(this, level));
    }

    /// <summary>Runs a transaction and commits it; where it meets another one, all of it again, with fresh reads.</summary>
    /// <param name="work">Reads and writes by the transaction it is given, which it neither commits nor keeps. May be called several times: it has no other effects. What it throws ends the transaction and is thrown on.</param>
    /// <param name="level">What the transaction may see of others.</param>
    /// <param name="retry">When to begin again; null for up to 10 times, after 1 ms at first and twice as long each time up to 250 ms, with jitter.</param>
    /// <param name="cancellationToken">Stops before the next attempt, or withdraws the commit.</param>
    /// <returns>What the work returned in the attempt that was committed.</returns>
    /// <exception cref="HeliosException">Conflict: every attempt has met another transaction. Invalid: what was written breaks a rule.</exception>
    public async Task<T> TransactAsync<T>(
        Func<Transaction, CancellationToken, ValueTask<T>> work, IsolationLevel level = IsolationLevel.Snapshot, ResiliencePipeline? retry = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        retry ??= _transactionRetry ??= MakeRetry(_options.TimeProvider);
        return await retry.ExecuteAsync(async token =>
        {
            await using var transaction = await BeginTransactionAsync(level, token).ConfigureAwait(false);
            var result = await work(transaction, token).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken: token).ConfigureAwait(false);
            return result;
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="TransactAsync{T}"/>
    public Task TransactAsync(
        Func<Transaction, CancellationToken, ValueTask> work, IsolationLevel level = IsolationLevel.Snapshot, ResiliencePipeline? retry = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return TransactAsync(async (transaction, token) =>
        {
            await work(transaction, token).ConfigureAwait(false);
            return true;
        }, level, retry, cancellationToken);
    }

    /// <summary>Is it an answer after which the same transaction may succeed?</summary>
    private static bool MayRepeat(Exception? error) => error is HeliosException { Code: "conflict" or "transaction_expired" };

    private static ResiliencePipeline MakeRetry(TimeProvider time) => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = static arguments => ValueTask.FromResult(MayRepeat(arguments.Outcome.Exception)),
            MaxRetryAttempts = MaxRetries,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(1),
            MaxDelay = TimeSpan.FromMilliseconds(250),
            UseJitter = true,
        })
        .Build();
}
