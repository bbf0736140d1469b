using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios verify-backup</c>: one line per backup, one per damaged file; exit 2 where there is one.</summary>
internal static class VerifyBackupCommand
{
    public static Command Create(CommandIo io)
    {
        var (from, id, json) = (BackupArguments.FromOption(), BackupArguments.IdOption("Only this backup."), Database.JsonOption("One JSON object: sound, backups."));
        var command = new Command("verify-backup", "Reads every file of backups and compares it with its hash; exit 2 where one is damaged or missing.") { from, id, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(from), Arguments.Number(parsed, id, 1, long.MaxValue), parsed.GetValue(json), io));
        return command;
    }

    private static async Task<int> RunAsync(string from, long? id, bool json, CommandIo io)
    {
        BackupArguments.CheckPath(from, "--from");
        BackupVerifyReport report;
        try
        {
            using var line = new BackupProgressLine(io, "verify-backup");
            report = await BackupStore.VerifyAsync(from, id, line.Show, io.Stop.Token).ConfigureAwait(false);
        }
        catch (HeliosException error) when (error.Code == "no_backup")
        {
            throw BackupArguments.NotThere(from, id);
        }

        if (json)
            JsonOutput.Write(io, writer => Write(writer, report));
        else
            Write(io, report);
        if (!report.IsSound)
            await io.Error.WriteLineAsync($"helios: {Printable.Line(from)}: {report.Backups.Count(b => !b.IsSound)} of {report.Backups.Count} backups are damaged; nothing was changed; make a new backup").ConfigureAwait(false);
        return report.IsSound ? ExitCodes.Done : ExitCodes.Damaged;
    }

    private static void Write(CommandIo io, BackupVerifyReport report)
    {
        foreach (var checkedBackup in report.Backups)
        {
            var what = checkedBackup.Backup is { } info
                ? string.Create(CultureInfo.InvariantCulture, $"LSN {info.Lsn}, made {info.Made:yyyy-MM-ddTHH:mm:ssZ}, {info.Files} files, {Printable.Bytes(info.Bytes)}")
                : "its manifest is damaged";
            io.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(checkedBackup.IsSound ? "ok     " : "FAILED ")} backup {checkedBackup.Id}: {what}"));
            foreach (var problem in checkedBackup.Problems)
                io.Out.WriteLine("        " + Printable.Line(problem));
        }
    }

    private static void Write(Utf8JsonWriter json, BackupVerifyReport report)
    {
        json.WriteStartObject();
        json.WriteBoolean("sound", report.IsSound);
        json.WriteStartArray("backups");
        foreach (var checkedBackup in report.Backups)
        {
            json.WriteStartObject();
            json.WriteNumber("id", checkedBackup.Id);
            json.WriteBoolean("sound", checkedBackup.IsSound);
            if (checkedBackup.Backup is { } info)
            {
                json.WriteNumber("lsn", info.Lsn.Value);
                json.WriteString("made", info.Made);
                json.WriteNumber("files", info.Files);
                json.WriteNumber("bytes", info.Bytes);
            }

            json.WriteStartArray("problems");
            foreach (var problem in checkedBackup.Problems)
                json.WriteStringValue(problem);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
