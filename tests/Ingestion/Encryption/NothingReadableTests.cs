using System.Buffers.Binary;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Looks for what a user wrote in every byte of every file. Without encryption all of it is found, so the search can fail.</summary>
public sealed class NothingReadableTests : IDisposable
{
    private const long Number = 0x1b3c_5d7e_2a4c_6e71;

    private readonly string _path = Directory.CreateTempSubdirectory("helios-test-").FullName;
    private readonly Dictionary<string, byte[]> _markers = [];

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_written_stands_in_the_files_exactly_where_they_are_not_encrypted(bool encrypted)
    {
        var options = new HeliosOptions { Encryption = encrypted ? DatabaseFiles.Key(1) : null };
        var db = Path.Combine(_path, "db");
        await WriteAsync(db, options);
        AssertMarkers(db, encrypted, "closed");

        string killed;
        await using (var helios = await HeliosEngine.OpenAsync(db, options))
        {
            var table = helios.FindTable(Text("table"))!;
            await table.InsertAsync(Row(table, 5, Text("late")));
            killed = DatabaseFiles.Copy(db, Path.Combine(_path, "killed"));
        }

        AssertMarkers(killed, encrypted, "killed");

        await using (var helios = await HeliosEngine.OpenAsync(killed, options))
        {
            Assert.Equal(1, helios.Inspect().Recovery.Commits);
            Assert.NotNull(await helios.FindTable(Text("table"))!.FindAsync(Text("key 5"), Number + 5));
            await helios.CheckpointAsync();
        }

        AssertMarkers(killed, encrypted, "killed and opened");
        var report = await DatabaseVerifier.VerifyAsync(killed, encryption: options.Encryption);
        Assert.True(report.IsSound, DatabaseVerifierTests.Failures(report));
    }

    /// <summary>A text that occurs nowhere by chance, in every file that is looked at from now on.</summary>
    private string Text(string what)
    {
        var text = $"qx-{what}-7f31c9";
        _markers[text] = Encoding.UTF8.GetBytes(text);
        return text;
    }

    private async Task WriteAsync(string db, HeliosOptions options)
    {
        var schema = new TableSchema(
            [new Column(Text("key column"), ColumnType.Text), new Column("n", ColumnType.Int8), new Column("note", ColumnType.Text)],
            primaryKey: [Text("key column"), "n"],
            unique: [new UniqueConstraint(Text("constraint"), "note")]);
        await using var helios = await HeliosEngine.OpenAsync(db, options);
        var table = await helios.TableAsync(Text("table"), schema);
        var first = await table.InsertAsync(Enumerable.Range(1, 4).Select(i => Row(table, i, Text($"note {i}"))));
        await helios.CheckpointAsync();

        // Keys that rows give up stand in keys of the store; those of the log in its frames.
        var key = KeyOf(table, 2);
        Assert.NotNull(await KeyedWrite.DeleteAsync(helios, table.Plan, key, default));
        _markers["an encoded key"] = key;
        var number = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(number, Number + 3);
        _markers["a number"] = number;

        using var csv = new MemoryStream(Encoding.UTF8.GetBytes($"a,b\n1,{Text("field")}\n2,y\n2,{Text("reject")}\n"));
        var report = await helios.IngestAsync(csv, "small.csv", Text("ingested"), new IngestOptions { Key = ["a"] });
        Assert.Equal(1, report.Rejected);
        var source = Assert.Single(StoreContents.LoadSources(helios.Parts.Store));
        var fingerprint = new byte[KeySpace.FingerprintSize];
        BinaryPrimitives.WriteUInt128BigEndian(fingerprint, source.Key.Fingerprint);
        _markers["the fingerprint of a source"] = fingerprint;
        BinaryPrimitives.WriteUInt128LittleEndian(fingerprint = new byte[KeySpace.FingerprintSize], source.Key.Fingerprint);
        _markers["the fingerprint of a source, little-endian"] = fingerprint;

        await using var feed = helios.Feed(first.Lsn).GetAsyncEnumerator();
        for (var i = 0; i < 5; i++)
            Assert.True(await feed.MoveNextAsync());
        Assert.Equal(ChangeKind.Delete, feed.Current.Kind);
    }

    private Row Row(Table table, int i, string note)
    {
        var row = table.NewRow();
        row[0] = Text($"key {i}");
        row[1] = Number + i;
        row[2] = note;
        return row;
    }

    private byte[] KeyOf(Table table, int i)
    {
        using var key = new ByteBuffer();
        Assert.True(KeyProbe.TryEncode(table.Plan, 0, [Text($"key {i}"), Number + i], key));
        return key.Written.ToArray();
    }

    private void AssertMarkers(string db, bool encrypted, string when)
    {
        var files = DatabaseFiles.Read(db);
        Assert.Contains("log", files.Keys.Select(Path.GetDirectoryName));
        Assert.Contains(files.Keys, file => file.EndsWith(".sst", StringComparison.Ordinal));
        Assert.All(_markers, marker =>
        {
            var found = files.Where(file => file.Value.AsSpan().IndexOf(marker.Value) >= 0).Select(file => file.Key).ToArray();
            if (encrypted)
                Assert.True(found.Length == 0, $"{when}: {marker.Key} stands in {string.Join(", ", found)}");
            else
                Assert.True(found.Length > 0, $"{when}: {marker.Key} stands nowhere");
        });
        if (!encrypted) // the store's blocks are compressed, and yet it is found there too
            Assert.Contains(files, file => file.Key.EndsWith(".sst", StringComparison.Ordinal) && _markers.Values.Any(marker => file.Value.AsSpan().IndexOf(marker) >= 0));
    }
}
