using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What goes on beside a scrub is never taken for damage: all that writes to the store at once.</summary>
public sealed class ScrubBesideTests
{
    private const int Passes = 15;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Altered_tables_indexes_that_are_made_or_spill_vacuums_and_numbered_commits_are_never_taken_for_damage(bool isEncrypted)
    {
        var seed = TestSeed.Next();
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Unsafe) with
        {
            FlushBytes = 64 << 10,
            MaxIndexBytes = 64 << 10,
            ProducerWindow = 8,
            Encryption = isEncrypted ? DatabaseFiles.Key(1) : null,
            Versions = new VersionOptions { CollectionInterval = TimeSpan.FromMilliseconds(10) },
        });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await table.InsertAsync(Enumerable.Range(0, 5_000).Select(id => EngineFixture.Row(table, id)));
        var isDone = false;
        Task[] beside = [Task.Run(WriteAsync), Task.Run(AlterAsync), Task.Run(TidyAsync)];
        try
        {
            for (var pass = 0; pass < Passes; pass++)
            {
                var report = await engine.ScrubAsync();
                Assert.True(report.IsSound, $"HELIOS_SEED={seed}: {string.Join("; ", report.Problems)}");
            }
        }
        finally
        {
            Volatile.Write(ref isDone, true);
            await Task.WhenAll(beside);
        }

        async Task WriteAsync()
        {
            var random = new Random(seed);
            for (var i = 0; !Volatile.Read(ref isDone); i++)
            {
                await table.SendAsync(Enumerable.Range(10_000 + (i * 20), 20).Select(static id => (long)id), i + 1, ProducerId.From($"producer {i % 3}"));
                await table.UpsertAsync(EngineFixture.Row(table, random.Next(5_000), $"changed {i}"));
                await table.DeleteAsync((long)random.Next(5_000));
                await table.DeleteWhereAsync(row => row.Get<long>("id") >= 10_000 && row.Get<long>("id") % 3 == 0);
                if (i % 10 == 0)
                {
                    var other = await engine.TableAsync($"other {i}", EngineFixture.Schema);
                    await other.InsertAsync(EngineFixture.Row(other, i));
                }
            }
        }

        async Task AlterAsync()
        {
            for (var i = 0; i < 100 && !Volatile.Read(ref isDone); i++) // a table has 255 indexes in its life
            {
                var unique = await engine.AddConstraintAsync("things", new UniqueConstraint($"both {i}", "id", "name"));
                var check = await engine.AddConstraintAsync("things", new CheckConstraint($"check {i}", "id >= 0"));
                await Task.WhenAll(unique.Completion, check.Completion);
                await engine.DropConstraintAsync("things", $"both {i}");
                await engine.DropConstraintAsync("things", $"check {i}");
            }
        }

        async Task TidyAsync()
        {
            while (!Volatile.Read(ref isDone))
            {
                await engine.VacuumAsync();
                await engine.AnalyzeAsync();
                await engine.CheckpointAsync();
            }
        }
    }
}
