namespace Helios.Pipeline.Cli;

/// <summary>What the tool's exit codes mean; scripts rely on the numbers.</summary>
internal static class ExitCodes
{
    /// <summary>Done; rejected records do not change that.</summary>
    public const int Done = 0;

    /// <summary>Wrong use, wrong input, or nothing found.</summary>
    public const int Wrong = 1;

    /// <summary>The database is damaged.</summary>
    public const int Damaged = 2;

    /// <summary>Another process has the database.</summary>
    public const int Locked = 3;

    /// <summary>Stopped by the disk or a fault: what was acknowledged holds, the same command goes on.</summary>
    public const int Stopped = 4;

    /// <summary>More records were rejected than <c>--max-rejects</c> allows.</summary>
    public const int TooManyRejects = 5;

    /// <summary>Stopped by Ctrl-C: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Stopped by SIGTERM: 128 + 15.</summary>
    public const int Terminated = 143;
}
