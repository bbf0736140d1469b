using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Finds or makes the table that an input goes into, and how its records become rows.</summary>
internal sealed class SourceTable
{
    private SourceTable(Table table, SourceFormat format, int headerBytes, Func<RecordEncoder> encoder, List<RecordBatch> inferred)
    {
        Table = table;
        Format = format;
        HeaderBytes = headerBytes;
        Encoders = new EncoderPool(encoder);
        Inferred = inferred;
    }

    public Table Table { get; }

    public SourceFormat Format { get; }

    /// <summary>Bytes before the first record.</summary>
    public int HeaderBytes { get; }

    public EncoderPool Encoders { get; }

    /// <summary>Records that were read to infer types and cannot be read again (an input that cannot be rewound); the run begins with them.</summary>
    public List<RecordBatch> Inferred { get; }

    /// <exception cref="HeliosException">Invalid: the input has no records to tell its columns by, or does not fit the table that is there.</exception>
    public static async Task<SourceTable> PrepareAsync(HeliosEngine engine, SourceInput input, string name, IngestOptions options, CancellationToken cancellationToken)
    {
        var (format, header) = ReadHead(input, options, cancellationToken);
        var inferred = new List<RecordBatch>();
        var table = engine.FindTable(name);
        if (table is null)
        {
            var columns = Infer(input, format, header, options, inferred, cancellationToken);
            if (header is null)
                columns.AddRange(options.Types.Where(t => columns.All(c => c.Name != t.Key)).Select(t => (t.Key, t.Value.Type)).ToArray());
            table = await engine.TableAsync(name, MakeSchema(input.Name, columns, options), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            CheckOptions(table, options);
        }

        var (definition, fill) = (table.Plan.Definition, table.Plan.Fill);
        if (header is null)
        {
            var names = new NdjsonColumns(definition.Schema.Columns.Select(c => c.Name));
            return new SourceTable(table, format, 0, () => new NdjsonEncoder(definition, names, fill), inferred);
        }

        var ordinals = header.Names.Select(column => Ordinal(input.Name, table, column)).ToArray();
        return new SourceTable(table, format, header.Bytes, () => new CsvEncoder(definition, (byte)options.Delimiter, ordinals, fill), inferred);
    }

    /// <summary>What the beginning of an input says; it stays unread.</summary>
    /// <exception cref="HeliosException">Invalid: no table can be made of the input.</exception>
    public static (SourceFormat Format, CsvHeader? Header) ReadHead(SourceInput input, IngestOptions options, CancellationToken cancellationToken)
    {
        if (input.IsEmpty)
            throw new HeliosException(HeliosErrorKind.Invalid, "empty_input", $"{input.Name}: the input is empty: no header, no records. Nothing was stored.");
        var format = options.Format switch
        {
            IngestFormat.Csv => SourceFormat.Csv,
            IngestFormat.Ndjson => SourceFormat.Ndjson,
            _ => FormatDetector.Detect(input.Name, input.Head),
        };
        if (format != SourceFormat.Csv)
            return (format, null);
        var header = CsvHeader.Peek(input, (byte)options.Delimiter, options.HasHeader, cancellationToken);
        return (format, header ?? throw new HeliosException(HeliosErrorKind.Invalid, "empty_input", $"{input.Name}: the input has no header and no records. Nothing was stored."));
    }

    public IRecordSplitter MakeSplitter(IngestOptions options) =>
        Format == SourceFormat.Csv ? new CsvSplitter((byte)options.Delimiter) : new LineSplitter();

    private static int Ordinal(string input, Table table, string column)
    {
        var ordinal = table.Schema.OrdinalOf(column);
        return ordinal >= 0 ? ordinal : throw new HeliosException(HeliosErrorKind.Invalid, "unknown_column",
            $"{input}: table {table.Name} has no column {column}; it has {string.Join(", ", table.Schema.Columns.Select(c => c.Name))}. Nothing was stored.") { Table = table.Name, Column = column };
    }

    private static List<(string Name, ColumnType Type)> Infer(SourceInput input, SourceFormat format, CsvHeader? header, IngestOptions options, List<RecordBatch> keep, CancellationToken cancellationToken)
    {
        TypeInference inference = header is null ? new NdjsonTypeInference() : new CsvTypeInference(header.Names, (byte)options.Delimiter);
        IRecordSplitter splitter = header is null ? new LineSplitter() : new CsvSplitter((byte)options.Delimiter);
        using var reader = RecordReader.TryStart(input, splitter, header?.Bytes ?? 0, null, cancellationToken)!;
        while (!inference.IsFull && reader.Next(cancellationToken) is { } batch)
        {
            inference.Observe(batch);
            if (input.CanRewind)
                batch.Dispose();
            else
                keep.Add(batch);
        }

        if (input.CanRewind)
            input.Rewind(cancellationToken);
        return [.. inference.Columns.Select(c => (c.Name, c.Type))];
    }

    private static TableSchema MakeSchema(string input, List<(string Name, ColumnType Type)> columns, IngestOptions options)
    {
        foreach (var named in options.Types.Keys.Concat(options.Key).Concat(options.Unique))
        {
            if (columns.All(c => c.Name != named))
                throw new HeliosException(HeliosErrorKind.Invalid, "unknown_column", $"{input}: there is no column {named}; there are {string.Join(", ", columns.Select(c => c.Name))}. Nothing was stored.") { Column = named };
        }

        if (columns.Count == 0)
            throw new HeliosException(HeliosErrorKind.Invalid, "empty_input", $"{input}: no record tells what the columns are. Nothing was stored.");
        return new TableSchema(
            columns.Select(c => options.Types.TryGetValue(c.Name, out var shape) ? shape with { Name = c.Name } : new Column(c.Name, c.Type)),
            options.Key,
            options.Unique.Select(u => new UniqueConstraint(u, u)));
    }

    /// <summary>Options that speak of a new table must agree with the one that is there.</summary>
    private static void CheckOptions(Table table, IngestOptions options)
    {
        var schema = table.Schema;
        if (options.Key.Count > 0 && !options.Key.SequenceEqual(schema.PrimaryKey.Select(o => schema.Columns[o].Name)))
            throw Mismatch(table, $"its primary key is ({string.Join(", ", schema.PrimaryKey.Select(o => schema.Columns[o].Name))}), not ({string.Join(", ", options.Key)})");
        foreach (var unique in options.Unique)
        {
            if (!schema.Unique.Any(u => u.Columns.SequenceEqual([unique])))
                throw Mismatch(table, $"its column {unique} is not unique");
        }

        foreach (var (column, shape) in options.Types)
        {
            var ordinal = schema.OrdinalOf(column);
            if (ordinal < 0)
                throw Mismatch(table, $"it has no column {column}");
            var have = schema.Columns[ordinal];
            if ((have.Type, have.Length, have.ElementType) != (shape.Type, shape.Length, shape.ElementType))
                throw Mismatch(table, $"its column {column} is {SchemaDifference.Describe(have)}, not {SchemaDifference.Describe(shape)}");
        }
    }

    private static HeliosException Mismatch(Table table, string what) =>
        new(HeliosErrorKind.Invalid, "schema_mismatch", $"Table {table.Name} has another schema: {what}. Nothing was changed: name another table, or leave the option out.") { Table = table.Name };
}
