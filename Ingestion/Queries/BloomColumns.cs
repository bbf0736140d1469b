using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Bloom filters that a table is asked for.</summary>
internal static class BloomColumns
{
    /// <summary>Names of the columns that have them.</summary>
    public static IReadOnlyList<string> Names(HeliosEngine engine, TablePlan table)
    {
        engine.ThrowIfClosed();
        return Filters(engine, table) is { } filters ? [.. filters.BloomColumns.Select(c => table.Definition.Schema.Columns[c].Name)] : [];
    }

    public static void Create(HeliosEngine engine, TablePlan table, string column)
    {
        engine.ThrowIfClosed();
        var ordinal = Ordinal(table, column);
        if (!ValueHash.IsDefined(table.Definition.Schema.Columns[ordinal].Type))
            throw new ArgumentException($"Column {column} of table {table.Definition.Name} is of type {table.Definition.Schema.Columns[ordinal].Type}, whose values are never compared: it can have no bloom filter.", nameof(column));
        var filters = Filters(engine, table);
        filters?.Blooms.Ask(ordinal);
        filters?.UseBlooms();
    }

    public static void Drop(HeliosEngine engine, TablePlan table, string column)
    {
        engine.ThrowIfClosed();
        var (ordinal, filters) = (Ordinal(table, column), Filters(engine, table));
        filters?.Blooms.Release(ordinal);
        filters?.UseBlooms();
    }

    private static TableFilters? Filters(HeliosEngine engine, TablePlan table) => engine.Parts.Filters.Of(table.Definition.Id);

    private static int Ordinal(TablePlan table, string column)
    {
        ArgumentNullException.ThrowIfNull(column);
        return table.Definition.Schema.OrdinalOf(column) is var ordinal and >= 0 ? ordinal
            : throw new ArgumentException($"Table {table.Definition.Name} has no column {column}.", nameof(column));
    }
}
