namespace Helios.Pipeline.Cli;

/// <summary>The command line asks for something that cannot be; exit 1. The message is complete.</summary>
internal sealed class UsageException(string message) : Exception(message);
