namespace Helios.Pipeline.Storage;

/// <summary>Different hashes, each once: open addressing in a table of at most twice as many places. One owner, one thread.</summary>
internal sealed class HashList
{
    private const int FirstPlaces = 16;

    private ulong[] _places = new ulong[FirstPlaces]; // 0 = free
    private int _taken;
    private bool _hasZero;

    public int Count => _taken + (_hasZero ? 1 : 0);

    public long Bytes => (long)_places.Length * sizeof(ulong);

    public void Add(ulong hash)
    {
        if (hash == 0)
        {
            _hasZero = true;
            return;
        }

        if (!TryTake(_places, hash))
            return;
        _taken++;
        if (_taken * 2 > _places.Length)
            Grow();
    }

    public ulong[] ToArray() => [.. _places.Where(hash => hash != 0), .. _hasZero ? new ulong[1] : []];

    private void Grow()
    {
        var larger = new ulong[_places.Length * 2];
        foreach (var hash in _places)
        {
            if (hash != 0)
                TryTake(larger, hash);
        }

        _places = larger;
    }

    /// <summary>False where it is there already.</summary>
    private static bool TryTake(ulong[] places, ulong hash)
    {
        var mask = places.Length - 1;
        for (var at = (int)hash & mask; ; at = (at + 1) & mask)
        {
            if (places[at] == hash)
                return false;
            if (places[at] != 0)
                continue;
            places[at] = hash;
            return true;
        }
    }
}
