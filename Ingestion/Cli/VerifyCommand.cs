using System.CommandLine;
using System.Text.Json;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios verify</c>: one line per check; exit 2 where one fails.</summary>
internal static class VerifyCommand
{
    public static Command Create(CommandIo io)
    {
        var (db, json) = (Database.PathOption(), Database.JsonOption("One JSON object: sound, checks."));
        var command = new Command("verify", "Checks the whole database: log, store, keys, counts, positions. One line a check; exit 2 where one fails.") { db, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(db), parsed.GetValue(json), io));
        return command;
    }

    private static async Task<int> RunAsync(string path, bool json, CommandIo io)
    {
        Database.CheckPath(path);
        VerifyReport report;
        try
        {
            report = await DatabaseVerifier.VerifyAsync(path, json ? null : check => Write(io, check), io.Encryption, io.Stop.Token).ConfigureAwait(false);
        }
        catch (HeliosException error) when (error.Code == "no_database")
        {
            throw Database.NotThere(path);
        }

        if (json)
            io.Tell(() => JsonOutput.Write(io, writer => Write(writer, report)));
        if (!report.IsSound)
            await io.Error.WriteLineAsync($"helios: {Printable.Line(path)} is damaged: {report.Checks.Count(c => !c.Passed)} of {report.Checks.Count} checks failed; nothing was changed; restore a backup").ConfigureAwait(false);
        return report.IsSound ? ExitCodes.Done : ExitCodes.Damaged;
    }

    /// <summary>As each check ends: the long ones take minutes.</summary>
    private static void Write(CommandIo io, VerifyCheck check) =>
        io.Tell(() => io.Out.WriteLine($"{(check.Passed ? "ok     " : "FAILED ")} {check.Name}: {Printable.Line(check.Message)}"));

    private static void Write(Utf8JsonWriter json, VerifyReport report)
    {
        json.WriteStartObject();
        json.WriteBoolean("sound", report.IsSound);
        json.WriteStartArray("checks");
        foreach (var check in report.Checks)
        {
            json.WriteStartObject();
            json.WriteString("name", check.Name);
            json.WriteBoolean("passed", check.Passed);
            json.WriteString("message", check.Message);
            json.WriteNumber("items", check.Items);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
