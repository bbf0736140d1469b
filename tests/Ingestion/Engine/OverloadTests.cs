using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class OverloadTests
{
    [Fact]
    public async Task With_a_slow_disk_and_far_more_offered_than_fits_queued_bytes_stay_in_budget_and_every_row_is_there()
    {
        const int Producers = 64, CommitsEach = 4, RowsEach = 100;
        const long Budget = 1 << 20;
        await using var fixture = new EngineFixture();
        using var never = new ManualResetEventSlim();
        fixture.Files.Before = (call, path) =>
        {
            if (call == FileCall.Sync && path.EndsWith(".wal", StringComparison.Ordinal))
                never.Wait(50); // the disk takes this long
        };
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options() with { MaxQueuedBytes = Budget });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(p => Task.Run(async () =>
        {
            var commits = new List<Task>();
            for (var c = 0; c < CommitsEach; c++)
            {
                var first = ((p * CommitsEach) + c) * RowsEach;
                commits.Add(table.InsertAsync(Enumerable.Range(first, RowsEach).Select(i => EngineFixture.Row(table, i, $"{new string('x', 1_000)} {i}"))).AsTask());
            }

            await Task.WhenAll(commits);
        })));

        Assert.True(engine.WritePath.Gate.Waits > 0, "nothing had to wait: the load was too small to say anything");
        Assert.InRange(engine.WritePath.Gate.PeakBytes, 1, Budget);
        Assert.Equal(Producers * CommitsEach * RowsEach, await table.CountAsync());
    }

    [Fact]
    public async Task No_more_rows_are_inside_the_engine_than_the_options_say()
    {
        const int Commits = 6, RowsEach = 20, Most = 40;
        await using var fixture = new EngineFixture();
        using var open = new ManualResetEventSlim(initialState: true);
        fixture.Files.Before = (call, path) =>
        {
            if (call == FileCall.Sync && path.EndsWith(".wal", StringComparison.Ordinal))
                open.Wait();
        };
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options() with { MaxQueuedRows = Most });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        open.Reset(); // nothing is answered, so nothing leaves
        var commits = Enumerable.Range(0, Commits).Select(c => table.InsertAsync(Enumerable.Range(c * RowsEach, RowsEach).Select(i => EngineFixture.Row(table, i))).AsTask()).ToArray();
        Assert.Equal((Most, Commits - (Most / RowsEach)), (engine.WritePath.Gate.Rows, engine.WritePath.Gate.Waits));
        open.Set();
        await Task.WhenAll(commits);
        Assert.Equal(Commits * RowsEach, await table.CountAsync());
    }
}
