using System.CommandLine;
using System.Text.Json;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios tables</c>: name, columns, rows, LSN of every table.</summary>
internal static class TablesCommand
{
    public static Command Create(CommandIo io)
    {
        var (db, json) = (Database.PathOption(), Database.JsonOption("One JSON object: tables, lsn."));
        var command = new Command("tables", "Lists the tables: name, columns, rows, LSN.") { db, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(db), parsed.GetValue(json), io));
        return command;
    }

    private static async Task<int> RunAsync(string path, bool json, CommandIo io)
    {
        await using var engine = await Database.OpenAsync(path, io).ConfigureAwait(false);
        var (tables, lsn) = (engine.Tables, engine.Visible.Value);
        if (json)
            JsonOutput.Write(io, writer => Write(writer, tables, lsn));
        else
            WriteText(io, tables, lsn);
        return ExitCodes.Done;
    }

    /// <summary>One line a table, tabs between: name, columns and constraints, rows, LSN.</summary>
    private static void WriteText(CommandIo io, IReadOnlyList<TableInfo> tables, ulong lsn)
    {
        foreach (var table in tables)
        {
            var columns = table.Schema.Columns.Select((c, i) => $"{c.Name} {TypeNames.Of(c)}{(table.Schema.PrimaryKey.Contains(i) ? " key" : c.IsNullable ? "" : " not null")}{(c.IsAutoIncrement ? " auto" : "")}{(c.Default is { } value ? $" default {value}" : "")}");
            var parts = columns.Concat(table.Schema.Checks.Select(c => c.ToString())).Concat(table.Schema.ForeignKeys.Select(k => k.ToString()));
            io.Out.WriteLine(FormattableString.Invariant($"{Printable.Line(table.Name)}\t{Printable.Line(string.Join(", ", parts))}\t{table.Rows}\t{lsn}"));
        }
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<TableInfo> tables, ulong lsn)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("tables");
        foreach (var table in tables)
        {
            writer.WriteStartObject();
            writer.WriteString("name", table.Name);
            WriteColumns(writer, table);
            writer.WriteNumber("rows", table.Rows);
            writer.WriteNumber("lsn", lsn);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNumber("lsn", lsn);
        writer.WriteEndObject();
    }

    private static void WriteColumns(Utf8JsonWriter writer, TableInfo table)
    {
        writer.WriteStartArray("columns");
        foreach (var column in table.Schema.Columns)
        {
            writer.WriteStartObject();
            writer.WriteString("name", column.Name);
            writer.WriteString("type", TypeNames.Of(column));
            writer.WriteBoolean("nullable", column.IsNullable);
            if (column.Default is { } value)
                writer.WriteString("default", value);
            if (column.IsAutoIncrement)
                writer.WriteBoolean("autoIncrement", true);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("key");
        foreach (var ordinal in table.Schema.PrimaryKey)
            writer.WriteStringValue(table.Schema.Columns[ordinal].Name);
        writer.WriteEndArray();
        writer.WriteStartArray("unique");
        foreach (var unique in table.Schema.Unique)
            writer.WriteStringValue(string.Join(", ", unique.Columns));
        writer.WriteEndArray();
        WriteConstraints(writer, "checks", table.Schema.Checks);
        WriteConstraints(writer, "foreignKeys", table.Schema.ForeignKeys);
    }

    private static void WriteConstraints<T>(Utf8JsonWriter writer, string name, IReadOnlyCollection<T> constraints)
    {
        if (constraints.Count == 0)
            return;
        writer.WriteStartArray(name);
        foreach (var constraint in constraints)
            writer.WriteStringValue(constraint!.ToString());
        writer.WriteEndArray();
    }
}
