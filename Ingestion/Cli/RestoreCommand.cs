using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios restore</c>: a new database from a backup.</summary>
internal static class RestoreCommand
{
    public static Command Create(CommandIo io)
    {
        var (from, db) = (BackupArguments.FromOption(), new Option<string>("--db") { Description = "Directory of the new database: not there yet, or empty.", HelpName = "DIR", Required = true });
        var (id, json) = (BackupArguments.IdOption("Which backup; the newest without it."), Database.JsonOption("One JSON object: id, lsn, firstLsn, files, bytes, seconds."));
        var command = new Command("restore", "Makes a database of a backup, whole or not at all.") { from, db, id, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(from), parsed.GetRequiredValue(db), Arguments.Number(parsed, id, 1, long.MaxValue), parsed.GetValue(json), io));
        return command;
    }

    private static async Task<int> RunAsync(string from, string path, long? id, bool json, CommandIo io)
    {
        BackupArguments.CheckPath(from, "--from");
        Database.CheckPath(path);
        RestoreReport report;
        try
        {
            using var line = new BackupProgressLine(io, "restore");
            report = await BackupStore.RestoreAsync(from, path, id, line.Show, io.Stop.Token).ConfigureAwait(false);
        }
        catch (HeliosException error) when (error.Code == "no_backup")
        {
            throw BackupArguments.NotThere(from, id);
        }

        if (json)
            JsonOutput.Write(io, writer => Write(writer, report));
        else
            io.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"restored backup {report.Backup.Id}: LSN {report.Backup.Lsn}, {report.Backup.Files} files, {Printable.Bytes(report.Backup.Bytes)}; {Printable.Duration(report.Elapsed)}"));
        return ExitCodes.Done;
    }

    private static void Write(Utf8JsonWriter json, RestoreReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("id", report.Backup.Id);
        json.WriteNumber("lsn", report.Backup.Lsn.Value);
        json.WriteNumber("firstLsn", report.FirstLsn.Value);
        json.WriteNumber("files", report.Backup.Files);
        json.WriteNumber("bytes", report.Backup.Bytes);
        json.WriteNumber("seconds", Math.Round(report.Elapsed.TotalSeconds, 3));
        json.WriteEndObject();
    }
}
