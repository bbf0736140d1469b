using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Random rows of some partitions in a store, most of them deleted in runs, and all versions that each ever had.</summary>
internal sealed class SweptModel(RocksStore store, Random random)
{
    private const int MostRows = 400;

    private static readonly uint[] s_partitions = [16, 17, 19];

    private readonly Dictionary<uint, List<List<(ulong Lsn, bool IsDeleted)>>> _rows = s_partitions.ToDictionary(static p => p, static _ => new List<List<(ulong, bool)>>()); // by row id, from 1
    private ulong _now;

    public Lsn Now => new(_now);

    public int Next(int from, int before) => random.Next(from, before);

    /// <summary>Commits, each of which inserts rows, or changes or deletes neighbours.</summary>
    public void Write(int steps)
    {
        for (; steps > 0; steps--)
        {
            _now++;
            using var batch = store.NewBatch();
            var partition = s_partitions[random.Next(s_partitions.Length)];
            var (rows, count) = (_rows[partition], random.Next(1, MostRows));
            var kind = random.Next(4);
            if (kind == 0)
            {
                for (; count > 0; count--)
                    rows.Add([]);
                count = random.Next(1, MostRows);
            }

            // Of the beginning, the end, or anywhere.
            var first = random.Next(3) switch { 0 => 0, 1 => Math.Max(0, rows.Count - count), _ => random.Next(rows.Count + 1) };
            for (var at = 0; at < rows.Count; at++)
            {
                var versions = rows[at];
                if (versions.Count == 0)
                    Put(batch, partition, at, versions);
                else if (at >= first && at < first + count && !versions[^1].IsDeleted && kind == 1)
                    Put(batch, partition, at, versions);
                else if (at >= first && at < first + count && !versions[^1].IsDeleted && kind > 1)
                    Delete(batch, partition, at, versions);
            }

            store.Write(batch);
        }
    }

    /// <summary>A commit that empties the beginning and the end of each partition: a sweep goes from one into the next without a row between that stays.</summary>
    public void DeleteEnds()
    {
        _now++;
        using var batch = store.NewBatch();
        foreach (var (partition, rows) in _rows)
        {
            var count = random.Next(1, MostRows);
            for (var at = 0; at < rows.Count; at++)
            {
                if ((at < count || at >= rows.Count - count) && !rows[at][^1].IsDeleted)
                    Delete(batch, partition, at, rows[at]);
            }
        }

        store.Write(batch);
    }

    /// <summary>What readers see now, and saw at some moments since another one.</summary>
    public void Check(Lsn from)
    {
        foreach (var lsn in new[] { from.Value, (ulong)random.NextInt64((long)from.Value, (long)_now + 1), _now })
        {
            foreach (var partition in s_partitions)
                Assert.Equal(Seen(partition, lsn), Scan(partition, lsn));
        }
    }

    /// <summary>Versions that somebody at or after a moment can see.</summary>
    public int Kept(Lsn asOf) => _rows.Values.SelectMany(static rows => rows).Sum(versions =>
    {
        var dead = versions.FindLastIndex(v => v.Lsn <= asOf.Value);
        return versions.Count - (dead < 0 ? 0 : versions[dead].IsDeleted ? dead + 1 : dead);
    });

    public int Stored()
    {
        using var versions = store.OpenVersions();
        var count = 0;
        while (versions.MoveNext())
            count++;
        return count;
    }

    private void Put(StoreBatch batch, uint partition, int at, List<(ulong, bool)> versions)
    {
        versions.Add((_now, false));
        batch.PutRow(partition, new RowId((ulong)at + 1), Now, [1, 2, 3]);
    }

    private void Delete(StoreBatch batch, uint partition, int at, List<(ulong, bool)> versions)
    {
        versions.Add((_now, true));
        batch.DeleteRow(partition, new RowId((ulong)at + 1), Now);
    }

    private List<(ulong Row, ulong Lsn)> Seen(uint partition, ulong lsn)
    {
        var seen = new List<(ulong, ulong)>();
        foreach (var (at, versions) in _rows[partition].Index())
        {
            if (versions.FindLast(v => v.Lsn <= lsn) is { Lsn: > 0, IsDeleted: false } version)
                seen.Add(((ulong)at + 1, version.Lsn));
        }

        return seen;
    }

    private List<(ulong Row, ulong Lsn)> Scan(uint partition, ulong lsn)
    {
        var seen = new List<(ulong, ulong)>();
        using var rows = store.OpenCursor(partition, new Lsn(lsn));
        while (rows.MoveNext())
            seen.Add((rows.RowId.Value, rows.Version.Value));
        return seen;
    }
}
