using Helios.Pipeline.Storage;
using Polly;
using Polly.Retry;

namespace Helios.Pipeline.Ingestion;

/// <summary>Makes the pipeline that repeats transactions which met another.</summary>
internal static class TransactionRetry
{
    private static readonly TimeSpan s_maxDelay = TimeSpan.FromSeconds(1);

    public static ResiliencePipeline Pipeline(TransactOptions options, TimeProvider time)
    {
        if (options.Pipeline is not null)
            return options.Pipeline;
        if (options.MaxTries == 1)
            return ResiliencePipeline.Empty;
        var retry = new RetryStrategyOptions
        {
            ShouldHandle = static arguments => ValueTask.FromResult(IsConflict(arguments.Outcome.Exception)),
            MaxRetryAttempts = options.MaxTries - 1,
            Delay = options.Delay,
            MaxDelay = s_maxDelay,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        };
        return new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(retry).Build();
    }

    /// <summary>Not one that was open too long: it would be so again.</summary>
    public static bool IsConflict(Exception? error) => error is HeliosException { Kind: HeliosErrorKind.Conflict, IsTransient: true } conflict && conflict.Code == "conflict";
}
