using System.Text.Json;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class EngineInspectorTests : IAsyncLifetime
{
    private ClosedDatabase _database = null!;

    public async Task InitializeAsync() => _database = await ClosedDatabase.CreateAsync();

    public Task DisposeAsync()
    {
        _database.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task An_engine_shows_what_it_holds()
    {
        await using var helios = await HeliosEngine.OpenAsync(_database.Path);
        var table = helios.FindTable(ClosedDatabase.TableName)!;
        var receipt = await table.InsertAsync(ClosedDatabase.Rows(table, 101, 10));
        var seen = helios.Inspect();

        Assert.Equal(EngineState.Running, seen.State);
        Assert.Equal(receipt.Lsn.Value, seen.Lsns.Visible);
        Assert.Equal(receipt.Lsn.Value, seen.Lsns.Durable);
        Assert.Equal(receipt.Lsn.Value, seen.Lsns.Head);
        Assert.Equal(1UL, seen.Lsns.Oldest);
        Assert.Equal(3UL, seen.Epoch);
        Assert.Equal([0UL, 1UL, 2UL, 3UL], seen.Segments.Select(s => s.Id));
        Assert.Equal(receipt.Lsn.Value, seen.Segments[^1].Last);
        Assert.Equal([("small", 2L), ("things", 110L)], seen.Tables.Select(t => (t.Name, t.Rows)));
        Assert.Equal(["id", "name", "value"], seen.Tables[1].Columns);
        Assert.True(seen.Sizes is { Log: > 0, Store: > 0, Indexes: > 0, Cache: > 0 }, seen.Sizes.ToString());
        Assert.True(seen.Queue is { Bytes: 0, Rows: 0, PeakBytes: > 0 }, seen.Queue.ToString());
        Assert.Contains(seen.Stages, s => s is { Name: "commit", Messages: > 0 });
    }

    [Fact]
    public async Task Sources_are_shown_with_their_positions()
    {
        await using var helios = await HeliosEngine.OpenAsync(_database.Path);
        var source = Assert.Single(helios.Inspect().Sources);
        Assert.Equal("small", source.Table);
        Assert.Equal((16L, 3L, true, 2L, 1L), (source.Offset, source.Record, source.IsComplete, source.Stored, source.Rejected));
        Assert.Equal(32, source.Fingerprint.Length);
    }

    [Fact]
    public async Task Producers_are_counted_with_what_their_commits_take()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync("things", new TableSchema([new Column("id", ColumnType.Int8)], ["id"]));
        for (var sequence = 0; sequence < 3; sequence++)
        {
            using var session = helios.OpenSession();
            var row = table.NewRow();
            row["id"] = (long)sequence;
            session.Insert(table, row);
            await session.CommitAsync(ProducerId.From("loader"), sequence);
        }

        var seen = helios.Inspect();
        Assert.Equal(1, seen.Producers.Count);
        Assert.InRange(seen.Producers.Bytes, 3, 10_000);
    }

    [Fact]
    public async Task A_checkpoint_moves_flushed_to_visible_and_is_counted()
    {
        await using var helios = await HeliosEngine.OpenAsync(_database.Path);
        var table = helios.FindTable(ClosedDatabase.TableName)!;
        await table.InsertAsync(ClosedDatabase.Rows(table, 101, 10));
        await helios.CheckpointAsync();
        var seen = helios.Inspect();
        Assert.Equal(seen.Lsns.Visible, seen.Lsns.Flushed);
        Assert.Equal(1, seen.Checkpoints);
    }

    [Fact]
    public async Task An_inspection_goes_through_json_unchanged()
    {
        await using var helios = await HeliosEngine.OpenAsync(_database.Path);
        var json = JsonSerializer.Serialize(helios.Inspect());
        Assert.Contains("\"State\":\"Running\"", json, StringComparison.Ordinal);
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<EngineInspection>(json)));
    }

    [Fact]
    public async Task A_closed_engine_is_not_inspected()
    {
        var helios = await HeliosEngine.OpenAsync(_database.Path);
        await helios.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => helios.Inspect());
    }
}
