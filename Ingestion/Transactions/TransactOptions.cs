using Polly;

namespace Helios.Pipeline.Ingestion;

/// <summary>How <see cref="HeliosEngine.TransactAsync(Func{Transaction, CancellationToken, ValueTask}, IsolationLevel, TransactOptions, CancellationToken)"/> commits and repeats.</summary>
public sealed record TransactOptions
{
    /// <summary>What the commit's answer waits for.</summary>
    /// <value>The default is <see cref="Durability.Visible"/>.</value>
    public Durability Durability { get; init; } = Durability.Visible;

    /// <summary>How often the work is done before a conflict is thrown.</summary>
    /// <value>1 to 10,000; the default is 10.</value>
    public int MaxTries
    {
        get;
        init => field = value is >= 1 and <= 10_000 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxTries is 1 to 10,000.");
    } = 10;

    /// <summary>Time before the second try; it doubles with each, up to 1 s, and is spread at random.</summary>
    /// <value>Zero to 1 s; the default is 2 ms.</value>
    public TimeSpan Delay
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromSeconds(1) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Delay is zero to 1 s.");
    } = TimeSpan.FromMilliseconds(2);

    /// <summary>Takes the place of the ready-made pipeline: <see cref="MaxTries"/> and <see cref="Delay"/> have no effect then.</summary>
    /// <value>The default, null, repeats where a <c>conflict</c> was met, and nothing else.</value>
    public ResiliencePipeline? Pipeline { get; init; }
}
