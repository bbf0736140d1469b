using System.Collections.Concurrent;
using Helios.Pipeline.Storage;
using static Helios.Pipeline.Storage.Tests.ArtTestKeys;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Scans of readers against one writer whose every change is known beforehand, so that each scan has one right answer.</summary>
internal sealed class ArtPrefixRace
{
    private const int RowsPerParent = 300;

    /// <summary>So that a dozen rows are in a node, and nearly every change replaces one.</summary>
    private const int RowSpacing = 23;

    /// <summary>Steps after which what was vacated goes altogether, and how far behind a reader may look.</summary>
    private const int Lag = 3_000;

    private readonly ArtTree _tree;
    private readonly byte[][] _parents;
    private readonly int _seed;

    // Key by number, sorted; at which steps (= LSNs) each comes or goes, alternating; the key of each step.
    private readonly byte[][] _keys;
    private readonly List<int>[] _changes;
    private readonly int[] _keyOfStep;
    private readonly ConcurrentQueue<string> _failures = new();
    private int _visible;
    private long _scans;
    private long _returned;

    public ArtPrefixRace(ArtTree tree, byte[][] parents, int seed, int steps)
    {
        (_tree, _parents, _seed) = (tree, parents, seed);
        _keys = [.. parents.SelectMany(parent => Enumerable.Range(1, RowsPerParent).Select(row => ArtPrefixScanTests.Child(parent, (ulong)row * RowSpacing)))];
        Array.Sort(_keys, (x, y) => x.AsSpan().SequenceCompareTo(y));
        _changes = [.. _keys.Select(_ => new List<int>())];
        _keyOfStep = new int[steps + 1];
        var random = new Random(seed);
        for (var step = 1; step <= steps; step++)
        {
            // Waves over neighbours, so that nodes fill and empty.
            var at = ((step / 200 * 97) + random.Next(250)) % _keys.Length;
            _keyOfStep[step] = at;
            _changes[at].Add(step);
        }
    }

    public long Scans => _scans;

    public long Returned => _returned;

    /// <summary>Whether readers walk from the last key to the first.</summary>
    public bool Descending { get; init; }

    /// <summary>Runs all steps; answers the first thing that went wrong, or null.</summary>
    public string? Run(int readers, bool newest)
    {
        var threads = Enumerable.Range(1, readers).Select(i => new Thread(() => Guard(() => Read(new Random(_seed + i), newest)))).ToList();
        threads.ForEach(thread => thread.Start());
        Guard(Write);
        Volatile.Write(ref _visible, int.MaxValue);
        threads.ForEach(thread => thread.Join());
        return _failures.TryPeek(out var failure) ? failure : null;
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _failures.Enqueue(e.ToString());
        }
    }

    private void Write()
    {
        for (var step = 1; step < _keyOfStep.Length && _failures.IsEmpty; step++)
        {
            var at = _keyOfStep[step];
            var lsn = (ulong)step;
            _tree.Push(_keys[at], IsLive(at, step) ? Row(lsn, lsn) : Vacated(lsn, lsn));
            if (step > Lag)
                _tree.Trim(_keys[_keyOfStep[step - Lag]], new Lsn(lsn - Lag));
            Volatile.Write(ref _visible, step);
        }
    }

    private void Read(Random random, bool newest)
    {
        var found = new List<(byte[] Key, ulong Row)>();
        for (int before; (before = Volatile.Read(ref _visible)) != int.MaxValue && _failures.IsEmpty;)
        {
            var parent = _parents[random.Next(_parents.Length)];
            var asOf = before - Math.Min(before, random.Next(Lag / 2));
            found.Clear();
            Scan(parent, newest ? Lsn.Max : new Lsn((ulong)asOf), found);
            var after = Volatile.Read(ref _visible);
            if (after == int.MaxValue)
                return; // how far the writer had come by then is not known
            if (newest)
                Compare(parent, found, before, after + 1);
            else if (after + 1 - Lag <= asOf)
                Compare(parent, found, asOf, asOf);
            Interlocked.Increment(ref _scans);
            Interlocked.Add(ref _returned, found.Count);
        }
    }

    private void Scan(byte[] parent, Lsn asOf, List<(byte[] Key, ulong Row)> found)
    {
        if (!Descending)
        {
            var cursor = _tree.OpenCursor(asOf);
            for (cursor.SeekPrefix(parent); cursor.MoveNext();)
                found.Add((cursor.Key.ToArray(), cursor.Version.Row.Value));
            return;
        }

        var downwards = _tree.OpenDescendingCursor(asOf);
        for (downwards.SeekPrefix(parent); downwards.MoveNext();)
            found.Add((downwards.Key.ToArray(), downwards.Version.Row.Value));
        found.Reverse();
    }

    // What was live from the one step to the other must be there; what was live at no step between must not.
    private void Compare(byte[] parent, List<(byte[] Key, ulong Row)> found, int first, int last)
    {
        var next = 0;
        for (var at = 0; at < _keys.Length; at++)
        {
            if (!_keys[at].AsSpan().StartsWith(parent))
                continue;
            var isFound = next < found.Count && found[next].Key.AsSpan().SequenceEqual(_keys[at]);
            var row = isFound ? (int)found[next++].Row : 0;
            var isUnchanged = LastChange(at, first) == LastChange(at, last);
            if (isFound && !(row <= last && row >= LastChange(at, first) && _keyOfStep[row] == at && IsLive(at, row)))
                Fail(at, first, last, $"is there with row {row}");
            else if (!isFound && isUnchanged && IsLive(at, first))
                Fail(at, first, last, "is missing");
        }

        if (next != found.Count)
            _failures.Enqueue($"{Convert.ToHexString(found[next].Key)} is out of order, doubled, or not below {Convert.ToHexString(parent)}");
    }

    private void Fail(int at, int first, int last, string what) =>
        _failures.Enqueue($"{Convert.ToHexString(_keys[at])}, last changed at {LastChange(at, last)}, {what} in a scan of {first}..{last}");

    private bool IsLive(int at, int step) => CountUntil(at, step) % 2 == 1;

    private int LastChange(int at, int step) => CountUntil(at, step) is > 0 and var count ? _changes[at][count - 1] : 0;

    private int CountUntil(int at, int step)
    {
        var found = _changes[at].BinarySearch(step);
        return found < 0 ? ~found : found + 1;
    }
}
