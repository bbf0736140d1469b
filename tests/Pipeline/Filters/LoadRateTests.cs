namespace Helios.Pipeline.Tests;

public sealed class LoadRateTests
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;

    private LoadRate _rate = new(10_000); // 1,000 in a tenth of a second

    [Fact]
    public void Rows_that_come_in_no_faster_than_the_rate_are_few()
    {
        for (var i = 0; i < 100; i++)
            Assert.False(_rate.Add(i * 10 * Millisecond, 100));
    }

    [Fact]
    public void A_tenth_of_a_second_with_more_is_noticed_before_it_is_over()
    {
        Assert.False(_rate.Add(0, 1_000));
        Assert.True(_rate.Add(50 * Millisecond, 1));
    }

    [Fact]
    public void A_load_stays_one_from_one_window_to_the_next()
    {
        var noticed = 0;
        for (var i = 0; i < 200; i++)
            noticed += _rate.Add(i * Millisecond, 20) ? 1 : 0;

        Assert.Equal(200 - 50, noticed); // all but those before the first window was full
    }

    [Fact]
    public void It_is_over_when_a_whole_window_had_less()
    {
        Assert.True(_rate.Add(0, 1_001));
        Assert.True(_rate.Add(100 * Millisecond, 10)); // of the window before this one
        Assert.False(_rate.Add(200 * Millisecond, 10));
    }

    [Fact]
    public void It_is_over_after_a_pause()
    {
        Assert.True(_rate.Add(0, 1_001));
        Assert.False(_rate.Add(250 * Millisecond, 10));
    }
}
