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
    /// <summary>What an export hands to its stream at once: large enough that the call costs nothing, small beside the cache.</summary>
    private const int ChunkBytes = 64 * 1024;

    private readonly Column[] _columns;
    private readonly int[] _ordinals; // of those columns in a row
    private readonly int[] _offsets; // of all columns of a row
    private readonly byte[][] _labels; // of NDJSON: "name": with the comma or brace before it
    private readonly ExportFormat _format;
    private readonly ByteBuffer _lines = new();
    private readonly ByteBuffer _field = new();

    /// <param name="schema">The table.</param>
    /// <param name="format">What is written.</param>
    /// <param name="columns">Those that are written, in this order; none for all.</param>
    public TableExport(TableSchema schema, ExportFormat format, params ReadOnlySpan<int> columns)
    {
        _ordinals = columns.IsEmpty ? [.. Enumerable.Range(0, schema.Columns.Length)] : columns.ToArray();
        _columns = [.. _ordinals.Select(o => schema.Columns[o])];
        _offsets = new int[schema.Columns.Length];
        _format = format;
        _labels = [.. _columns.Select((column, i) => Label(column.Name, isFirst: i == 0))];
    }

    /// <summary>Writes the rows of a query.</summary>
    /// <returns>How many.</returns>
    public static async Task<long> WriteAsync(QueryDefinition query, Stream output, ExportFormat format, CancellationToken cancellationToken)
    {
        using var rows = new QueryCursor(query, cancellationToken);
        using var export = new TableExport(rows.Schema, format, query.Columns.AsSpan());
        export.WriteHeader();
        var written = 0L;
        for (; rows.MoveNext(); written++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            export.Write(rows.Row);
            if (export.Lines.Length < ChunkBytes)
                continue;
            await output.WriteAsync(export.Memory, cancellationToken).ConfigureAwait(false);
            export.Clear();
        }

        await output.WriteAsync(export.Memory, cancellationToken).ConfigureAwait(false);
        return written;
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
        if (new RowView(row).ColumnCount is var found && found != _offsets.Length)
            throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"A row has {found} values where its table has {_offsets.Length} columns.");
        RowView.ReadOffsets(row, _offsets);
        if (_format == ExportFormat.Csv)
            WriteCsvRow(row);
        else
            WriteJson(row);
        _lines.Append((byte)'\n');
    }

    public void Dispose()
    {
        _lines.Dispose();
        _field.Dispose();
    }

    private static byte[] Label(string name, bool isFirst) =>
        [.. isFirst ? "{\""u8 : ",\""u8, .. JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes, .. "\":"u8];

    private void WriteJson(ReadOnlySpan<byte> row)
    {
        for (var i = 0; i < _columns.Length; i++)
        {
            _lines.Append(_labels[i]);
            ColumnText.FormatJson(_columns[i], new ValueView(row[_offsets[_ordinals[i]]..]), _lines);
        }

        _lines.Append((byte)'}');
    }

    private void WriteCsvRow(ReadOnlySpan<byte> row)
    {
        for (var i = 0; i < _columns.Length; i++)
        {
            if (i > 0)
                _lines.Append((byte)',');
            var value = new ValueView(row[_offsets[_ordinals[i]]..]);
            if (value.IsNull)
                continue;
            _field.Truncate(0);
            ColumnText.FormatCsv(_columns[i], value, _field);
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
