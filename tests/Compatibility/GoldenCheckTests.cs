using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Compatibility.Tests;

/// <summary>The check of the golden directories is checked: one thing is changed in a store, and it must be seen.</summary>
public sealed class GoldenCheckTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("helios-golden-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Theory]
    [InlineData("nothing", null)]
    [InlineData("value", "GoldenRows")]
    [InlineData("row", "GoldenRows")]
    [InlineData("deletion", "GoldenRows")]
    [InlineData("count", "GoldenRows")]
    [InlineData("row of the source", "GoldenSource")]
    [InlineData("position", "GoldenSource")]
    [InlineData("totals", "GoldenSource")]
    [InlineData("dead letter", "GoldenDeadLetters")]
    [InlineData("no dead letter", "GoldenDeadLetters")]
    public async Task One_thing_that_is_not_as_it_was_written_is_seen(string what, string? by)
    {
        Golden.Copy(Path.Combine(Golden.Root, "v1-clean"), _path);
        using (var store = RocksStore.Open(Path.Combine(_path, "store"), new StoreOptions(), create: false))
        using (var batch = store.NewBatch())
        {
            Change(what, store, batch);
            store.Write(batch);
            store.Flush();
        }

        await using var helios = await HeliosEngine.OpenAsync(_path, Golden.Options("v1-clean"));
        var error = await Record.ExceptionAsync(() => GoldenContents.CheckAsync(helios, GoldenState.Whole));
        if (by is null)
        {
            Assert.Null(error);
            return;
        }

        Assert.IsType<Xunit.Sdk.XunitException>(error, exactMatch: false);
        Assert.Contains($"{by}.CheckAsync", error.StackTrace, StringComparison.Ordinal);
    }

    private static void Change(string what, RocksStore store, StoreBatch batch)
    {
        const uint rows = TableDefinition.FirstUserTable, source = rows + 1;
        switch (what)
        {
            case "value":
                Replace(store, batch, rows, "varchar 11"u8, "varchar 12"u8);
                break;
            case "row":
                Remove(store, batch, rows, RowKind.Plain);
                break;
            case "deletion":
                Remove(store, batch, rows, RowKind.Tombstone);
                break;
            case "count":
                var counters = store.Counters(new TableId(rows))!.Value;
                batch.PutCounters(new TableId(rows), counters with { Rows = counters.Rows + 1 });
                break;
            case "row of the source":
                Replace(store, batch, source, "four"u8, "five"u8);
                break;
            case "position":
                Move(store, batch, progress => progress with { Record = progress.Record - 1 });
                break;
            case "totals":
                Move(store, batch, progress => progress with { Rejected = progress.Rejected + 1 });
                break;
            case "dead letter":
                Replace(store, batch, DeadLetters.Definition.Partition, "none"u8, "nine"u8);
                break;
            case "no dead letter":
                Remove(store, batch, DeadLetters.Definition.Partition, RowKind.Plain);
                break;
        }
    }

    private static void Replace(RocksStore store, StoreBatch batch, uint partition, ReadOnlySpan<byte> old, ReadOnlySpan<byte> changed)
    {
        using var versions = store.OpenVersions();
        while (versions.MoveNext())
        {
            var (found, row, lsn) = KeyReader.Row(versions.Key);
            var bytes = versions.Value.ToArray();
            var at = bytes.AsSpan().IndexOf(old);
            if (found != partition || at < 0)
                continue;
            changed.CopyTo(bytes.AsSpan(at));
            batch.PutRow(partition, row, lsn, bytes.AsSpan(1));
            return;
        }

        Assert.Fail("There is no such row.");
    }

    /// <summary>Removes the first version of that kind.</summary>
    private static void Remove(RocksStore store, StoreBatch batch, uint partition, RowKind kind)
    {
        using var versions = store.OpenVersions();
        do
            Assert.True(versions.MoveNext());
        while (KeyReader.Row(versions.Key).Partition != partition || versions.Value[0] != (byte)kind);
        var (_, row, lsn) = KeyReader.Row(versions.Key);
        batch.RemoveVersion(partition, row, lsn);
    }

    private static void Move(RocksStore store, StoreBatch batch, Func<SourceProgress, SourceProgress> change)
    {
        using var positions = store.OpenMeta([KeySpace.SourcePosition]);
        Assert.True(positions.MoveNext());
        var progress = SourceCodec.ReadStored(positions.Value);
        Span<byte> body = stackalloc byte[ChangeFormat.MoveSourceSize];
        SourceCodec.Write(body, change(progress), progress.Offset);
        Span<byte> value = stackalloc byte[SourceCodec.StoredSize];
        SourceCodec.WriteStored(value, body, progress.Lsn);
        batch.PutMeta(positions.Key, value);
    }
}
