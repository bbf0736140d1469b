using System.Collections.Concurrent;
using System.Diagnostics;
using Helios.Pipeline.Storage;
using static Helios.Pipeline.Storage.Tests.ArtTestKeys;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Readers against the writer of one tree, until the time is over or a reader sees what cannot be.</summary>
internal sealed class ArtStress(ArtTree tree, int seed, bool withCursors)
{
    private const int Groups = 48;
    private const int Members = 3;
    private const int VersionedKeys = 256;

    /// <summary>How far readers may lag behind before trimming catches up with them.</summary>
    private const ulong Lag = 4_000;

    private static readonly byte[] Shared = Key("a/long/shared/prefix/");
    private static readonly byte[] Inner = Key("of-a-group-");
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly HashSet<int> _present = [];
    private ulong _visible;
    private long _reads;
    private long _scans;
    private volatile bool _isOver;

    public long Reads => _reads;

    public long Scans => _scans;

    public ulong Writes => _visible;

    /// <summary>The first thing that went wrong, or null.</summary>
    public string? Run(TimeSpan time, int readers)
    {
        for (var group = 0; group < Groups; group++)
        {
            for (var member = 0; member < Members; member++)
                tree.Push(Stable(group, member), Row(StableRow(group, member)));
        }

        var threads = new List<Thread>();
        for (var i = 0; i < readers; i++)
        {
            var readerSeed = seed + i + 1;
            threads.Add(new Thread(() => Guard(() => Read(new Random(readerSeed)))));
        }

        foreach (var thread in threads)
            thread.Start();
        var clock = Stopwatch.StartNew();
        Guard(() => Write(new Random(seed), clock, time));
        _isOver = true;
        foreach (var thread in threads)
            thread.Join();
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

    private void Fail(string what) => _failures.Enqueue(what);

    private void Write(Random random, Stopwatch clock, TimeSpan time)
    {
        while (clock.Elapsed < time && _failures.IsEmpty)
        {
            // A wave changes one group's nodes from nearly empty to full or back.
            var group = random.Next(Groups);
            var fill = random.Next(5) * 25;
            for (var i = 0; i < 160; i++)
            {
                Toggle((group * 1_000) + i, random.Next(100) < fill);
                PushNextVersion();
            }

            for (var i = 0; i < 20; i++)
                Toggle(1_000_000 + random.Next(300), random.Next(2) == 0);
        }
    }

    private void Toggle(int number, bool wanted)
    {
        if (wanted == _present.Contains(number))
            return;
        var key = Churn(number);
        var lsn = _visible + 1;
        if (wanted)
        {
            tree.Push(key, Row(1, lsn));
            _present.Add(number);
            return;
        }

        tree.Push(key, Vacated(1, lsn));
        tree.Trim(key, new Lsn(lsn));
        _present.Remove(number);
    }

    private void PushNextVersion()
    {
        var lsn = _visible + 1;
        var key = Versioned((int)(lsn % VersionedKeys));
        tree.Push(key, new KeyVersion(new RowId(lsn), new Lsn(lsn), !IsLiveAt(lsn)));
        if (lsn > Lag)
            tree.Trim(key, new Lsn(lsn - Lag));
        Volatile.Write(ref _visible, lsn);
    }

    private void Read(Random random)
    {
        long reads = 0;
        long scans = 0;
        while (!_isOver && _failures.IsEmpty)
        {
            var dice = random.Next(64);
            if (dice == 0 && withCursors)
            {
                ScanGroup(random.Next(Groups));
                scans++;
            }
            else if (dice < 24)
            {
                ReadStable(random.Next(Groups), random.Next(Members));
            }
            else if (dice < 40)
            {
                ReadNever(random);
            }
            else
            {
                ReadVersioned(random.Next(VersionedKeys), (ulong)random.Next(1_000));
            }

            reads++;
        }

        Interlocked.Add(ref _reads, reads);
        Interlocked.Add(ref _scans, scans);
    }

    private void ReadStable(int group, int member)
    {
        var found = tree.Find(Stable(group, member), Lsn.Max, out var version);
        if (found != KeyLookup.Live || version != Row(StableRow(group, member)))
            Fail($"false miss: stable key {group}/{member} is {found} {version}");
    }

    private void ReadNever(Random random)
    {
        var key = Never(random);
        var found = tree.Find(key, Lsn.Max, out var version);
        if (found != KeyLookup.Absent)
            Fail($"false hit: {Convert.ToHexString(key)} is {found} {version}");
    }

    private void ReadVersioned(int key, ulong behind)
    {
        var visible = Volatile.Read(ref _visible);
        var asOf = visible - Math.Min(visible, behind);
        var found = tree.Find(Versioned(key), new Lsn(asOf), out var version);
        var expected = ((ulong)key > asOf ? 0 : asOf - ((asOf - (ulong)key) % VersionedKeys));
        if (expected == 0)
        {
            if (found is KeyLookup.Live or KeyLookup.Vacated)
                Fail($"versioned key {key} as of {asOf} is {found} {version}");
            return;
        }

        var isRight = IsLiveAt(expected)
            ? found == KeyLookup.Live && version == Row(expected, expected)
            : found == KeyLookup.Absent || (found == KeyLookup.Vacated && version == Vacated(expected, expected));
        if (!isRight && Volatile.Read(ref _visible) + 1 - asOf <= Lag)
            Fail($"versioned key {key} as of {asOf} is {found} {version}, not the version of {expected}");
    }

    private void ScanGroup(int group)
    {
        var cursor = tree.OpenCursor(Lsn.Max);
        byte[] prefix = [.. Shared, (byte)group, .. Inner];
        var last = Array.Empty<byte>();
        var stable = 0;
        cursor.SeekPrefix(prefix);
        while (cursor.MoveNext())
        {
            if (cursor.Key.SequenceCompareTo(last) <= 0 || !cursor.Key.StartsWith(prefix))
                Fail($"a scan returned {Convert.ToHexString(cursor.Key)} after {Convert.ToHexString(last)}");
            last = cursor.Key.ToArray();
            if (stable < Members && cursor.Key.SequenceEqual(Stable(group, stable)))
                stable++;
        }

        if (stable != Members)
            Fail($"a scan of group {group} missed stable key {stable}");
    }

    private static bool IsLiveAt(ulong lsn) => lsn / VersionedKeys % 3 != 0;

    private static ulong StableRow(int group, int member) => (ulong)((group * Members) + member + 1);

    private static byte[] Stable(int group, int member) => [.. Shared, (byte)group, .. Inner, (byte)(member * 32)];

    private static byte[] Versioned(int number) => [.. "versioned"u8, (byte)number];

    // Churn comes to lie beside, below and above the stable keys, and cuts their prefixes.
    private static byte[] Churn(int number)
    {
        var (group, i) = int.DivRem(number, 1_000);
        if (group < Groups)
        {
            return i < 128
                ? [.. Shared, (byte)group, .. Inner, (byte)((i * 2) + 1)]
                : i < 144
                    ? [.. Stable(group, i % Members), (byte)i]
                    : [.. Shared, (byte)group, .. Inner.AsSpan(0, i % Inner.Length), 1];
        }

        return i < 200 ? [.. Shared, (byte)(Groups + i)] : [.. Shared.AsSpan(0, i % Shared.Length), 2];
    }

    private static byte[] Never(Random random)
    {
        var group = random.Next(Groups);
        return random.Next(4) switch
        {
            0 => [.. Shared, (byte)group, .. Inner, (byte)((random.Next(64) * 4) + 2)],
            1 => [.. Shared, (byte)group, .. Inner.AsSpan(0, random.Next(Inner.Length))],
            2 => [.. Stable(group, random.Next(Members)), 0],
            _ => Shared[..random.Next(Shared.Length)],
        };
    }
}
