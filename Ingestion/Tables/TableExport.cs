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
    private readonly JsonEncodedText[] _names;
    private readonly ExportFormat _format;
    private readonly ByteBuffer _lines = new();
    private readonly ByteBuffer _field = new();

    public TableExport(TableSchema schema, ExportFormat format)
    {
        _columns = [.. schema.Columns];
        _format = format;
        _names = [.. _columns.Select(column => JsonEncodedText.Encode(column.Name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping))];
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

    private void WriteJson(RowView row)
    {
        var start = _lines.Length;
        _lines.Append((byte)'{');
        var i = 0;
        foreach (var value in row)
        {
            if (i > 0)
                _lines.Append((byte)',');
            _lines.Append((byte)'"');
            _lines.Append(_names[i].EncodedUtf8Bytes);
            _lines.Append("\":"u8);
            ColumnText.FormatJson(_columns[i], value, _lines);
            i++;
        }

        _lines.Append((byte)'}');
        // Only the text of a Json column can hold a bare line ending, and there it is a blank between two tokens.
        var line = _lines.Written[start..];
        line.Replace((byte)'\n', (byte)' ');
        line.Replace((byte)'\r', (byte)' ');
    }

    private void WriteCsv(RowView row)
    {
        for (var i = 0; i < _columns.Length; i++)
        {
            if (i > 0)
                _lines.Append((byte)',');
            if (row[i].IsNull)
                continue;
            _field.Truncate(0);
            ColumnText.FormatCsv(_columns[i], row[i], _field);
            WriteCsv(_field.Written);
        }
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
