using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Tests;

public sealed class BloomPolicyTests
{
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(20);

    private readonly BloomPolicy _policy = new(new FilterOptions());
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(99, 0.01, 20, false)]
    [InlineData(100, 0.01, 20, true)]
    [InlineData(100, 0.11, 20, false)] // they find too much
    [InlineData(100, 0.1, 10, true)]
    [InlineData(100, 0.1, 9, false)] // they are fast enough
    public void A_column_is_chosen_when_it_was_asked_about_often_for_few_rows_and_slowly(int queries, double selectivity, int milliseconds, bool isChosen)
    {
        Ask(3, queries, selectivity, TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal((isChosen ? 1 : 0, 0), _policy.Decide(_now));
        Assert.Equal<IEnumerable<int>>(isChosen ? [3] : [], _policy.Columns);
        Assert.Equal((0, 0), _policy.Decide(_now)); // it is decided
    }

    [Fact]
    public void Lists_and_single_values_are_counted_apart()
    {
        Ask(3, 60);
        Ask(3, 60, isList: true);
        Assert.Equal((0, 0), _policy.Decide(_now));
        Ask(3, 40, isList: true);
        Assert.Equal((1, 0), _policy.Decide(_now));
    }

    [Fact]
    public void Queries_count_for_as_long_as_the_window()
    {
        for (var hour = 0; hour < 24; hour++, _now += TimeSpan.FromHours(1))
            Ask(1, 4);
        Assert.Equal((0, 0), _policy.Decide(_now)); // 96 within a day
        Ask(1, 10);
        Assert.Equal((1, 0), _policy.Decide(_now));

        Ask(2, 99);
        _now += TimeSpan.FromHours(47);
        Ask(2, 95);
        Assert.Equal((0, 0), _policy.Decide(_now)); // those of the first day count for an hour's worth, of the window before
        _now += TimeSpan.FromHours(48);
        _policy.Decide(_now);
        Assert.Equal(0, _policy.Patterns);
    }

    [Fact]
    public void At_most_five_columns_are_chosen_those_first_whose_scans_take_most_time()
    {
        foreach (var column in Enumerable.Range(0, 8))
            Ask(column, 100, took: s_slow * (column + 1));
        Assert.Equal((5, 0), _policy.Decide(_now));
        Assert.Equal<IEnumerable<int>>([3, 4, 5, 6, 7], _policy.Columns);
    }

    [Fact]
    public void A_column_that_nobody_asks_about_for_a_week_is_dropped_and_can_be_chosen_again()
    {
        Ask(1, 100);
        Ask(2, 100);
        _policy.Decide(_now);
        _now += TimeSpan.FromDays(6);
        Ask(2, 1, selectivity: 1, isList: true); // of any kind
        _now += TimeSpan.FromDays(1);
        Assert.Equal((0, 1), _policy.Decide(_now));
        Assert.Equal<IEnumerable<int>>([2], _policy.Columns);

        Ask(1, 99);
        Assert.Equal((0, 0), _policy.Decide(_now));
        Ask(1, 1);
        Assert.Equal((1, 0), _policy.Decide(_now));
        Assert.Equal<IEnumerable<int>>([1, 2], _policy.Columns);
    }

    [Fact]
    public void A_column_that_was_asked_for_stays_beside_those_that_are_chosen()
    {
        _policy.Ask(7);
        foreach (var column in Enumerable.Range(0, 5))
            Ask(column, 100);
        _policy.Decide(_now);
        Assert.Equal<IEnumerable<int>>([0, 1, 2, 3, 4, 7], _policy.Columns);
        _now += TimeSpan.FromDays(30);
        Assert.Equal((0, 5), _policy.Decide(_now));
        Assert.Equal<IEnumerable<int>>([7], _policy.Columns);
        _policy.Release(7);
        Assert.Empty(_policy.Columns);
    }

    [Fact]
    public void What_is_given_up_has_to_be_asked_about_again_before_it_is_chosen_again()
    {
        Ask(1, 100);
        _policy.Decide(_now);
        _now += TimeSpan.FromSeconds(1);
        Ask(2, 100);
        _policy.Decide(_now);
        Assert.Equal(1, _policy.LeastUsed!.Value.Column);
        _policy.GiveUp(1);
        Assert.Equal((0, 0), _policy.Decide(_now));
        Assert.Equal<IEnumerable<int>>([2], _policy.Columns);
    }

    [Fact]
    public void Nothing_is_chosen_where_that_is_switched_off()
    {
        var off = new BloomPolicy(new FilterOptions { ChoosesBlooms = false });
        for (var i = 0; i < 200; i++)
            off.Record([new BloomProbe(1, false)], 0, s_slow, _now);
        Assert.Equal((0, 0), off.Decide(_now));
        Assert.Empty(off.Columns);
    }

    [Fact]
    public void However_many_columns_are_asked_about_only_the_last_ones_are_remembered()
    {
        for (var column = 0; column < 1_000; column++, _now += TimeSpan.FromSeconds(1))
            Ask(column, 1);
        Assert.Equal(BloomPolicy.MostPatterns, _policy.Patterns);
        Ask(999, 99);
        Ask(0, 99); // the first one of it was forgotten
        _policy.Decide(_now);
        Assert.Equal<IEnumerable<int>>([999], _policy.Columns);
    }

    private void Ask(int column, int queries, double selectivity = 0.001, TimeSpan? took = null, bool isList = false)
    {
        for (var i = 0; i < queries; i++)
            _policy.Record([new BloomProbe(column, isList)], selectivity, took ?? s_slow, _now);
    }
}
