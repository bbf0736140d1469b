using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Walks downwards over random ranges of a random tree that changes between two steps, each compared with a sorted dictionary.</summary>
internal sealed class ArtDescendingWalks(int seed) : IDisposable
{
    private readonly Random _random = new(seed);
    private readonly ArtModel _model = new();
    private readonly HashSet<byte[]> _touched = new(new BytesComparer());
    private readonly List<byte[]> _used = [];
    private readonly long[] _nodesMet = new long[4];
    private bool _isGrowing;
    private ulong _lsn = 1;
    private ulong _row;

    /// <summary>A way to walk: lazily, so that the tree changes while it is under way.</summary>
    public delegate IEnumerable<(byte[] Key, KeyVersion Version)> Walk(ArtDescendingWalks of, Lsn asOf, ArtRange range);

    public ArtTree Tree { get; } = new(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);

    public long Returned { get; private set; }

    public long OlderSkipped { get; private set; }

    /// <summary>Times that an inner node was unlinked between two steps of a walk.</summary>
    public long ChangesOfShape { get; private set; }

    /// <summary>Walks of a tree that had a Node4, Node16, Node48, Node256.</summary>
    public IReadOnlyList<long> NodesMet => _nodesMet;

    public static IEnumerable<(byte[] Key, KeyVersion Version)> ByCursor(ArtDescendingWalks of, Lsn asOf, ArtRange range)
    {
        var cursor = of.Tree.OpenDescendingCursor(asOf);
        range.Seek(cursor);
        while (cursor.MoveNext())
            yield return (cursor.Key.ToArray(), cursor.Version);
        of.OlderSkipped += cursor.OlderSkipped;
    }

    public void Dispose() => Tree.Dispose();

    public void Run(int rounds, Walk walk)
    {
        for (var round = 0; round < rounds; round++)
        {
            // The tree grows to some thousand keys, and shrinks to hardly any.
            _isGrowing = round / 40 % 2 == 0;
            for (var i = 0; i < 100; i++)
                Change(horizon: RandomLsn(), above: default);
            var counts = Tree.NodeCounts;
            foreach (var (kind, count) in new[] { counts.Node4, counts.Node16, counts.Node48, counts.Node256 }.Index())
                _nodesMet[kind] += count > 0 ? 1 : 0;
            if (_random.Next(3) == 0)
                CompareNewest(walk);
            else
                CompareAsOf(walk);
        }
    }

    public override string ToString() =>
        $"{Returned} keys met, {OlderSkipped} trimmed ones, {ChangesOfShape} changes of shape; walks with nodes of 4, 16, 48, 256: {string.Join(", ", _nodesMet)}; {Tree.NodeCounts}";

    /// <summary>As of an LSN nothing changes, so a walk has one right answer.</summary>
    private void CompareAsOf(Walk walk)
    {
        var (asOf, range) = (RandomLsn(), RandomRange());
        var expected = _model.Live(asOf, range.Contains, out _);
        expected.Reverse();
        var found = Found(walk, asOf, range, horizon: asOf, above: asOf);
        for (var i = 0; i < Math.Min(expected.Count, found.Count); i++)
        {
            Assert.True(expected[i].Key.AsSpan().SequenceEqual(found[i].Key), $"{Text(found[i].Key)} comes where {Text(expected[i].Key)} is next, {range}");
            Assert.Equal(expected[i].Version, found[i].Version);
        }

        Assert.True(expected.Count == found.Count, $"{found.Count} keys, not {expected.Count}, {range}");
    }

    /// <summary>A walk over the newest versions owes each key that stood still, once, and no key that is not there.</summary>
    private void CompareNewest(Walk walk)
    {
        var range = RandomRange();
        var before = _model.Live(Lsn.Max, range.Contains, out _);
        _touched.Clear();
        var found = Found(walk, Lsn.Max, range, horizon: Lsn.Max, above: default);
        for (var i = 1; i < found.Count; i++)
            Assert.True(found[i].Key.AsSpan().SequenceCompareTo(found[i - 1].Key) < 0, $"{Text(found[i].Key)} comes after {Text(found[i - 1].Key)}, {range}");
        Assert.All(found, entry => Assert.True(range.Contains(entry.Key), $"{Text(entry.Key)} is not in {range}"));
        before.RemoveAll(entry => _touched.Contains(entry.Key));
        before.Reverse();
        found.RemoveAll(entry => _touched.Contains(entry.Key));
        Assert.Equal(before.Select(entry => (Text(entry.Key), entry.Version)), found.Select(entry => (Text(entry.Key), entry.Version)));
    }

