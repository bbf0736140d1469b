using System.Security.Cryptography;
using System.Text;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Maintenance.Tests;

/// <summary>A database, its backups and what is restored from them, in one temporary directory, over files that can fail.</summary>
internal sealed class BackupFixture : IDisposable
{
    public const string Table = "things";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("helios-backup-");

    public FaultyFiles Files { get; } = new(PhysicalFiles.Instance);

    public string Database => In("db");

    public string Backups => In("backups");

    /// <summary>Contents in the backups, by path.</summary>
    public string[] Contents => [.. Directory.GetFiles(Path.Combine(Backups, "files")).Order(StringComparer.Ordinal)];

    public string In(string name) => Path.Combine(_root.FullName, name);

    public string Manifest(long id) => new BackupDirectory(PhysicalFiles.Instance, Backups).ManifestPath(id);

    public BackupManifest ReadManifest(long id) => new BackupDirectory(PhysicalFiles.Instance, Backups).Read(id);

    public Task<HeliosEngine> OpenAsync(string? path = null) =>
        HeliosEngine.OpenAsync(path ?? Database, new HeliosOptions { Files = Files, FlushBytes = 64 << 10, SafetyLevel = SafetyLevel.Async });

    public static Task<Table> TableAsync(HeliosEngine engine) => engine.TableAsync(Table, EngineFixture.Schema);

    public static async Task<Lsn> FillAsync(HeliosEngine engine, int first, int rows)
    {
        var table = await TableAsync(engine);
        return (await table.InsertAsync(Enumerable.Range(first, rows).Select(i => EngineFixture.Row(table, i)))).Lsn;
    }

    /// <summary>Takes a CSV with a record that is refused.</summary>
    public static Task<IngestReport> IngestAsync(HeliosEngine engine)
    {
        var csv = "a,b\n1,x\n2,y\n2,z\n" + string.Concat(Enumerable.Range(3, 500).Select(i => $"{i},text {i}\n"));
        return engine.IngestAsync(new MemoryStream(Encoding.UTF8.GetBytes(csv)), "small.csv", "small", new IngestOptions { Key = ["a"] });
    }

    /// <summary>A database with two tables, a source and a dead letter, and a backup of it.</summary>
    public async Task<BackupReport> MakeOneAsync()
    {
        await using var engine = await OpenAsync();
        await FillAsync(engine, 0, 300);
        await IngestAsync(engine);
        return await engine.BackupAsync(Backups);
    }

    /// <summary>Another backup, of a little more.</summary>
    public async Task<BackupReport> MakeOneAgainAsync()
    {
        await using var engine = await OpenAsync();
        await FillAsync(engine, 300, 100);
        return await engine.BackupAsync(Backups);
    }

    public RestoreReport Restore(string name, long? id = null) => BackupStore.Restore(Files, Backups, In(name), id, null, CancellationToken.None);

    /// <summary>Restores, checks every byte of it, and tells what is in there.</summary>
    public async Task<string> RestoredAsync(string name, long? id = null)
    {
        Restore(name, id);
        var verified = await DatabaseVerifier.VerifyAsync(In(name));
        Assert.True(verified.IsSound, string.Join("\n", verified.Checks.Where(c => !c.Passed)));
        await using var engine = await OpenAsync(In(name));
        return await DescribeAsync(engine);
    }

    /// <summary>Tables with schema, count and every row with its id, dead letters, sources.</summary>
    public static async Task<string> DescribeAsync(HeliosEngine engine)
    {
        var text = new StringBuilder();
        using var view = engine.OpenView();
        foreach (var definition in engine.Parts.Published.Catalog.Tables.OrderBy(t => t.Id.Value))
        {
            text.Append($"table {definition.Id} {definition.Name} {Convert.ToHexString(CatalogCodec.Encode(definition.Name, definition.SchemaVersion, definition.Schema))} {engine.Parts.Published.Rows(definition.Id)} rows\n");
            using var rows = view.Scan(engine.Parts.Plans[definition.Id]);
            while (rows.MoveNext())
                text.Append($"{rows.RowId}@{rows.Version} {Convert.ToHexString(SHA256.HashData(rows.Row))[..16]}\n");
        }

        foreach (var source in engine.Inspect().Sources)
            text.Append($"{source}\n");
        await Task.CompletedTask;
        return text.ToString();
    }

    public static void FlipByte(string file, long offset)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = offset;
        var value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ 0x10));
    }

    public void Dispose()
    {
        Files.Before = null;
        _root.Delete(recursive: true);
    }
}
