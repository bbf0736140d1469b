namespace Helios.Pipeline;

/// <summary>Says whether rows come into a table faster than a rate, over windows of a tenth of a second of the commits' own time.</summary>
/// <remarks>High as soon as a window has had more than its share; until a whole window has had less.</remarks>
/// <param name="rowsPerSecond">The rate.</param>
internal struct LoadRate(long rowsPerSecond)
{
    private const int WindowsPerSecond = 10;
    private const long Window = TimeSpan.TicksPerSecond / WindowsPerSecond;

    private readonly long _most = Math.Max(1, rowsPerSecond / WindowsPerSecond);
    private long _begin;
    private long _rows;
    private bool _isHigh;

    /// <summary>Takes the rows of a commit.</summary>
    /// <param name="time">When it was, in ticks; the commits' clock never goes back.</param>
    /// <param name="rows">How many.</param>
    /// <returns>Is the rate above the one asked about?</returns>
    public bool Add(long time, int rows)
    {
        var passed = time - _begin;
        if (passed >= Window)
        {
            // A window with nothing in it had less, too.
            _isHigh = passed < 2 * Window && _rows > _most;
            (_begin, _rows) = (time, 0);
        }

        _rows += rows;
        return _isHigh |= _rows > _most;
    }
}
