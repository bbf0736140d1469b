using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A table as the catalog has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Schema">Columns and keys.</param>
/// <param name="Rows">Live rows.</param>
public sealed record TableInfo(string Name, TableSchema Schema, long Rows);
