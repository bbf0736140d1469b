using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios stats</c>: how much each table holds, and what is known of its columns' values.</summary>
internal static class StatsCommand
{
    public static Command Create(CommandIo io)
    {
        var (db, json) = (Database.PathOption(), Database.JsonOption("One JSON object: path, lsn, flushed, logBytes, storeBytes, liveBytes, tables."));
        var table = new Option<string>("--table") { Description = "Only this table.", HelpName = "NAME" };
        var command = new Command("stats", "Shows rows, bytes and indexes of the tables, and what is known of their values.") { db, table, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(db), parsed.GetValue(table), parsed.GetValue(json), io));
        return command;
    }

    private static async Task<int> RunAsync(string path, string? only, bool json, CommandIo io)
    {
        await using var engine = await Database.OpenAsync(path, io).ConfigureAwait(false);
        if (only is not null)
            Database.UserTable(engine, path, only);
        var (counters, seen) = (engine.GetCounters(), engine.Inspect());
        var tables = new List<TableStats>();
        foreach (var counts in counters.Tables.Where(t => only is null || t.Name == only))
        {
            var analysis = await engine.GetStatisticsAsync(counts.Name, io.Stop.Token).ConfigureAwait(false);
            tables.Add(new TableStats(counts, engine.FindTable(counts.Name)!.Schema, seen.Tables.First(t => t.Name == counts.Name).Indexes, analysis));
        }

        if (json)
            JsonOutput.Write(io, writer => StatsJson.Write(writer, engine.Path, counters, tables));
        else
            io.Out.Write(Text(engine.Path, counters, tables));
        return ExitCodes.Done;
    }

    private static string Text(string path, EngineCounters counters, IReadOnlyList<TableStats> tables)
    {
        var text = new StringBuilder();
        Line(text, $"database  {Printable.Line(path)}");
        Line(text, $"lsn       visible {counters.Visible}, flushed {counters.Flushed}");
        Line(text, $"sizes     log {Printable.Bytes(counters.LogBytes)}, store {Printable.Bytes(counters.StoreBytes)}, {Printable.Bytes(counters.LiveBytes)} of it live");
        foreach (var table in tables)
        {
            Line(text, $"table     {Printable.Line(table.Counts.Name)}: {Printable.Count(table.Counts.Rows)} rows, {Printable.Bytes(table.Counts.Bytes)}");
            foreach (var index in table.Indexes)
                Line(text, $"  index     {Printable.Line(index.Name)}: {Printable.Count(index.Keys)} keys, {Printable.Bytes(index.Bytes)}{(index.SpilledKeys > 0 ? $", {Printable.Count(index.SpilledKeys)} more in the store" : "")}");
            if (table.Analysis is not { } analysis)
            {
                Line(text, $"  analyzed  never");
                continue;
            }

            Line(text, $"  analyzed  {analysis.Time.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} as of commit {analysis.AsOf}: {Printable.Count(analysis.Rows)} rows of {analysis.AverageRowBytes:0.#} bytes; {Changes(analysis.ChangesSince)}");
            foreach (var column in analysis.Columns)
                Column(text, column, table.Schema);
        }

        return text.ToString();
    }

    private static string Changes(long changes) => changes == 0 ? "no change since" : $"about {Printable.Count(changes)} changes since";

    private static void Column(StringBuilder text, ColumnAnalysis column, TableSchema schema)
    {
        var distinct = column.DistinctCount is { } count ? $"{Printable.Count(count)} distinct, " : "";
        var range = column is { Min: { } min, Max: { } max } ? $", {StatsValue.Text(column.Type, min, column.IsMinClipped)} to {StatsValue.Text(column.Type, max, column.IsMaxClipped)}" : "";
        Line(text, $"  column    {Printable.Line(column.Name)} {TypeNames.Of(schema.Columns[schema.OrdinalOf(column.Name)])}: {distinct}{column.NullFraction * 100:0.##} % NULL, {column.AverageBytes:0.#} bytes{range}");
        if (column.MostCommon.Count > 0)
            Line(text, $"    common  {string.Join(", ", column.MostCommon.Select(v => FormattableString.Invariant($"{StatsValue.Text(column.Type, v.Value, v.IsClipped)} {v.Frequency * 100:0.##} %")))}");
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}

/// <summary>What the command shows of one table.</summary>
internal sealed record TableStats(TableCounts Counts, TableSchema Schema, IReadOnlyList<TableIndexInspection> Indexes, TableAnalysis? Analysis);
