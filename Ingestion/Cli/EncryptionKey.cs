using System.CommandLine;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary>Two options that name a key: a variable of the environment or a file, never the key itself, which every user of the machine could read in the list of processes.</summary>
/// <param name="prefix">Begins the names of both.</param>
/// <param name="what">Which key it is.</param>
/// <param name="recursive">Do all commands have them?</param>
internal sealed class EncryptionKey(string prefix, string what, bool recursive)
{
    public Option<string> Variable { get; } = new(prefix + "-env") { Description = $"Environment variable with {what}, 64 hex digits.", HelpName = "VAR", Recursive = recursive };

    public Option<string> File { get; } = new(prefix + "-file") { Description = $"File with {what}: 64 hex digits or 32 bytes, mode 0600.", HelpName = "FILE", Recursive = recursive };

    /// <summary>Reads the key; null where neither was given. The caller disposes of it.</summary>
    public IKeyProvider? Read(ParseResult parsed) => (parsed.GetValue(Variable), parsed.GetValue(File)) switch
    {
        (null, null) => null,
        (not null, not null) => throw new UsageException($"{Variable.Name} and {File.Name}: give one of them"),
        ({ Length: > 0 } variable, null) => KeyProviders.FromEnvironment(variable),
        (null, { Length: > 0 } file) => KeyProviders.FromFile(file),
        (not null, null) => throw new UsageException($"{Variable.Name}: name a variable"),
        _ => throw new UsageException($"{File.Name}: name a file"),
    };
}
