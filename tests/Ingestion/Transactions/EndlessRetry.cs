using Helios.Pipeline.Storage;
using Polly;
using Polly.Retry;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>Repeats a conflict at once, as often as it takes.</summary>
internal static class EndlessRetry
{
    public static ResiliencePipeline Pipeline { get; } = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions { ShouldHandle = static a => ValueTask.FromResult(a.Outcome.Exception is HeliosException { IsTransient: true }), MaxRetryAttempts = int.MaxValue, Delay = TimeSpan.Zero })
        .Build();
}
