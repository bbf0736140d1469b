using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What the collection of versions tells the log. Event ids 2610-2619.</summary>
internal static partial class VersionLog
{
    [LoggerMessage(2610, LogLevel.Information, "The log does not reach back to where versions have been collected to, LSN {Through}: all rows are swept once, as of LSN {AsOf}.")]
    public static partial void SweepBegan(ILogger logger, ulong through, ulong asOf);

    [LoggerMessage(2611, LogLevel.Information, "The sweep has ended: {Versions} versions and keys that nobody can see are gone.")]
    public static partial void SweepEnded(ILogger logger, long versions);

    [LoggerMessage(2612, LogLevel.Information, "The collection of versions is {Bytes} bytes of log behind and holds it no longer: when a reader lets it go on, it sweeps all rows.")]
    public static partial void LetGo(ILogger logger, long bytes);
}
