using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios backup</c>: one more backup into a directory of them.</summary>
internal static class BackupCommand
{
    public static Command Create(CommandIo io)
    {
        var (db, json) = (Database.PathOption(), Database.JsonOption("One JSON object: id, lsn, files, bytes, reusedBytes, seconds."));
        var to = new Option<string>("--to") { Description = "Directory of the backups; made where it is not there.", HelpName = "DIR", Required = true };
        var command = new Command("backup", "Makes a backup as of one LSN. Copies only what no earlier backup in the directory has.") { db, to, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(db), parsed.GetRequiredValue(to), parsed.GetValue(json), io));
        return command;
    }

    private static async Task<int> RunAsync(string path, string to, bool json, CommandIo io)
    {
        BackupArguments.CheckPath(to, "--to");
        BackupReport report;
        await using (var engine = await Database.OpenAsync(path, io).ConfigureAwait(false))
        {
            using var line = new BackupProgressLine(io, "backup");
            report = await engine.BackupAsync(to, new BackupOptions { Progress = line.Show }, io.Stop.Token).ConfigureAwait(false);
        }

        if (json)
            JsonOutput.Write(io, writer => Write(writer, report));
        else
            io.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"backup {report.Id}: LSN {report.Lsn}, {report.Files} files, {Printable.Bytes(report.Bytes)}, of which {Printable.Bytes(report.ReusedBytes)} were there; {Printable.Duration(report.Elapsed)}"));
        return ExitCodes.Done;
    }

    private static void Write(Utf8JsonWriter json, BackupReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("id", report.Id);
        json.WriteNumber("lsn", report.Lsn.Value);
        json.WriteNumber("files", report.Files);
        json.WriteNumber("bytes", report.Bytes);
        json.WriteNumber("reusedBytes", report.ReusedBytes);
        json.WriteNumber("seconds", Math.Round(report.Elapsed.TotalSeconds, 3));
        json.WriteEndObject();
    }
}
