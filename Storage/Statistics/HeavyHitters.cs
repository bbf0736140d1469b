namespace Helios.Pipeline.Storage;

/// <summary>
/// The values that are there most often: every one that makes up more than 1/<see cref="Counters"/> of all is among them (Misra and Gries). What is counted lies
/// below the truth, by <see cref="Error"/> at most.
/// </summary>
/// <remarks>
/// A value is known by its hash and kept as bytes: whole up to <see cref="MostWholeBytes"/>, else as its first <see cref="ClippedBytes"/>.
/// There is room for twice the counters. Once it is full, the count at place <see cref="Counters"/> + 1 is taken from each, and those that have nothing left go: so a
/// pass over them is due for every <see cref="Counters"/> new values at most, and takes as much from more than <see cref="Counters"/> of them, which is why
/// the sum of all passes, the error, is below 1/<see cref="Counters"/> of what was counted. The same values in the same order give the same.
/// One owner, one thread. Allocates nothing after it was made.
/// </remarks>
internal sealed class HeavyHitters
{
    public const int Counters = 100;
    public const int MostWholeBytes = 64;
    public const int ClippedBytes = 32;

    private const int Room = 2 * Counters;
    private const int Places = 512; // a power of two, more than twice the room: short ways to a free place
    private const byte ClippedFlag = 0x80;

    private readonly int _slotBytes;
    private readonly ulong[] _hashes = new ulong[Room];
    private readonly long[] _counts = new long[Room];
    private readonly byte[] _lengths = new byte[Room]; // and whether it is clipped
    private readonly byte[] _values;
    private readonly short[] _places = new short[Places]; // 0 = free, else the entry + 1
    private readonly long[] _order = new long[Room];
    private int _entries;

    /// <param name="slotBytes">The longest value, where all are short: 32 to 64.</param>
    public HeavyHitters(int slotBytes = MostWholeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slotBytes, ClippedBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slotBytes, MostWholeBytes);
        _slotBytes = slotBytes;
        _values = new byte[Room * slotBytes];
    }

    /// <summary>Values counted.</summary>
    public long Total { get; private set; }

    /// <summary>No count is further below the truth; a value that is not among them was there as often at most.</summary>
    public long Error { get; private set; }

    /// <summary>Memory that it holds, about.</summary>
    public long Bytes => _values.Length + _lengths.Length + ((_hashes.Length + _counts.Length + _order.Length) * sizeof(long)) + (_places.Length * sizeof(short));

    /// <summary>Counts a value.</summary>
    /// <param name="hash">The same for equal values.</param>
    /// <param name="value">Its bytes; those of the first of several equal ones are kept.</param>
    public void Add(ulong hash, ReadOnlySpan<byte> value)
    {
        Total++;
        var place = Find(hash);
        if (_places[place] is > 0 and var entry)
            _counts[entry - 1]++;
        else
            Insert(place, hash, 1, value[..Math.Min(value.Length, value.Length > _slotBytes ? ClippedBytes : _slotBytes)], value.Length > _slotBytes);
    }

    /// <summary>Takes in what another one has counted.</summary>
    public void Merge(HeavyHitters other)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(other._slotBytes, _slotBytes, nameof(other));
        Total += other.Total;
        Error += other.Error;
        foreach (var value in other.Top(Room))
        {
            var place = Find(value.Hash);
            if (_places[place] is > 0 and var entry)
                _counts[entry - 1] += value.Count;
            else
                Insert(place, value.Hash, value.Count, value.Bytes, value.IsClipped);
        }
    }

    /// <summary>The most common values, most common first; those that are equally common in the order of their hashes.</summary>
    public HeavyHitter[] Top(int most) =>
    [
        .. Enumerable.Range(0, _entries).OrderByDescending(i => _counts[i]).ThenBy(i => _hashes[i]).Take(most)
            .Select(i => new HeavyHitter(_hashes[i], _counts[i], _values.AsSpan(i * _slotBytes, _lengths[i] & ~ClippedFlag).ToArray(), (_lengths[i] & ClippedFlag) != 0)),
    ];

    private void Insert(int place, ulong hash, long count, ReadOnlySpan<byte> value, bool isClipped)
    {
        if (_entries == Room)
        {
            Reduce();
            place = Find(hash);
        }

        var entry = _entries++;
        _places[place] = (short)_entries;
        _hashes[entry] = hash;
        _counts[entry] = count;
        _lengths[entry] = (byte)(value.Length | (isClipped ? ClippedFlag : 0));
        value.CopyTo(_values.AsSpan(entry * _slotBytes));
    }

    /// <summary>Where the hash is, or the free place where it belongs.</summary>
    private int Find(ulong hash)
    {
        var at = (int)(hash % Places);
        while (_places[at] is > 0 and var entry && _hashes[entry - 1] != hash)
            at = (at + 1) % Places;
        return at;
    }

    private void Reduce()
    {
        var less = CountBehindTheFirst();
        Error += less;
        Array.Clear(_places);
        var kept = 0;
        for (var i = 0; i < Room; i++)
        {
            if (_counts[i] <= less)
                continue;
            _hashes[kept] = _hashes[i];
            _counts[kept] = _counts[i] - less;
            _lengths[kept] = _lengths[i];
            _values.AsSpan(i * _slotBytes, _slotBytes).CopyTo(_values.AsSpan(kept * _slotBytes));
            _places[Find(_hashes[kept])] = (short)(kept + 1);
            kept++;
        }

        _entries = kept;
    }

    /// <summary>The count at place <see cref="Counters"/> + 1 in falling order.</summary>
    private long CountBehindTheFirst()
    {
        // Mostly it is the lowest one, because most values are rare: then there is nothing to sort.
        var (lowest, above) = (long.MaxValue, 0);
        foreach (var count in _counts)
            lowest = Math.Min(lowest, count);
        foreach (var count in _counts)
            above += count > lowest ? 1 : 0;
        if (above <= Counters)
            return lowest;
        _counts.CopyTo(_order, 0);
        Array.Sort(_order);
        return _order[Room - 1 - Counters];
    }
}

/// <summary>A value that is there often.</summary>
/// <param name="Hash">What it is known by.</param>
/// <param name="Count">How often it was there at least.</param>
/// <param name="Bytes">Its bytes, or the first of them.</param>
/// <param name="IsClipped">Are these the first bytes only?</param>
internal readonly record struct HeavyHitter(ulong Hash, long Count, byte[] Bytes, bool IsClipped);
