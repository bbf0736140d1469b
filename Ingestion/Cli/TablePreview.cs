using System.Text.Json;
using Helios.Pipeline.Ingestion;
using Spectre.Console;

namespace Helios.Pipeline.Cli;

/// <summary>The first rows of a table, small enough for a terminal.</summary>
internal sealed class TablePreview
{
    private const int MaxRows = 3;
    private const int MaxCell = 20;
    private const int PlainWidth = 100;

    private readonly string[] _columns;
    private readonly List<string[]> _rows;

    private TablePreview(string[] columns, List<string[]> rows)
    {
        _columns = columns;
        _rows = rows;
    }

    public static async Task<TablePreview> ReadAsync(Ingestion.Table table)
    {
        using var lines = new MemoryStream();
        await table.ExportAsync(lines, ExportFormat.Ndjson, MaxRows, CancellationToken.None).ConfigureAwait(false);
        var rows = new List<string[]>();
        lines.Position = 0;
        using var reader = new StreamReader(lines);
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            using var row = JsonDocument.Parse(line);
            rows.Add([.. row.RootElement.EnumerateObject().Select(field => Cell(field.Value))]); // in the order of the columns
        }

        return new TablePreview([.. table.Schema.Columns.Select(c => Printable.Cell(c.Name, MaxCell))], rows);
    }

    public void Write(CommandIo io)
    {
        if (_rows.Count == 0)
            return;
        var widths = _columns.Select((c, i) => Math.Max(c.Length, _rows.Max(r => r[i].Length))).ToArray();
        var shown = Fitting(widths, io.OutputIsTerminal ? io.Width - 1 : PlainWidth);
        if (io.OutputIsTerminal)
            WriteTable(io, shown);
        else
            WritePlain(io, widths, shown);
        if (shown < _columns.Length)
            io.Out.WriteLine($"(columns not shown: {Printable.Cell(string.Join(", ", _columns[shown..]), PlainWidth)})");
    }

    /// <summary>How many columns a line has room for, each with its borders; at least one.</summary>
    private static int Fitting(int[] widths, int room)
    {
        var shown = 0;
        for (var used = 0; shown < widths.Length && (used += widths[shown] + 3) <= room; shown++)
        {
        }

        return Math.Max(shown, 1);
    }

    private static string Cell(JsonElement value) =>
        Printable.Cell(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.ValueKind == JsonValueKind.Null ? "" : value.GetRawText(), MaxCell);

    private void WriteTable(CommandIo io, int shown)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(io.Out), Interactive = InteractionSupport.No });
        console.Profile.Width = io.Width;
        // Text, never markup: the cells are the user's.
        var table = new Spectre.Console.Table { Border = TableBorder.Rounded };
        foreach (var column in _columns.Take(shown))
            table.AddColumn(new TableColumn(new Text(column)));
        foreach (var row in _rows)
            table.AddRow(row.Take(shown).Select(cell => new Text(cell)));
        console.Write(table);
    }

    private void WritePlain(CommandIo io, int[] widths, int shown)
    {
        foreach (var row in _rows.Prepend(_columns))
            io.Out.WriteLine(string.Join("  ", row.Take(shown).Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
