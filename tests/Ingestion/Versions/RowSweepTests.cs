using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class RowSweepTests : IDisposable
{
    /// <summary>Enough for a removal by range, in each partition alone and in both together.</summary>
    private const int Rows = CollectRequest.LeastRun;

    private static readonly Lsn s_deleted = new(2);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("helios-test-");
    private readonly RocksStore _store;
    private readonly ITestOutputHelper _output;

    public RowSweepTests(ITestOutputHelper output) => (_output, _store) = (output, RocksStore.Open(_directory.FullName, new StoreOptions { CacheBytes = 8 << 20 }, create: true));

    public void Dispose()
    {
        _store.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void Rows_written_behind_the_last_one_of_a_partition_between_the_look_and_the_removal_stay()
    {
        WriteAndDelete(partition: 16);
        WriteAndDelete(partition: 18);
        using var request = new CollectRequest(null) { AsOf = s_deleted };
        Assert.Null(new RowSweep(_store, s_deleted, isAlone: false).Fill(request, mostKeys: 1 << 20, mostRead: 1 << 20, CancellationToken.None));
        Assert.Equal(4 * Rows, request.Versions);
        Write(16, Rows + 1, new Lsn(3)); // into the table whose last rows are gone, before Commit comes to the request
        Write(17, 1, new Lsn(4)); // into one that had no row

        using (var batch = _store.NewBatch())
        {
            request.Write(batch, default);
            _store.Write(batch);
        }

        Assert.Equal(new RowId(Rows + 1), _store.HighestRow(16));
        Assert.Equal(new RowId(1), _store.HighestRow(17));
        Assert.Equal(default, _store.HighestRow(18));
        using var left = _store.OpenVersions();
        Assert.True(left.MoveNext());
        Assert.True(left.MoveNext());
        Assert.False(left.MoveNext());
    }

    [Fact]
    public void Whatever_was_written_before_and_is_written_meanwhile_each_moment_from_the_horizon_on_stays_as_it_was_after_every_batch()
    {
        var seed = TestSeed.Next();
        _output.WriteLine($"HELIOS_SEED={seed}");
        var model = new SweptModel(_store, new Random(seed));
        for (var round = 0; round < 6; round++)
        {
            model.Write(steps: 10);
            if (model.Next(0, 3) > 0)
                model.DeleteEnds();
            var (asOf, batches) = (model.Now, 0);
            for (var next = new RowSweep(_store, asOf, isAlone: false); next is { } sweep; batches++)
            {
                using var request = new CollectRequest(null) { AsOf = asOf };
                next = sweep.Fill(request, model.Next(1, 5_000), model.Next(1, 10_000), CancellationToken.None);
                model.Write(steps: model.Next(0, 8));
                using var batch = _store.NewBatch();
                request.Write(batch, default);
                _store.Write(batch);
                model.Check(asOf);
            }

            Assert.True(batches > 0);
            Assert.Equal(model.Kept(asOf), model.Stored());
        }
    }

    private void WriteAndDelete(uint partition)
    {
        for (ulong row = 1; row <= Rows; row++)
            Write(partition, row, new Lsn(1));
        using var batch = _store.NewBatch();
        for (ulong row = 1; row <= Rows; row++)
            batch.DeleteRow(partition, new RowId(row), s_deleted);
        _store.Write(batch);
    }

    private void Write(uint partition, ulong row, Lsn lsn)
    {
        using var batch = _store.NewBatch();
        batch.PutRow(partition, new RowId(row), lsn, [1, 2, 3]);
        _store.Write(batch);
    }
}
