using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What the sample of free space tells the log, once per change. Event ids 2200-2299.</summary>
internal static partial class SpaceLog
{
    [LoggerMessage(2200, LogLevel.Warning, "{Directory} has {Bytes} bytes of disk left, less than the floor of {Floor}: commits that insert are refused until {EnoughFrom} are free.")]
    public static partial void TurnedLow(ILogger logger, string directory, long bytes, long floor, long enoughFrom);

    [LoggerMessage(2201, LogLevel.Information, "{Directory} has {Bytes} bytes of disk left: commits that insert are taken.")]
    public static partial void Enough(ILogger logger, string directory, long bytes);

    [LoggerMessage(2202, LogLevel.Warning, "How much of the disk is left cannot be told: nothing is refused until it can, the disk itself decides.")]
    public static partial void Unknown(ILogger logger, Exception error);
}
