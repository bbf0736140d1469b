using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Concurrency;

/// <summary>The check that crash tests hold indexes to: it is satisfied with what the engine makes, and finds entries that are wrong, too many or missing.</summary>
public sealed class IndexFaultTests : IAsyncLifetime
{
    private const int Rows = 50;

    private HeliosEngine _engine = null!;
    private Table _table = null!;

    public async Task InitializeAsync()
    {
        _engine = await HeliosEngine.OpenInMemoryAsync();
        _table = await _engine.TableAsync("things", EngineFixture.Schema);
        await _table.InsertAsync(Enumerable.Range(0, Rows).Select(id => EngineFixture.Row(_table, id, $"name {id}")));
        var unnamed = EngineFixture.Row(_table, Rows);
        unnamed["name"] = null;
        await _table.InsertAsync(unnamed);
        await _table.UpdateAsync(EngineFixture.Row(_table, 3, "renamed"));
        await _table.DeleteAsync(4L);
        await _table.UpsertAsync(EngineFixture.Row(_table, 4, "name 3"));
        await _table.DeleteAsync(5L);
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public void Indexes_of_rows_that_were_inserted_changed_and_deleted_are_right() => Assert.Null(IndexFault.Find(_engine));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_entry_without_a_row_is_found(int index)
    {
        // Nobody writes now: the tree is this test's.
        _table.Plan.Trees[index].Push("no such key"u8, new KeyVersion(new RowId(1), _engine.Visible, Vacated: false));
        Assert.Contains("no such row has that key", IndexFault.Find(_engine), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_lost_entry_is_found(int index)
    {
        var (key, version) = Entry(index, 7);
        Assert.True(_table.Plan.Trees[index].Pop(key, version.Lsn));
        Assert.Contains("finds nothing", IndexFault.Find(_engine), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_entry_that_names_another_row_is_found(int index)
    {
        var (key, version) = Entry(index, 7);
        _table.Plan.Trees[index].Push(key, version with { Row = new RowId(version.Row.Value + 1), Lsn = _engine.Visible });
        Assert.Contains("finds row", IndexFault.Find(_engine), StringComparison.Ordinal);
    }

    private (byte[] Key, KeyVersion Version) Entry(int index, long id)
    {
        using var key = new ByteBuffer();
        Assert.True(KeyProbe.TryEncode(_table.Plan, index, [index == 0 ? id : $"name {id}"], key));
        Assert.True(_table.Plan.Trees[index].TryGetNewest(key.Written, out var version));
        return (key.Written.ToArray(), version);
    }
}
