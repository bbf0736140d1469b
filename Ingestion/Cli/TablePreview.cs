using System.Text.Json;
using Helios.Pipeline.Ingestion;
using Spectre.Console;

namespace Helios.Pipeline.Cli;

/// <summary>The first rows of a table, small enough for a terminal.</summary>
internal sealed class TablePreview
{
    private const int MaxRows = 3;
    private const int MaxColumns = 8;
    private const int MaxCell = 20;

    private readonly string[] _columns;
    private readonly List<string[]> _rows;
    private readonly int _hidden;

    private TablePreview(string[] columns, List<string[]> rows, int hidden)
    {
        _columns = columns;
        _rows = rows;
        _hidden = hidden;
    }

    public static async Task<TablePreview> ReadAsync(Ingestion.Table table)
    {
        using var lines = new MemoryStream();
        await table.ExportAsync(lines, ExportFormat.Ndjson, MaxRows, CancellationToken.None).ConfigureAwait(false);
        var names = table.Schema.Columns.Take(MaxColumns).Select(c => c.Name).ToArray();
        var rows = new List<string[]>();
        lines.Position = 0;
        using var reader = new StreamReader(lines);
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            using var row = JsonDocument.Parse(line);
            rows.Add([.. names.Select(name => Cell(row.RootElement.GetProperty(name)))]);
        }

        return new TablePreview([.. names.Select(n => Printable.Cell(n, MaxCell))], rows, table.Schema.Columns.Length - names.Length);
    }

    public void Write(CommandIo io)
    {
        if (_rows.Count == 0)
            return;
        if (io.OutputIsTerminal)
            WriteTable(io);
        else
            WritePlain(io);
        if (_hidden > 0)
            io.Out.WriteLine($"(and {Printable.Count(_hidden)} more columns)");
    }

    private static string Cell(JsonElement value) =>
        Printable.Cell(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.ValueKind == JsonValueKind.Null ? "" : value.GetRawText(), MaxCell);

    private void WriteTable(CommandIo io)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(io.Out), Interactive = InteractionSupport.No });
        console.Profile.Width = io.Width;
        // Text, never markup: the cells are the user's.
        var table = new Spectre.Console.Table { Border = TableBorder.Rounded };
        foreach (var column in _columns)
            table.AddColumn(new TableColumn(new Text(column)));
        foreach (var row in _rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        console.Write(table);
    }

    private void WritePlain(CommandIo io)
    {
        var widths = _columns.Select((c, i) => Math.Max(c.Length, _rows.Max(r => r[i].Length))).ToArray();
        foreach (var row in _rows.Prepend(_columns))
            io.Out.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
