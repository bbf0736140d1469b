using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What the scrub tells the log. Event ids 2620-2629.</summary>
internal static partial class ScrubLog
{
    [LoggerMessage(2620, LogLevel.Error, "The scrub has found damage in the store: {Problem}. Commits and reads of other rows go on; helios verify names all that is damaged; restore a backup.")]
    public static partial void Found(ILogger logger, string problem);

    [LoggerMessage(2621, LogLevel.Information, "The scrub has read the whole store: {Rows} versions of rows, {Keys} other keys, {Bytes} bytes, {Problems} problems.")]
    public static partial void Ended(ILogger logger, long rows, long keys, long bytes, long problems);
}
