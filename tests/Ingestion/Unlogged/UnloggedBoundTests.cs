using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>So many commits at most are told and not flushed: the next open passes over more.</summary>
public sealed class UnloggedBoundTests : IDisposable
{
    private const int Bound = 16;

    private readonly UnloggedFixture _fixture = new() { LsnSkip = Bound };

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task No_commit_is_told_that_lies_further_behind_the_last_flush_than_the_bound()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog);
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        for (var i = 0; i < 40; i++)
        {
            var receipt = await table.InsertAsync(EngineFixture.Row(table, i));
            var flushed = engine.Parts.Store.FlushedLsn();
            Assert.True(receipt.Lsn.Value <= flushed.Value + Bound, $"LSN {receipt.Lsn} was told, {flushed} is flushed");
        }
    }

    [Fact]
    public async Task Killed_at_any_moment_under_load_the_next_lsn_lies_behind_all_that_were_told()
    {
        var told = 0UL;
        var copies = new List<(string Path, ulong Told)>();
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog))
        {
            var table = await engine.TableAsync("things", EngineFixture.Schema);
            for (var round = 0; round < 6; round++)
            {
                // Several at once, so that runs have more than one group and the bound falls inside of one.
                var answers = Enumerable.Range(round * 50, 50).Select(i => table.InsertAsync(EngineFixture.Row(table, i)).AsTask()).ToArray();
                foreach (var receipt in await Task.WhenAll(answers))
                    told = Math.Max(told, receipt.Lsn.Value);
                copies.Add((_fixture.Copy(), told));
            }
        }

        foreach (var (path, before) in copies)
        {
            await using var engine = await HeliosEngine.OpenAsync(path, _fixture.Logged);
            var rows = await UnloggedFixture.CountAsync(engine);
            var next = await UnloggedFixture.InsertAsync(engine, rows);
            Assert.True(next.Value > before, $"LSN {next} means a new commit, and {before} had been told");
        }
    }
}
