using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A file survives a power loss only where its name does, and those of the directories above it.</summary>
public sealed class DurableNamesTests
{
    [Fact]
    public async Task A_database_in_new_directories_syncs_each_directory_that_got_a_name()
    {
        await using var fixture = new EngineFixture();
        var synced = Watch(fixture);
        var path = Path.Combine(fixture.Path, "one", "two");
        await using (await HeliosEngine.OpenAsync(path, fixture.Options()))
            Assert.Superset(new HashSet<string> { fixture.Path, Path.Combine(fixture.Path, "one"), path }, synced);
    }

    [Fact]
    public async Task An_open_makes_the_name_of_the_identity_durable_before_it_takes_commits()
    {
        // Its creator may have been killed between the rename and the sync, and a database without identity is cleared.
        await using var fixture = new EngineFixture();
        var (engine, _) = await fixture.OpenAsync();
        await engine.DisposeAsync();
        var synced = Watch(fixture);
        (engine, _) = await fixture.OpenAsync();
        await using (engine)
            Assert.Contains(fixture.Path, synced);
    }

    private static HashSet<string> Watch(EngineFixture fixture)
    {
        var synced = new HashSet<string>();
        fixture.Files.Before = (call, path) =>
        {
            if (call != FileCall.SyncDirectory)
                return;
            lock (synced)
                synced.Add(path);
        };
        return synced;
    }
}
