namespace Helios.Pipeline.Tests;

public sealed class FreeSpaceTests
{
    [Fact]
    public void It_is_low_below_the_floor_and_enough_again_with_a_quarter_more()
    {
        var space = new FreeSpace(1_000);
        var turned = 0;
        space.TurnedLow += () => turned++;
        Assert.Equal((FreeSpaceLevel.Unknown, null), (space.Level, space.Bytes));
        foreach (var (bytes, low) in new[] { (1_000L, false), (999, true), (1_000, true), (1_249, true), (1_250, false), (1_000, false), (0, true) })
        {
            space.Report("disk", bytes);
            Assert.Equal((bytes, low), (space.Bytes!.Value, space.IsLow));
        }

        Assert.Equal(2, turned);
    }

    [Fact]
    public void Unknown_refuses_nobody_and_the_next_sample_counts_from_the_floor()
    {
        var space = new FreeSpace(1_000);
        space.Report("disk", 1);
        space.ReportUnknown();
        Assert.Equal((FreeSpaceLevel.Unknown, null, false), (space.Level, space.Bytes, space.IsLow));
        space.Report("disk", 1_000);
        Assert.False(space.IsLow);
    }

    [Fact]
    public void A_floor_of_zero_is_never_reached()
    {
        var space = new FreeSpace(0);
        space.Report("disk", 0);
        Assert.False(space.IsLow);
    }

    [Fact]
    public void The_refusal_says_how_much_is_left_where_and_what_to_do()
    {
        var space = new FreeSpace(100 << 20);
        space.Report("/data/log", 61_200_000);
        Assert.Equal(
            "Nothing of the commit was written: /data/log has 58.4 MiB of disk left, less than the floor of 100.0 MiB (FreeSpaceFloor). What was acknowledged holds; reads, deletes, checkpoints and closing work. "
            + "Free some space: inserts are taken again by themselves once 125.0 MiB are free.", space.Refusal().Message);
    }
}
