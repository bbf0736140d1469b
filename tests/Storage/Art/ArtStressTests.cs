using System.Globalization;
using Helios.Pipeline.Storage;
using Xunit.Abstractions;
using static Helios.Pipeline.Storage.Tests.ArtTestKeys;

namespace Helios.Pipeline.Storage.Tests;

public class ArtStressTests(ITestOutputHelper output)
{
    [Fact]
    public void Readers_without_locks_see_no_false_miss_no_false_hit_and_the_version_of_their_lsn()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("HELIOS_ART_SECONDS") ?? "10", CultureInfo.InvariantCulture);
        using var tree = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
        var seed = Seed();
        var stress = new ArtStress(tree, seed, withCursors: true);

        var failure = stress.Run(TimeSpan.FromSeconds(seconds), readers: 3);

        Assert.True(failure is null, $"HELIOS_SEED={seed}: {failure}");
        output.WriteLine($"{stress.Reads} reads, {stress.Scans} scans, {stress.Writes} versions, {tree.NodeCounts}");
        output.WriteLine(string.Join(", ", typeof(ArtEvents).GetProperties().Select(p => $"{p.Name} {p.GetValue(tree.Events)}")));
        Assert.True(stress.Reads > 0 && stress.Scans > 0);
        Assert.All(
            [tree.Events.Grow4To16, tree.Events.Grow16To48, tree.Events.Grow48To256, tree.Events.Shrink256To48, tree.Events.Shrink48To16, tree.Events.Shrink16To4, tree.Events.PrefixSplit, tree.Events.Merge, tree.Events.Collapse],
            n => Assert.True(n > 0));
        tree.Reclaim();
        Assert.Equal(0, tree.Unreclaimed);
        ArtWalk.Check(tree);
    }

    /// <summary>The test above is worth something only if it notices memory that is freed too early.</summary>
    [Fact]
    public void The_same_readers_notice_a_writer_that_frees_without_regard_to_them()
    {
        using var tree = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: true);
        var stress = new ArtStress(tree, Seed(), withCursors: false); // a cursor would copy keys of garbage length

        var failure = stress.Run(TimeSpan.FromSeconds(60), readers: 3);

        Assert.NotNull(failure);
        output.WriteLine(failure);
    }
}
