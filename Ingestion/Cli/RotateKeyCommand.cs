using System.CommandLine;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios rotate-key</c>: puts an encrypted database under another key.</summary>
internal static class RotateKeyCommand
{
    public static Command Create(CommandIo io)
    {
        var db = Database.PathOption();
        var newKey = new EncryptionKey("--new-key", "the new key", recursive: false);
        var command = new Command("rotate-key", "Puts an encrypted database under another key; the data stays as it is.") { db, newKey.Variable, newKey.File };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(db), parsed, newKey, io));
        return command;
    }

    private static async Task<int> RunAsync(string path, ParseResult parsed, EncryptionKey newKey, CommandIo io)
    {
        using var provider = newKey.Read(parsed) ?? throw new UsageException($"the new key is missing: give {newKey.File.Name} or {newKey.Variable.Name}");
        await using var engine = await Database.OpenAsync(path, io).ConfigureAwait(false);
        await engine.RotateKeyAsync(provider, io.Stop.Token).ConfigureAwait(false);
        io.Out.WriteLine($"{Printable.Line(path)} is under key {provider.Current} now; the old key no longer opens it");
        return ExitCodes.Done;
    }
}
