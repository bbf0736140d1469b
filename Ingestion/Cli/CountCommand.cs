using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios count</c>: the number of live rows alone.</summary>
internal static class CountCommand
{
    public static Command Create(CommandIo io)
    {
        var (db, table, json) = (Database.PathOption(), Database.TableOption(), Database.JsonOption("One JSON object: table, rows, lsn."));
        var command = new Command("count", "Prints the number of rows of a table.") { db, table, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(db), parsed.GetRequiredValue(table), parsed.GetValue(json), io));
        return command;
    }

    private static async Task<int> RunAsync(string path, string name, bool json, CommandIo io)
    {
        await using var engine = await Database.OpenAsync(path, io).ConfigureAwait(false);
        var rows = await Database.Table(engine, path, name).CountAsync().ConfigureAwait(false);
        if (json)
            JsonOutput.Write(io, writer => Write(writer, name, rows, engine.Visible.Value));
        else
            io.Out.WriteLine(rows.ToString(CultureInfo.InvariantCulture));
        return ExitCodes.Done;
    }

    private static void Write(Utf8JsonWriter writer, string name, long rows, ulong lsn)
    {
        writer.WriteStartObject();
        writer.WriteString("table", name);
        writer.WriteNumber("rows", rows);
        writer.WriteNumber("lsn", lsn);
        writer.WriteEndObject();
    }
}
