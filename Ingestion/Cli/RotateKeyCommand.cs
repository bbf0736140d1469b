using System.CommandLine;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios rotate-key</c>: puts an encrypted database under another key or password.</summary>
internal static class RotateKeyCommand
{
    public static Command Create(CommandIo io)
    {
        var db = Database.PathOption();
        var newKey = new EncryptionKey("--new", "that it gets", recursive: false);
        var command = new Command("rotate-key", "Puts an encrypted database under another key or password; what it holds stays as it is.") { db };
        newKey.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(db), parsed, newKey, io));
        return command;
    }

    private static async Task<int> RunAsync(string path, ParseResult parsed, EncryptionKey newKey, CommandIo io)
    {
        using var provider = newKey.Read(parsed) ?? throw new UsageException($"the new key is missing: give {newKey.Names}");
        await using var engine = await Database.OpenAsync(path, io).ConfigureAwait(false);
        await engine.RotateKeyAsync(provider, io.Stop.Token).ConfigureAwait(false);
        io.Out.WriteLine($"{Printable.Line(path)} is under key {engine.Inspect().Encryption!.KeyId} now; the old key no longer opens it");
        return ExitCodes.Done;
    }
}
