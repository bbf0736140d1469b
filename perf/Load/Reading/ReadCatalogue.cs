namespace Helios.Pipeline.Load;

/// <summary>A candidate of the reading benchmark as the report names it.</summary>
internal sealed record ReadEntry(string Name, string What, Func<ReadCandidate> Make);

/// <summary>All of them; the references come first.</summary>
internal static class ReadCatalogue
{
    public const string Rocks = "rocks";
    public const string Sqlite = "sqlite";

    public static IReadOnlyList<ReadEntry> All { get; } =
    [
        new(Rocks, "RocksDB alone, 256 MiB of cache, rows as bytes", () => new RocksReads()),
        new(Sqlite, "SQLite, 256 MiB of cache, prepared statements", () => new SqliteReads()),
        new("zonetree", "ZoneTree's defaults, rows as bytes", () => new ZoneTreeReads()),
        new("duckdb", "DuckDB's defaults: all processors, 80 % of memory; prepared statements", () => new DuckReads()),
        new("helios", "Helios' defaults, objects", () => new HeliosReads()),
    ];

    public static ReadEntry Find(string name) =>
        All.FirstOrDefault(entry => entry.Name == name) ?? throw new UsageException($"{name} is not one of {string.Join(", ", All.Select(entry => entry.Name))}.");
}
