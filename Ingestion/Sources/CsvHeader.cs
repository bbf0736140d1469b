using System.Collections.Immutable;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>The columns of a CSV input, in the order of its fields.</summary>
/// <param name="Names">1 to 1,600 different names of 1 to 128 bytes.</param>
/// <param name="Bytes">Bytes of the input's <see cref="SourceInput.Unread"/> before the first record; 0 without a header line.</param>
internal sealed record CsvHeader(ImmutableArray<string> Names, int Bytes)
{
    /// <summary>Reads the header line, or makes the names c1 to cn from the first record's fields; the header stays unread.</summary>
    /// <param name="input">Stands at its start.</param>
    /// <param name="hasHeader">False for the option that says there is none.</param>
    /// <returns>Null where the input has no record at all.</returns>
    /// <exception cref="HeliosException">
    /// <c>malformed_header</c>, <c>duplicate_column</c>, <c>empty_column_name</c>, <c>column_name_too_long</c>, <c>too_many_columns</c>.
    /// </exception>
    /// <remarks>Then <see cref="RecordReader.TryStart"/> leaves it behind.</remarks>
    public static CsvHeader? Peek(SourceInput input, byte delimiter, bool hasHeader, CancellationToken cancellationToken)
    {
        if (!FirstRecord.TryPeek(input, new CsvSplitter(delimiter), cancellationToken, out var record, out var end))
            return null;

        var names = ImmutableArray.CreateBuilder<string>();
        var fields = new CsvFields(record, delimiter, new FieldScratch());
        while (fields.MoveNext())
            names.Add(hasHeader ? Encoding.UTF8.GetString(fields.Value) : $"c{fields.Count}");
        if (fields.Finish(names.Count) is { } fault)
            throw SourceErrors.Header(input.Name, "malformed_header", fault.Message);

        Check(input.Name, names);
        return new CsvHeader(names.ToImmutable(), hasHeader ? end : 0);
    }

    private static void Check(string source, IReadOnlyList<string> names)
    {
        if (names.Count > TableSchema.MaxColumns)
            throw SourceErrors.Header(source, "too_many_columns", $"there are {names.Count} columns; a table has at most {TableSchema.MaxColumns}. Is the delimiter right?");

        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i].Length == 0)
                throw SourceErrors.Header(source, "empty_column_name", $"column {i + 1} has no name.");
            if (Encoding.UTF8.GetByteCount(names[i]) > TableSchema.MaxNameBytes)
                throw SourceErrors.Header(source, "column_name_too_long", $"the name of column {i + 1} has more than {TableSchema.MaxNameBytes} bytes.");
            if (!places.TryAdd(names[i], i + 1))
                throw SourceErrors.Header(source, RecordCodes.DuplicateColumn, $"columns {places[names[i]]} and {i + 1} are both named {names[i]}.", names[i]);
        }
    }
}