    private List<(byte[] Key, KeyVersion Version)> Found(Walk walk, Lsn asOf, ArtRange range, Lsn horizon, Lsn above)
    {
        var found = new List<(byte[] Key, KeyVersion Version)>();
        var isChanging = _random.Next(4) != 0;
        foreach (var entry in walk(this, asOf, range))
        {
            found.Add(entry);
            if (!isChanging || _random.Next(4) != 0)
                continue;
            var shape = Tree.Shape;
            for (var i = _random.Next(_random.Next(8) == 0 ? 60 : 4); i >= 0; i--)
                Change(horizon, above);
            Tree.Reclaim(); // what the walk must not look at any more is poisoned now
            ChangesOfShape += Tree.Shape == shape ? 0 : 1;
        }

        Returned += found.Count;
        return found;
    }

    /// <summary>One change that alters nothing as of an LSN from <paramref name="horizon"/> to <paramref name="above"/>.</summary>
    private void Change(Lsn horizon, Lsn above)
    {
        var key = _random.Next(3) == 0 || _used.Count == 0 ? NewKey() : _used[_random.Next(_used.Count)];
        _touched.Add(key);
        if (_random.Next(100) < (_isGrowing ? 75 : 15))
            Push(key);
        else if (_random.Next(3) == 0)
            Pop(key, above);
        else
            Vacate(key, horizon);
    }

    private void Push(byte[] key)
    {
        var version = new KeyVersion(new RowId(++_row), new Lsn(++_lsn), _random.Next(10) == 0);
        if (_random.Next(20) == 0)
        {
            Tree.Load(key, version, hasHistory: true);
            _model.Load(key, version);
        }
        else
        {
            Tree.Push(key, version);
            _model.Push(key, version);
        }

        if (_used.Count < 4_000)
            _used.Add(key);
        else
            _used[_random.Next(_used.Count)] = key;
    }

    private void Pop(byte[] key, Lsn above)
    {
        if (_model.Newest(key) is { } newest && newest.Lsn > above)
            Assert.Equal(_model.Pop(key, newest.Lsn), Tree.Pop(key, newest.Lsn));
    }

    private void Vacate(byte[] key, Lsn horizon)
    {
        var version = new KeyVersion(new RowId(++_row), new Lsn(++_lsn), true);
        Tree.Push(key, version);
        _model.Push(key, version);
        var trimmed = new Lsn(Math.Min(horizon.Value, _lsn));
        Tree.Trim(key, trimmed);
        _model.Trim(key, trimmed);
    }

    private Lsn RandomLsn() => new(_lsn - Math.Min(_lsn, (ulong)_random.Next(2) * (ulong)_random.Next(500)));

    private ArtRange RandomRange() => _random.Next(6) switch
    {
        0 => new ArtRange([], null),
        1 => new ArtRange(NewKey(), null),
        2 => new ArtRange([], NewKey()),
        3 => new ArtRange(NewKey(), [.. NewKey(), 0]),
        4 => new ArtRange(NewKey(), NewKey()),
        _ => ArtRange.Of(Prefix(NewKey())),
    };

    // Half of them end in a byte that nothing is above.
    private byte[] Prefix(byte[] key)
    {
        var prefix = key[..Math.Min(key.Length, _random.Next(6))];
        return _random.Next(2) == 0 ? prefix : [.. prefix, byte.MaxValue];
    }

    private byte[] NewKey()
    {
        switch (_random.Next(6))
        {
            case 0: // each a prefix of many others
                var word = new byte[_random.Next(7)];
                for (var i = 0; i < word.Length; i++)
                    word[i] = (byte)(_random.Next(4) == 0 ? byte.MaxValue : 'a' + _random.Next(2));
                return word;
            case 1: // a long prefix that ends anywhere, so that branches come and go in its middle
                return [.. "a/prefix/of/more/than/ten/bytes"u8[.._random.Next(32)], .. Bytes(_random.Next(2))];
            case 2: // any byte, below a prefix
                return [.. "node256/"u8, (byte)_random.Next(256)];
            case 3: // nodes of some few children, at the lowest and the highest bytes
                var few = _random.Next(3) * 10;
                return [.. "few"u8, (byte)few, (byte)(_random.Next(2) == 0 ? _random.Next(1 + few) : 255 - _random.Next(1 + few))];
            case 4:
                return [.. "deep"u8, (byte)_random.Next(8), .. Bytes(1)];
            default:
                return [.. Bytes(1), (byte)_random.Next(_random.Next(1, 8))];
        }
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private static string Text(byte[] key) => Convert.ToHexString(key);

    private sealed class BytesComparer : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] key)
        {
            var hash = default(HashCode);
            hash.AddBytes(key);
            return hash.ToHashCode();
        }
    }
}
