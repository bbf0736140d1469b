using System.Text.Encodings.Web;
using System.Text.Json;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Form of an export.</summary>
public enum ExportFormat
{
    /// <summary>One JSON object a line, without a byte order mark.</summary>
    Ndjson,

    /// <summary>Comma-separated values with a header line, RFC 4180, lines ending in a line feed.</summary>
    Csv,
}

/// <summary>Writes rows as lines of text. One thread; owns its buffer until disposed.</summary>
/// <remarks>
/// Json, Jsonb, Array and Vector stand as JSON; Numeric and Bytea (base64) as strings; NaN and infinities as "NaN", "Infinity",
/// "-Infinity"; times in ISO 8601. In CSV, NULL is an unquoted empty field and the empty text is <c>""</c>.
/// </remarks>
internal sealed class TableExport : IDisposable
{
    private readonly Column[] _columns;
    private readonly byte[][] _labels; // of NDJSON: "name": with the comma or brace before it
    private readonly ExportFormat _format;
    private readonly ByteBuffer _lines = new();
    private readonly ByteBuffer _field = new();

    public TableExport(TableSchema schema, ExportFormat format)
    {
        _columns = [.. schema.Columns];
        _format = format;
        _labels = [.. _columns.Select((column, i) => Label(column.Name, isFirst: i == 0))];
    }

    /// <summary>Lines that were written since <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Lines => _lines.Written;

    /// <summary>The same as memory, valid until the next call.</summary>
    public ReadOnlyMemory<byte> Memory => _lines.Array.AsMemory(0, _lines.Length);

    public void Clear() => _lines.Truncate(0);

    /// <summary>The line of names that CSV begins with; nothing for NDJSON.</summary>
    public void WriteHeader()
    {
        if (_format != ExportFormat.Csv)
            return;
        foreach (var (i, column) in _columns.Index())
        {
            if (i > 0)
                _lines.Append((byte)',');
            WriteCsv(System.Text.Encoding.UTF8.GetBytes(column.Name));
        }

        _lines.Append((byte)'\n');
    }

    /// <summary>One row as one line.</summary>
    public void Write(ReadOnlySpan<byte> row)
    {
        var view = new RowView(row);
        if (_format == ExportFormat.Csv)
            WriteCsv(view);
        else
            WriteJson(view);
        _lines.Append((byte)'\n');
    }

    public void Dispose()
    {
        _lines.Dispose();
        _field.Dispose();
    }

    private static byte[] Label(string name, bool isFirst) =>
        [.. isFirst ? "{\""u8 : ",\""u8, .. JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes, .. "\":"u8];

    private void WriteJson(RowView row)
    {
        CheckColumns(row);
        var i = 0;
        foreach (var value in row)
        {
            _lines.Append(_labels[i]);
            ColumnText.FormatJson(_columns[i++], value, _lines);
        }

        _lines.Append((byte)'}');
    }

    private void WriteCsv(RowView row)
    {
        CheckColumns(row);
        var i = 0;
        foreach (var value in row)
        {
            if (i > 0)
                _lines.Append((byte)',');
            var column = _columns[i++];
            if (value.IsNull)
                continue;
            _field.Truncate(0);
            ColumnText.FormatCsv(column, value, _field);
            WriteCsv(_field.Written);
        }
    }

    private void CheckColumns(RowView row)
    {
        if (row.ColumnCount != _columns.Length)
            throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"A row has {row.ColumnCount} values where its table has {_columns.Length} columns.");
    }

    private void WriteCsv(ReadOnlySpan<byte> field)
    {
        // A blank at an end is kept by RFC 4180, but not by every reader of it.
        if (!field.IsEmpty && !field.ContainsAny("\",\r\n"u8) && field[0] != ' ' && field[^1] != ' ')
        {
            _lines.Append(field);
            return;
        }

        _lines.Append((byte)'"');
        for (int quote; (quote = field.IndexOf((byte)'"')) >= 0; field = field[(quote + 1)..])
        {
            _lines.Append(field[..(quote + 1)]);
            _lines.Append((byte)'"');
        }

        _lines.Append(field);
        _lines.Append((byte)'"');
    }
}
