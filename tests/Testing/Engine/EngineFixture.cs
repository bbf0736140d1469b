using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Testing;

/// <summary>A database in a temporary directory over files that count and fail.</summary>
internal sealed class EngineFixture : IAsyncDisposable
{
    public static readonly TableSchema Schema = new(
        [new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text)],
        primaryKey: ["id"],
        unique: [new UniqueConstraint("name", "name")]);

    public string Path { get; } = Directory.CreateTempSubdirectory("helios-test-").FullName;

    public FaultyFiles Files { get; } = new(PhysicalFiles.Instance);

    public HeliosOptions Options(SafetyLevel level = SafetyLevel.Full) => new() { SafetyLevel = level, Files = Files };

    public async Task<(HeliosEngine Engine, Table Table)> OpenAsync(SafetyLevel level = SafetyLevel.Full, TimeProvider? time = null)
    {
        var engine = await HeliosEngine.OpenAsync(Path, Options(level) with { TimeProvider = time ?? TimeProvider.System });
        return (engine, await engine.TableAsync("things", Schema));
    }

    public static Row Row(Table table, long id, string? name = null)
    {
        var row = table.NewRow();
        row["id"] = id;
        row["name"] = name ?? $"name {id}";
        return row;
    }

    public ValueTask DisposeAsync()
    {
        Files.Before = null;
        Directory.Delete(Path, recursive: true);
        return default;
    }
}
