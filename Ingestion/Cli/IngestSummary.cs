using System.Globalization;
using System.Text;
using System.Text.Json;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary>What <c>helios ingest</c> says at its end.</summary>
internal sealed class IngestSummary
{
    private readonly IngestArguments _arguments;
    private readonly IngestReport _report;
    private readonly long _rows;
    private readonly TablePreview? _preview;

    private IngestSummary(IngestArguments arguments, IngestReport report, long rows, TablePreview? preview)
    {
        _arguments = arguments;
        _report = report;
        _rows = rows;
        _preview = preview;
    }

    public static async Task<IngestSummary> MakeAsync(IngestArguments arguments, IngestReport report, Table table)
    {
        var preview = arguments.Json || arguments.Quiet ? null : await TablePreview.ReadAsync(table).ConfigureAwait(false);
        return new IngestSummary(arguments, report, await table.CountAsync().ConfigureAwait(false), preview);
    }

    /// <summary>The line that names a rejected record.</summary>
    public static string Reject(string input, IngestReject reject)
    {
        var column = reject.Column is null ? "" : $", column {reject.Column}";
        return Printable.Line(FormattableString.Invariant(
            $"helios: {input}: record {reject.Record} (byte {reject.Offset}){column}: {reject.Message.TrimEnd('.')} ({reject.Code}); the record was not stored, the others are not affected; correct it and ingest it from a file of its own"));
    }

    public void Write(CommandIo io)
    {
        if (!_arguments.Json && !_arguments.Quiet)
        {
            WriteText(io);
            return;
        }

        if (!_report.IsComplete)
            io.Error.WriteLine($"helios: {Printable.Line(_arguments.InputName)}: {Next()}"); // an exit code alone explains nothing
        if (_arguments.Json)
            JsonOutput.Write(io, WriteJson);
    }

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("rows", _report.Rows);
        json.WriteNumber("rejected", _report.Rejected);
        json.WriteStartObject("rejectedByCode");
        foreach (var code in _report.RejectGroups.GroupBy(g => g.Code))
            json.WriteNumber(code.Key, code.Sum(g => g.Count));
        json.WriteEndObject();
        json.WriteNumber("resumedAt", _report.ResumedAt);
        json.WriteNumber("lsn", _report.Lsn.Value);
        json.WriteNumber("seconds", Math.Round(_report.Elapsed.TotalSeconds, 3));
        json.WriteNumber("rowsPerSecond", RunRate.PerSecond(_report.Rows, _report.Elapsed));
        json.WriteBoolean("complete", _report.IsComplete);
        json.WriteEndObject();
    }

    private void WriteText(CommandIo io)
    {
        var text = new StringBuilder();
        Line(text, "table", Printable.Line(_report.Table));
        Line(text, "rows", $"{Printable.Count(_report.Rows)} stored by this run, {Printable.Count(_rows)} in the table");
        Line(text, "rejected", _report.Rejected == 0 ? "none" : Printable.Count(_report.Rejected));
        foreach (var group in _report.RejectGroups)
            Line(text, "", Group(group));
        if (_report.Rejected > 0 && _arguments.Options.RejectsFile is { } file)
            Line(text, "", $"all of them are in {Printable.Line(file)}");
        Line(text, "read", Where());
        Line(text, "lsn", _report.Lsn.ToString());
        Line(text, "time", $"{Printable.Duration(_report.Elapsed)}, {Printable.Count(RunRate.PerSecond(_report.Rows, _report.Elapsed))} rows/s");
        io.Out.Write(text.ToString());
        _preview?.Write(io);
        io.Out.WriteLine(Next());
        io.Out.Flush();
    }

    private static void Line(StringBuilder text, string name, string value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name,-9} {value}\n");

    private string Where()
    {
        var from = _report.ResumedAt == 0 ? "from the start" : $"went on after record {Printable.Count(_report.ResumedAt)}";
        return $"{from}, {(_report.IsComplete ? "to the end" : "not to the end")}: record {Printable.Count(_report.LastRecord)}";
    }

    private static string Group(IngestRejectGroup group)
    {
        var what = $"{group.Code}{(group.Column is null ? "" : $", column {group.Column}")}: {Printable.Count(group.Count)}, the first is record {Printable.Count(group.FirstRecord)}";
        var how = group is { Code: "type_mismatch" or "unknown_column", Column: not null }
            ? $"; to take such records, ingest into a new table with --type {group.Column}={(group.Code == "type_mismatch" ? "text" : "TYPE")}"
            : "";
        return Printable.Line(what + how);
    }

    private string Next()
    {
        var after = $"it goes on after record {Printable.Count(_report.LastRecord)}";
        if (_report.TooManyRejects)
            return $"Stopped: more than {Printable.Count(_arguments.Options.MaxRejects ?? 0)} records were rejected. Run the same command again with a higher --max-rejects: {after}.";
        return _report.IsComplete
            ? $"Running the same command again is safe: {after}, and stores nothing twice."
            : $"Stopped before the end; what was stored holds. Run the same command again: {after}.";
    }
}
