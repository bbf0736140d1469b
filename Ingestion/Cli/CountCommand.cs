using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios count</c>: the number of live rows alone, or of those that meet a condition.</summary>
internal static class CountCommand
{
    public static Command Create(CommandIo io)
    {
        var (db, table, json) = (Database.PathOption(), Database.TableOption(), Database.JsonOption("One JSON object: table, rows, lsn."));
        var where = new Option<string>("--where") { Description = "Only rows for which this holds, as in SQL.", HelpName = "CONDITION" };
        var command = new Command("count", "Prints the number of rows of a table.") { db, table, where, json };
        command.SetAction(async (parsed, _) =>
        {
            var (path, name) = (parsed.GetRequiredValue(db), parsed.GetRequiredValue(table));
            await using var engine = await Database.OpenAsync(path, io).ConfigureAwait(false);
            var query = Database.Table(engine, path, name).Query();
            var rows = await (parsed.GetValue(where) is { } condition ? query.Where(condition) : query).CountAsync(io.Stop.Token).ConfigureAwait(false);
            if (parsed.GetValue(json))
                JsonOutput.Write(io, writer => Write(writer, name, rows, engine.Visible.Value));
            else
                io.Out.WriteLine(rows.ToString(CultureInfo.InvariantCulture));
            return ExitCodes.Done;
        });
        return command;
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
