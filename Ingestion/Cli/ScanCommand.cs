using System.CommandLine;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios scan</c>: rows of a table that meet a condition.</summary>
internal static class ScanCommand
{
    public static Command Create(CommandIo io)
    {
        var (db, table) = (Database.PathOption(), Database.TableOption());
        var rows = new QueryArguments();
        var columns = new Option<string[]>("--column") { Description = "Column to print; again for more. All where it is left out.", HelpName = "NAME", AllowMultipleArgumentsPerToken = false };
        var format = new Option<string>("--format") { Description = "ndjson (the default) or csv, which begins with a header.", HelpName = "ndjson|csv" };
        var json = Database.JsonOption("The same as --format ndjson.");
        var command = new Command("scan", "Prints the rows of a table that meet a condition; without an order as it is cheapest to read them.") { db, table };
        rows.AddTo(command);
        command.Add(columns);
        command.Add(format);
        command.Add(json);
        command.SetAction(async (parsed, _) =>
        {
            QueryArguments.Check(parsed, rows);
            var form = Format(parsed.GetValue(format), parsed.GetValue(json));
            var path = parsed.GetRequiredValue(db);
            await using var engine = await Database.OpenAsync(path, io).ConfigureAwait(false);
            var source = Database.Table(engine, path, parsed.GetRequiredValue(table));
            var query = rows.Apply(parsed, source);
            if (parsed.GetValue(columns) is { Length: > 0 } wanted)
                query = Select(query, source, wanted);
            await query.ExportAsync(io.Output, form, io.Stop.Token).ConfigureAwait(false);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Query Select(Query query, Ingestion.Table table, string[] columns) =>
        columns.FirstOrDefault(c => table.Schema.OrdinalOf(c) < 0) is { } unknown
            ? throw new UsageException($"--column: table {table.Name} has no column {unknown}; it has: {string.Join(", ", table.Schema.Columns.Select(c => c.Name))}")
            : columns.CountBy(c => c).FirstOrDefault(c => c.Value > 1).Key is { } twice ? throw new UsageException($"--column: column {twice} is named twice")
            : query.Select(columns);

    private static ExportFormat Format(string? name, bool json) => name?.ToLowerInvariant() switch
    {
        "csv" when json => throw new UsageException("--json and --format csv contradict each other"),
        "csv" => ExportFormat.Csv,
        null or "ndjson" => ExportFormat.Ndjson,
        _ => throw new UsageException($"--format: there is no format '{name}'; there are ndjson and csv"),
    };
}
