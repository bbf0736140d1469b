using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>What a tree must answer, from a sorted dictionary of lists.</summary>
internal sealed class ArtModel
{
    private readonly SortedDictionary<byte[], Entry> _entries = new(Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y)));

    public int KeyCount => _entries.Count;

    public long LiveCount => _entries.Values.Count(e => !e.Versions[0].Vacated);

    public IReadOnlyList<byte[]> Keys => [.. _entries.Keys];

    public long VersionCount => _entries.Values.Sum(e => e.Versions.Count - 1L);

    public KeyVersion? Newest(byte[] key) => _entries.TryGetValue(key, out var entry) ? entry.Versions[0] : null;

    public void Push(byte[] key, KeyVersion version)
    {
        if (!_entries.TryGetValue(key, out var entry))
            _entries.Add(key, entry = new Entry());
        entry.Versions.Insert(0, version);
    }

    public void Load(byte[] key, KeyVersion version)
    {
        if (!_entries.ContainsKey(key))
            _entries.Add(key, new Entry { IsTrimmed = true });
        Push(key, version);
    }

    public bool Pop(byte[] key, Lsn lsn)
    {
        if (!_entries.TryGetValue(key, out var entry) || entry.Versions[0].Lsn != lsn)
            return false;
        entry.Versions.RemoveAt(0);
        if (entry.Versions.Count == 0)
            _entries.Remove(key);
        return true;
    }

    public void Trim(byte[] key, Lsn horizon)
    {
        if (!_entries.TryGetValue(key, out var entry))
            return;
        var visible = entry.Versions.FindIndex(v => v.Lsn <= horizon);
        if (visible < 0)
            return;
        if (visible == 0 && entry.Versions[0].Vacated)
        {
            _entries.Remove(key);
        }
        else if (visible + 1 < entry.Versions.Count)
        {
            entry.Versions.RemoveRange(visible + 1, entry.Versions.Count - visible - 1);
            entry.IsTrimmed = true;
        }
    }

    public KeyLookup Find(byte[] key, Lsn asOf, out KeyVersion version)
    {
        version = default;
        return _entries.TryGetValue(key, out var entry) ? entry.Find(asOf, out version) : KeyLookup.Absent;
    }

    public List<(byte[] Key, KeyVersion Version)> Live(Lsn asOf, Func<byte[], bool> within, out long older)
    {
        var found = new List<(byte[], KeyVersion)>();
        older = 0;
        foreach (var (key, entry) in _entries)
        {
            if (!within(key))
                continue;
            var lookup = entry.Find(asOf, out var version);
            if (lookup == KeyLookup.Live)
                found.Add((key, version));
            else if (lookup == KeyLookup.Older)
                older++;
        }

        return found;
    }

    private sealed class Entry
    {
        public List<KeyVersion> Versions { get; } = [];

        public bool IsTrimmed { get; set; }

        public KeyLookup Find(Lsn asOf, out KeyVersion version)
        {
            var at = Versions.FindIndex(v => v.Lsn <= asOf);
            version = at < 0 ? default : Versions[at];
            if (at < 0)
                return IsTrimmed ? KeyLookup.Older : KeyLookup.Absent;
            return version.Vacated ? KeyLookup.Vacated : KeyLookup.Live;
        }
    }
}
