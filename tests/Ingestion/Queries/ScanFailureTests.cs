using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What goes wrong in a part of a divided scan that is no error of the store.</summary>
public sealed class ScanFailureTests : IAsyncLifetime
{
    private const int Rows = 600;

    /// <summary>Real time after which a query that has not ended hangs.</summary>
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(30);

    private HeliosEngine _engine = null!;
    private Table _table = null!;

    public async Task InitializeAsync()
    {
        _engine = await HeliosEngine.OpenInMemoryAsync(new HeliosOptions { TimeProvider = new FakeTimeProvider() }); // nothing in the background pins anything
        _table = await _engine.TableAsync("things", EngineFixture.Schema);
        await _table.InsertAsync(Enumerable.Range(0, Rows).Select(i => EngineFixture.Row(_table, i)));
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_reader_that_finds_no_memory_ends_the_query_with_that_whoever_reads(bool hasPool, bool keepsOrder)
    {
        for (var nth = 1; nth <= Rows / 50; nth++)
        {
            var left = nth;
            var ahead = new ReadAhead(2)
            {
                PartRows = 50,
                KeepsOrder = keepsOrder,
                Queue = hasPool ? ReadAhead.None.Queue : static _ => { },
                BeforeBatch = () =>
                {
                    if (Interlocked.Decrement(ref left) == 0)
                        throw new OutOfMemoryException("no memory for a batch");
                },
            };
            var ids = new List<long>();

            var query = Task.Run(async () =>
            {
                await foreach (var row in new Query(_table.Where("name <> 'x'").Definition with { ReadAhead = ahead }))
                    ids.Add(row.Get<long>("id"));
            });
            var error = await Assert.ThrowsAsync<OutOfMemoryException>(() => query.WaitAsync(s_hang));

            Assert.Equal("no memory for a batch", error.Message);
            Assert.Equal(ids.Distinct(), ids);
            if (keepsOrder)
                Assert.Equal(Enumerable.Range(0, ids.Count).Select(static i => (long)i), ids); // all before it, and nothing behind it
            await _table.UpdateAsync(EngineFixture.Row(_table, nth));
            Assert.Equal(_engine.Visible, _engine.Recovered.Snapshots.Horizon()); // it holds nothing any more
        }

        Assert.Equal(Rows, await _table.Where("name <> 'x'").CountAsync());
    }
}
