namespace Helios.Pipeline.Load;

/// <summary>How both processes end.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>A floor was missed.</summary>
    public const int FloorMissed = 1;

    /// <summary>A candidate holds another number of rows than it acknowledged.</summary>
    public const int WrongCount = 2;

    /// <summary>A candidate failed.</summary>
    public const int Failed = 3;

    public const int Usage = 64;
}

/// <summary>The command line is wrong.</summary>
internal sealed class UsageException(string message) : Exception(message);
