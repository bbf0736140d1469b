using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Storage.Tests;

public class ArtPropertyTests
{
    private static readonly byte[] LongPrefix = Encoding.ASCII.GetBytes("/a/prefix/of/more/than/ten/bytes/");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_tree_answers_as_a_sorted_dictionary_does_through_every_change_of_shape(int run)
    {
        var seed = ArtTestKeys.Seed();
        try
        {
            new Run(seed + run - 1).Go();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"HELIOS_SEED={seed + run - 1} (run 1) repeats this", e);
        }
    }

    private sealed class Run(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly ArtModel _model = new();
        private readonly ArtTree _tree = new(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
        private readonly List<byte[]> _used = [];
        private ulong _lsn = 1;
        private ulong _row;

        public void Go()
        {
            using (_tree)
            {
                for (var phase = 0; phase < 6; phase++)
                {
                    var isGrowing = phase % 2 == 0;
                    for (var i = 0; i < 9_000; i++)
                        Step(isGrowing);
                    for (var i = 0; i < 25; i++)
                        CompareScan();
                    ArtWalk.Check(_tree);
                    Assert.Equal(_model.LiveCount, _tree.Count);
                    Assert.Equal(_model.VersionCount, _tree.NodeCounts.Versions);
                    if (isGrowing)
                        AssertEveryKind(_tree.NodeCounts);
                    else
                        RemoveMost();
                }

                RemoveAll();
                AssertEveryEvent(_tree.Events);
            }
        }

        private void Step(bool isGrowing)
        {
            _lsn += (ulong)_random.Next(2);
            var key = _random.Next(100) < 40 && _used.Count > 0 ? _used[_random.Next(_used.Count)] : NewKey();
            var dice = _random.Next(100);
            if (dice < (isGrowing ? 60 : 25))
                Push(key, vacated: _random.Next(100) < (isGrowing ? 10 : 50));
            else if (dice < (isGrowing ? 65 : 45))
                Pop(key);
            else if (dice < (isGrowing ? 75 : 90))
                Trim(key);
            Compare(key, RandomLsn());
            Compare(NewKey(), Lsn.Max);
        }

        private void Push(byte[] key, bool vacated)
        {
            var version = new KeyVersion(new RowId(++_row), new Lsn(_lsn), vacated);
            if (_random.Next(10) == 0)
            {
                _tree.Load(key, version, hasHistory: true);
                _model.Load(key, version);
            }
            else
            {
                _tree.Push(key, version);
                _model.Push(key, version);
            }

            _used.Add(key);
        }

        private void Pop(byte[] key)
        {
            var lsn = _random.Next(3) == 0 ? RandomLsn() : _model.Newest(key)?.Lsn ?? RandomLsn();
            Assert.Equal(_model.Pop(key, lsn), _tree.Pop(key, lsn));
        }

        private void Trim(byte[] key)
        {
            var horizon = RandomLsn();
            _model.Trim(key, horizon);
            _tree.Trim(key, horizon);
        }

        private void RemoveMost()
        {
            foreach (var key in _model.Keys)
            {
                if (_random.Next(100) >= 3)
                    Vacate(key);
            }

            ArtWalk.Check(_tree);
            CompareScan();
        }

        private void RemoveAll()
        {
            foreach (var key in _model.Keys)
                Vacate(key);
            _tree.Reclaim();
            Assert.Equal(default, _tree.NodeCounts);
            Assert.Equal(0, _tree.LiveBytes);
            Assert.Equal(0, _tree.Count);
            Assert.Equal(0, _tree.Unreclaimed);
        }

        private void Vacate(byte[] key)
        {
            var version = new KeyVersion(new RowId(++_row), new Lsn(++_lsn), true);
            _tree.Push(key, version);
            _model.Push(key, version);
            _tree.Trim(key, version.Lsn);
            _model.Trim(key, version.Lsn);
            Assert.Equal(KeyLookup.Absent, _tree.Find(key, Lsn.Max, out _));
        }

        private void Compare(byte[] key, Lsn asOf)
        {
            var expected = _model.Find(key, asOf, out var expectedVersion);
            Assert.Equal(expected, _tree.Find(key, asOf, out var version));
            Assert.Equal(expectedVersion, version);
            var newest = _model.Newest(key);
            Assert.Equal(newest.HasValue, _tree.TryGetNewest(key, out version));
            Assert.Equal(newest ?? default, version);
        }

        private void CompareScan()
        {
            var asOf = _random.Next(3) == 0 ? RandomLsn() : new Lsn(_lsn);
            var a = NewKey();
            var b = NewKey();
            var cursor = _tree.OpenCursor(asOf);
            switch (_random.Next(4))
            {
                case 0:
                    cursor.Seek(a);
                    CompareScan(cursor, asOf, k => k.AsSpan().SequenceCompareTo(a) >= 0);
                    break;
                case 1:
                    cursor.SeekRange(a, b);
                    CompareScan(cursor, asOf, k => k.AsSpan().SequenceCompareTo(a) >= 0 && k.AsSpan().SequenceCompareTo(b) < 0);
                    break;
                case 2:
                    var prefix = a[..Math.Min(a.Length, _random.Next(40))];
                    cursor.SeekPrefix(prefix);
                    CompareScan(cursor, asOf, k => k.AsSpan().StartsWith(prefix));
                    break;
                default:
                    cursor.Seek(default);
                    CompareScan(cursor, asOf, _ => true);
                    break;
            }
        }

        private void CompareScan(ArtCursor cursor, Lsn asOf, Func<byte[], bool> within)
        {
            var expected = _model.Live(asOf, within, out var older);
            foreach (var (key, version) in expected)
            {
                Assert.True(cursor.MoveNext());
                Assert.Equal(key, cursor.Key.ToArray());
                Assert.Equal(version, cursor.Version);
                if (_random.Next(50) == 0)
                    ChangeShapeElsewhere();
            }

            Assert.False(cursor.MoveNext());
            Assert.False(cursor.MoveNext());
            Assert.Equal(older, cursor.OlderSkipped);
        }

        // Nothing that is live as of an LSN so far: the cursor must go on as if nothing had happened.
        private void ChangeShapeElsewhere()
        {
            var key = NewKey();
            if (_model.Newest(key) is not null)
                return;
            _tree.Push(key, new KeyVersion(new RowId(1), new Lsn(_lsn + 1), false));
            Assert.True(_tree.Pop(key, new Lsn(_lsn + 1)));
        }

        private Lsn RandomLsn() => new(_lsn - Math.Min(_lsn, (ulong)_random.Next(2_000)));

        private byte[] NewKey()
        {
            var kind = _random.Next(6);
            switch (kind)
            {
                case 0: // each a prefix of many others
                    var word = new byte[_random.Next(7)];
                    for (var i = 0; i < word.Length; i++)
                        word[i] = (byte)('a' + _random.Next(3));
                    return word;
                case 1: // long shared prefixes that end anywhere
                    return [.. LongPrefix.AsSpan(0, _random.Next(LongPrefix.Length + 1)), .. Bytes(_random.Next(2))];
                case 2: // one byte of 256 below a long prefix
                    return [.. LongPrefix, (byte)_random.Next(256)];
                case 3: // nodes of every size, with prefixes of their own
                    var top = _random.Next(LongPrefix.Length);
                    return [.. "k"u8, (byte)top, .. LongPrefix.AsSpan(0, top), (byte)_random.Next(1 + (top * 7))];
                case 4:
                    return [.. "n"u8, 0, 0, .. Bytes(2)];
                default:
                    return Bytes(_random.Next(1, 3));
            }
        }

        private byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            _random.NextBytes(bytes);
            return bytes;
        }

        private static void AssertEveryKind(ArtNodeCounts counts)
        {
            Assert.All([counts.Node4, counts.Node16, counts.Node48, counts.Node256, counts.Leaves, counts.Versions], n => Assert.True(n > 0, counts.ToString()));
        }

        private static void AssertEveryEvent(ArtEvents events)
        {
            Assert.True(events.Grow4To16 > 0, "no Node4 grew");
            Assert.True(events.Grow16To48 > 0, "no Node16 grew");
            Assert.True(events.Grow48To256 > 0, "no Node48 grew");
            Assert.True(events.Shrink256To48 > 0, "no Node256 shrank");
            Assert.True(events.Shrink48To16 > 0, "no Node48 shrank");
            Assert.True(events.Shrink16To4 > 0, "no Node16 shrank");
            Assert.True(events.Compact48 > 0, "no Node48 was rebuilt");
            Assert.True(events.LeafSplit > 0, "no leaf was split");
            Assert.True(events.PrefixSplit > 0, "no prefix was split");
            Assert.True(events.Merge > 0, "no node was merged with its child");
            Assert.True(events.Collapse > 0, "no node gave way to its last leaf");
        }
    }
}
