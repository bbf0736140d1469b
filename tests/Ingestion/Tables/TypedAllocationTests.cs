namespace Helios.Pipeline.Ingestion.Tests;

[CollectionDefinition(nameof(AlonePlease), DisableParallelization = true)]
public sealed class AlonePlease;

[Collection(nameof(AlonePlease))]
public sealed class TypedAllocationTests
{
    private const int Rows = 10_000;

    [Fact]
    public async Task Encoding_a_row_allocates_nothing()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync<Trip>("trips");
        var rows = TypedTableTests.Numbers(0, Rows).ToArray();
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var session = helios.OpenSession();
            session.Insert(trips, rows[0]);
            session.Envelope.Changes.Buffer.GetSpan(4 << 20); // as large as a session that has seen such commits before
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var row in rows)
                session.Insert(trips, row);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public async Task A_batch_allocates_at_most_16_bytes_a_row_in_the_whole_process()
    {
        // The pools are filled with what other tests left, which has never held such a commit.
        for (var i = 0; i < 256; i++)
            (_, _) = (WriteEnvelope.Rent(), CommitGroup.Rent());
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var trips = await helios.TableAsync<Trip>($"trips {attempt}");
            var rows = TypedTableTests.Numbers(0, Rows).ToArray();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await trips.InsertAsync(rows);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.InRange((double)least / Rows, 0, 16);
    }
}
