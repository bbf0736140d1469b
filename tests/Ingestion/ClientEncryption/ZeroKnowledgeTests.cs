using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>The engine stores, keeps unique and finds what clients have sealed, and nothing that they did not reveal reaches it or its files.</summary>
public sealed class ZeroKnowledgeTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("helios-test-").FullName;
    private readonly RowSealer _sealer = new(Clients.Schema, Clients.Key(1));

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public async Task What_is_not_revealed_stands_in_no_file_of_a_database_without_encryption_and_in_no_row_that_the_engine_gets()
    {
        string[] secret = ["qx-insurance-7f31c9", "qx-notes-7f31c9"];
        const string revealed = "qx-clinic-7f31c9";
        var db = Path.Combine(_path, "db");
        string killed;
        await using (var helios = await HeliosEngine.OpenAsync(db))
        {
            var table = await helios.TableAsync("patients", Clients.Schema.Stored);
            var patient = new Patient(1, revealed, secret[0], secret[1], 77.25);
            var stored = _sealer.Seal(patient);
            AssertNothing(stored, secret);
            await table.InsertAsync(stored);
            await helios.CheckpointAsync();
            await table.InsertAsync(_sealer.Seal(patient with { Id = 2, Insurance = secret[0] + "2" }));
            killed = DatabaseFiles.Copy(db, Path.Combine(_path, "killed"));
        }

        foreach (var directory in new[] { db, killed })
        {
            var files = DatabaseFiles.Read(directory);
            Assert.Contains(files.Keys, file => Path.GetFileName(file) == "LOG");
            Assert.Contains(files.Keys, file => Path.GetFileName(file).StartsWith("MANIFEST", StringComparison.Ordinal));
            Assert.All(secret, text => Assert.All(files, file => Assert.Equal((file.Key, -1), (file.Key, file.Value.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text))))));
            Assert.Contains(files.Values, bytes => bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(revealed)) >= 0); // so the search can find
        }

        await using var again = await HeliosEngine.OpenAsync(killed);
        var kept = _sealer.Open<Patient>((await again.FindTable("patients")!.FindAsync(2L))!);
        Assert.Equal((secret[0] + "2", secret[1], 77.25), (kept.Insurance, kept.Notes, kept.Weight));
    }

    [Fact]
    public async Task A_blind_value_finds_its_row_and_no_two_rows_may_share_one()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync("patients", Clients.Schema.Stored);
        await table.InsertAsync(Enumerable.Range(1, 50).Select(id => _sealer.Seal(Clients.Patient(id))));
        await table.InsertAsync([_sealer.Seal(Clients.Patient(51) with { Insurance = null }), _sealer.Seal(Clients.Patient(52) with { Insurance = null })]);

        var found = await table.FindByAsync("insurance", _sealer.Blind("Insurance", "AB-37"));
        Assert.Equal(Clients.Patient(37), _sealer.Open<Patient>(found!));
        Assert.Null(await table.FindByAsync("insurance", _sealer.Blind("Insurance", "AB-99")));
        Assert.Null(await table.FindByAsync("insurance", new RowSealer(Clients.Schema, Clients.Key(2)).Blind("Insurance", "AB-37")));
        await Assert.ThrowsAsync<ArgumentException>(async () => await table.FindByAsync("none", [1]));

        var error = await Assert.ThrowsAsync<HeliosException>(() => table.InsertAsync(_sealer.Seal(Clients.Patient(53) with { Insurance = "AB-37" })).AsTask());
        Assert.Equal(("duplicate_key", "insurance"), (error.Code, error.Constraint));
        Assert.DoesNotContain("AB-37", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(52, await table.CountAsync());
    }

    [Fact]
    public async Task A_blind_primary_key_and_a_scan_for_a_short_hash_work()
    {
        var client = new TableSchema([new Column("email", ColumnType.Text), new Column("city", ColumnType.Text), new Column("n", ColumnType.Int4)], primaryKey: ["email"]);
        var sealer = new RowSealer(new SealedSchema("members", client, blind: [new BlindIndex("email"), new BlindIndex("city") { Bytes = 2 }]), Clients.Key(1));
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync("members", sealer.Schema.Stored);
        for (var i = 0; i < 30; i++)
        {
            var row = new Row(client);
            (row["email"], row["city"], row["n"]) = ($"m{i}@example.org", i % 3 == 0 ? "Oslo" : "Bergen", i);
            await table.InsertAsync(sealer.Seal(row));
        }

        Assert.Equal(17, sealer.Open((await table.FindAsync(sealer.Blind("email", "m17@example.org")))!)["n"]);
        var inOslo = new List<int>();
        await foreach (var row in table.ScanAsync())
        {
            if (sealer.Matches(row, "city", "Oslo") && sealer.Open(row) is var opened && (string)opened["city"]! == "Oslo")
                inOslo.Add((int)opened["n"]!);
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => i * 3), inOslo);
    }

    [Fact]
    public async Task Rows_that_the_keeper_of_the_database_exchanges_are_told_and_an_older_state_by_its_version()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync("patients", Clients.Schema.Stored);
        var (one, two) = (_sealer.Seal(Clients.Patient(1), version: 5), _sealer.Seal(Clients.Patient(2)));
        // Everything that is handed over is consistent for the engine: it cannot tell, the client can.
        await table.InsertAsync(Clients.With(one, "Id", 11L));
        await table.InsertAsync(Clients.With(two, "sealed", one["sealed"]));
        foreach (var id in new[] { 11L, 2L })
        {
            var forged = (await table.FindAsync(id))!;
            Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => _sealer.Open(forged)).Code);
        }

        await table.InsertAsync(_sealer.Seal(Clients.Patient(3), version: 5));
        var third = (await table.FindAsync(3L))!;
        Assert.Equal(3, _sealer.Open<Patient>(third, atLeast: 5).Id);
        Assert.Equal("rolled_back", Assert.Throws<HeliosException>(() => _sealer.Open(third, atLeast: 6)).Code);
    }

    [Fact]
    public async Task A_client_takes_a_new_key_and_reads_old_and_new_rows_of_an_encrypted_database()
    {
        var options = new HeliosOptions { Encryption = DatabaseFiles.Key(1) };
        await using (var helios = await HeliosEngine.OpenAsync(Path.Combine(_path, "db"), options))
        {
            var table = await helios.TableAsync("patients", Clients.Schema.Stored);
            await table.InsertAsync(_sealer.Seal(Clients.Patient(1)));
            var next = new RowSealer(Clients.Schema, Clients.Key(2), Clients.Key(1)) { BlindKey = Clients.Key(1) };
            await table.InsertAsync(next.Seal(Clients.Patient(2)));
            var error = await Assert.ThrowsAsync<HeliosException>(() => table.InsertAsync(next.Seal(Clients.Patient(3) with { Insurance = "AB-1" })).AsTask());
            Assert.Equal("duplicate_key", error.Code); // unique across the change
        }

        await using var again = await HeliosEngine.OpenAsync(Path.Combine(_path, "db"), options);
        var reader = new RowSealer(Clients.Schema, Clients.Key(2), Clients.Key(1));
        var opened = new List<Patient>();
        await foreach (var row in again.FindTable("patients")!.ScanAsync())
            opened.Add(reader.Open<Patient>(row));
        Assert.Equal([Clients.Patient(1), Clients.Patient(2)], opened);
    }

    private static void AssertNothing(Row stored, string[] secret)
    {
        using var bytes = new ByteBuffer();
        stored.Write(new TableDefinition(new TableId(16), 16, "patients", 1, stored.Schema), bytes);
        foreach (var text in secret)
            Assert.Equal(-1, bytes.Written.IndexOf(Encoding.UTF8.GetBytes(text)));
    }
}
