namespace Helios.Pipeline.Crash.Tests;

/// <summary>An invariant of docs/reliability.md does not hold; the message begins with its name.</summary>
internal sealed class InvariantException(string invariant, string message) : Exception($"{invariant}: {message}")
{
    public static void Require(bool holds, string invariant, string message)
    {
        if (!holds)
            throw new InvariantException(invariant, message);
    }
}
