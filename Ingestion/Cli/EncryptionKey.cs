using System.CommandLine;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary>
/// Options that name where a key or a password is: a variable of the environment or a file, never the secret itself, which every user of the machine could
/// read in the list of processes.
/// </summary>
internal sealed class EncryptionKey
{
    private readonly Option<string>[] _options;
    private readonly Func<string, IKeyProvider>[] _providers = [KeyProviders.FromEnvironment, KeyProviders.FromFile, KeyProviders.FromPasswordEnvironment, KeyProviders.FromPasswordFile];

    /// <param name="prefix">Begins the names of all: <c>--encryption</c>.</param>
    /// <param name="what">Whose key it is: "of an encrypted database".</param>
    /// <param name="recursive">Do all commands have them?</param>
    public EncryptionKey(string prefix, string what, bool recursive)
    {
        _options =
        [
            new(prefix + "-key-env") { Description = $"Environment variable with the key {what}, 64 hex digits.", HelpName = "VAR", Recursive = recursive },
            new(prefix + "-key-file") { Description = $"File with the key {what}: 64 hex digits or 32 bytes, mode 0600.", HelpName = "FILE", Recursive = recursive },
            new(prefix + "-password-env") { Description = $"Environment variable with the password {what}.", HelpName = "VAR", Recursive = recursive },
            new(prefix + "-password-file") { Description = $"File with the password {what}, one line, mode 0600.", HelpName = "FILE", Recursive = recursive },
        ];
    }

    public void AddTo(Command command)
    {
        foreach (var option in _options)
            command.Options.Add(option);
    }

    /// <summary>Their names, for a message.</summary>
    public string Names => string.Join(", ", _options[..^1].Select(option => option.Name)) + " or " + _options[^1].Name;

    /// <summary>Reads the secret; null where none was named. The caller disposes of it.</summary>
    public IKeyProvider? Read(ParseResult parsed)
    {
        var given = Enumerable.Range(0, _options.Length).Where(i => parsed.GetValue(_options[i]) is not null).ToArray();
        if (given.Length == 0)
            return null;
        if (given.Length > 1)
            throw new UsageException($"{string.Join(" and ", given.Select(i => _options[i].Name))}: give one of them");
        var (option, provider) = (_options[given[0]], _providers[given[0]]);
        var name = parsed.GetValue(option)!;
        return name.Length > 0 ? provider(name) : throw new UsageException($"{option.Name}: name a {(option.HelpName == "VAR" ? "variable" : "file")}");
    }
}
