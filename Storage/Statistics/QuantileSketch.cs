namespace Helios.Pipeline.Storage;

/// <summary>
/// What share of ordered codes lies below any one of them, about (Karnin, Lang and Liberty, 2016, with k = 200): a rank is wrong by 1.3 % of all codes at most, with
/// a probability of 99 %. The least and the greatest are exact.
/// </summary>
/// <remarks>
/// A code of level h stands for 2^h of them. Where there is no room left, the lowest level that is full is ordered and every second of its codes goes one level up;
/// a coin says which ones. The coin is seeded, so the same codes in the same order give the same. All levels share one array, the lowest in front, which grows when
/// a level is added: once each time the number of codes doubles, up to some 1,000 places. One owner, one thread; allocates nothing otherwise, but in <see cref="Merge"/>.
/// </remarks>
internal sealed partial class QuantileSketch
{
    /// <summary>Codes of the highest level: a rank is wrong by some 2.3 / k^0.9 at most.</summary>
    private const int TopCapacity = 200;

    /// <summary>Codes of the lowest level, where there are many: fewer would be compacted too often to be quick.</summary>
    private const int LeastCapacity = 8;

    /// <summary>From the top down: each level has two thirds of the one above.</summary>
    private static readonly int[] s_capacities = [.. Enumerable.Range(0, 12).Select(depth => Math.Max(LeastCapacity, (int)Math.Round(TopCapacity * Math.Pow(2.0 / 3, depth))))];

    private ulong[] _codes = new ulong[TopCapacity];
    private int[] _starts = [TopCapacity, TopCapacity]; // of each level, and the end; in front of the first one is room
    private ulong _coins;

    /// <param name="seed">Of the coin.</param>
    public QuantileSketch(ulong seed = 0)
    {
        _coins = seed;
    }

    /// <summary>Codes taken in.</summary>
    public long Count { get; private set; }

    public ulong Least { get; private set; } = ulong.MaxValue;

    public ulong Greatest { get; private set; }

    /// <summary>Memory that it holds, about.</summary>
    public long Bytes => (_codes.Length * sizeof(ulong)) + (_starts.Length * sizeof(int));

    private int Levels => _starts.Length - 1;

    public void Add(ulong code)
    {
        if (_starts[0] == 0)
            Compact();
        _codes[--_starts[0]] = code;
        Count++;
        if (code < Least)
            Least = code;
        if (code > Greatest)
            Greatest = code;
    }

    /// <summary>The share of codes that are less, or not greater; 0 where there are none.</summary>
    public double Rank(ulong code, bool orEqual)
    {
        var below = 0L;
        for (var level = 0; level < Levels; level++)
        {
            foreach (var other in Level(level))
                below += other < code || (orEqual && other == code) ? 1L << level : 0;
        }

        return Count == 0 ? 0 : (double)below / Count;
    }

    /// <summary>
    /// <paramref name="buckets"/> + 1 codes in order: the least, the greatest, and between them those that part all codes into buckets of one size. A code that is there
    /// more often than a bucket has room bounds several.
    /// </summary>
    /// <remarks>
    /// Where codes are not exact (texts, bytes, Uuid, Numeric) a bound is a beginning that several values share: a bucket has the values whose codes lie
    /// between its bounds, and those that have a bound's code may lie on either side of it.
    /// </remarks>
    /// <param name="buckets">1 or more; there is a code.</param>
    public ulong[] Bounds(int buckets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buckets, 1);
        ArgumentOutOfRangeException.ThrowIfZero(Count, nameof(Count));
        var held = _codes.Length - _starts[0];
        var codes = new ulong[held];
        var weights = new long[held];
        for (int level = 0, at = 0; level < Levels; level++)
        {
            foreach (var code in Level(level))
                (codes[at], weights[at++]) = (code, 1L << level);
        }

        Array.Sort(codes, weights);
        var bounds = new ulong[buckets + 1];
        bounds[0] = Least;
        bounds[buckets] = Greatest;
        var (place, reached) = (0, weights[0]);
        for (var i = 1; i < buckets; i++)
        {
            var wanted = (Int128)Count * i; // of a rank, times the buckets
            while ((Int128)reached * buckets < wanted)
                reached += weights[++place];
            bounds[i] = codes[place];
        }

        return bounds;
    }

    private ReadOnlySpan<ulong> Level(int level) => _codes.AsSpan(_starts[level].._starts[level + 1]);

    /// <summary>Makes room in front: half of the lowest full level.</summary>
    private void Compact()
    {
        var level = 0;
        while (Level(level).Length < Capacity(level, Levels))
            level++; // all places are taken, so one of the levels is full
        if (level == Levels - 1)
            AddLevel();

        var (begin, end) = (_starts[level], _starts[level + 1]);
        var odd = (end - begin) & 1; // one code stays
        var half = (end - begin) / 2;
        var from = begin + odd;
        if (level == 0)
            Array.Sort(_codes, from, end - from);
        var stays = _codes[begin];
        var coin = Toss();
        for (var i = 0; i < half; i++)
            _codes[from + i] = _codes[from + (2 * i) + coin];
        Join(from, half, end, _starts[level + 2]);
        _starts[level + 1] = end - half;
        _starts[level] = end - half - odd;
        if (odd != 0)
            _codes[_starts[level]] = stays;

        if (level > 0)
            Array.Copy(_codes, _starts[0], _codes, _starts[0] + half, begin - _starts[0]);
        for (var lower = 0; lower < level; lower++)
            _starts[lower] += half;
    }

    /// <summary>Merges <paramref name="half"/> codes at <paramref name="from"/> into those at <paramref name="end"/>, which lie <paramref name="half"/> places behind them.</summary>
    private void Join(int from, int half, int end, int last)
    {
        var into = from + half;
        var stop = into;
        while (from < stop)
        {
            // Never writes over what it has not read: it is behind the second run by as much as is left of the first.
            _codes[into++] = end < last && _codes[end] < _codes[from] ? _codes[end++] : _codes[from++];
        }
    }

    private void AddLevel()
    {
        var codes = new ulong[TotalCapacity(Levels + 1)];
        var more = codes.Length - _codes.Length;
        Array.Copy(_codes, 0, codes, more, _codes.Length);
        _codes = codes;
        _starts = [.. _starts.Select(start => start + more), codes.Length];
    }

    private static int Capacity(int level, int levels) => s_capacities[Math.Min(levels - level - 1, s_capacities.Length - 1)];

    private static int TotalCapacity(int levels) => Enumerable.Range(0, levels).Sum(level => Capacity(level, levels));

    /// <summary>0 or 1 (SplitMix64).</summary>
    private int Toss()
    {
        var z = _coins += 0x9e37_79b9_7f4a_7c15;
        z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
        return (int)((z ^ (z >> 31)) & 1);
    }
}
