using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What callers are told of rows that do not fit.</summary>
internal static class RowErrors
{
    public static HeliosException DoesNotFit(TableDefinition table, int ordinal, RowFault fault) =>
        new(HeliosErrorKind.Invalid, fault.Code, $"Table {table.Name}, column {table.Schema.Columns[ordinal].Name}: {fault.Message(table.Schema)}. The row was not taken.")
        {
            Table = table.Name,
            Column = table.Schema.Columns[ordinal].Name,
        };
}
