using System.CommandLine;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios scan</c>: rows by ascending row id.</summary>
internal static class ScanCommand
{
    public static Command Create(CommandIo io)
    {
        var (db, table) = (Database.PathOption(), Database.TableOption());
        var limit = new Option<string>("--limit") { Description = "Rows to print; all where it is left out.", HelpName = "N" };
        var format = new Option<string>("--format") { Description = "ndjson (the default) or csv, which begins with a header.", HelpName = "ndjson|csv" };
        var json = Database.JsonOption("The same as --format ndjson.");
        var command = new Command("scan", "Prints the rows of a table in the order they were stored.") { db, table, limit, format, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(db), parsed.GetRequiredValue(table), Arguments.Number(parsed, limit, 0, long.MaxValue), Format(parsed.GetValue(format), parsed.GetValue(json)), io));
        return command;
    }

    private static async Task<int> RunAsync(string path, string name, long? limit, ExportFormat format, CommandIo io)
    {
        await using var engine = await Database.OpenAsync(path, io).ConfigureAwait(false);
        await Database.Table(engine, path, name).ExportAsync(io.Output, format, limit, io.Stop.Token).ConfigureAwait(false);
        return ExitCodes.Done;
    }

    private static ExportFormat Format(string? name, bool json) => name?.ToLowerInvariant() switch
    {
        "csv" when json => throw new UsageException("--json and --format csv contradict each other"),
        "csv" => ExportFormat.Csv,
        null or "ndjson" => ExportFormat.Ndjson,
        _ => throw new UsageException($"--format: there is no format '{name}'; there are ndjson and csv"),
    };
}
