using System.Collections.Concurrent;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>How long statistics of tables stay in memory.</summary>
/// <param name="Entries">Tables at most.</param>
/// <param name="Changes">Changes of a table's rows after which its statistics are read again.</param>
internal sealed record StatisticsCacheOptions(int Entries = 100, int Changes = 100);

/// <summary>The statistics of tables that were asked for lately, as the store has them. Any thread.</summary>
/// <remarks>
/// The tables that were asked for least recently go first. The more a table's rows change, the shorter its statistics stay: changes are those that Track has counted, so a commit costs
/// nothing here. What <see cref="Stored"/> was told is never hidden by a read of the store that began before.
/// </remarks>
internal sealed class StatisticsCache(RocksStore store, Published published, StatisticsCacheOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new(); // the last one used is first
    private readonly ConcurrentDictionary<uint, long> _analyzedAt = new(); // changes of a table that its statistics know
    private readonly Dictionary<uint, long> _changesAtLoad = [];
    private long _hits;
    private long _misses;

    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    public long Hits => Interlocked.Read(ref _hits);

    public long Misses => Interlocked.Read(ref _misses);

    /// <summary>Those of a table; null where it was never analysed.</summary>
    /// <exception cref="HeliosException">Corrupt: they are damaged. No row is affected.</exception>
    public TableStatistics? Find(TableId table)
    {
        var changes = published.Activity(table).Changes;
        lock (_gate)
        {
            if (_entries.TryGetValue(table.Value, out var known) && IsFresh(known.Value, changes))
            {
                _byUse.Remove(known);
                _byUse.AddFirst(known);
                _hits++;
                return known.Value.Statistics;
            }

            _misses++;
        }

        var statistics = StoredStatistics.Find(store, table); // not under the lock: it may wait on the disk
        if (statistics is not null)
            _analyzedAt.TryAdd(table.Value, changes - ChangesBefore(table, statistics, changes));
        return Put(table, statistics, changes, isNewest: false);
    }

    /// <summary>The store has new ones.</summary>
    /// <param name="table">The table.</param>
    /// <param name="statistics">What was stored.</param>
    /// <param name="changes">Changes of its rows that were counted before the snapshot was opened that they were gathered from.</param>
    public void Stored(TableId table, TableStatistics statistics, long changes)
    {
        _analyzedAt[table.Value] = changes;
        Put(table, statistics, published.Activity(table).Changes, isNewest: true);
    }

    /// <summary>Changes of a table's rows that its statistics do not know, about; null where it has none.</summary>
    /// <remarks>Of the time before the engine was opened only by how many rows there are more or fewer.</remarks>
    /// <exception cref="HeliosException">As for <see cref="Find"/>.</exception>
    public long? ChangesSince(TableId table)
    {
        if (!_analyzedAt.ContainsKey(table.Value) && Find(table) is null)
            return null;
        return published.Activity(table).Changes - _analyzedAt[table.Value];
    }

    private bool IsFresh(Entry entry, long changes) => changes - entry.Changes < options.Changes && time.GetElapsedTime(entry.Loaded) < entry.TimeToLive;

    private long ChangesBefore(TableId table, TableStatistics statistics, long changes) => Math.Max(changes, Math.Abs(published.Rows(table) - statistics.Rows));

    private TableStatistics? Put(TableId table, TableStatistics? statistics, long changes, bool isNewest)
    {
        lock (_gate)
        {
            if (_entries.Remove(table.Value, out var before))
            {
                _byUse.Remove(before);
                if (!isNewest && before.Value.Statistics is { } known && !(statistics?.AsOf >= known.AsOf))
                    statistics = known; // what was read has been replaced meanwhile
            }

            var timeToLive = TimeToLive(changes - _changesAtLoad.GetValueOrDefault(table.Value));
            _changesAtLoad[table.Value] = changes;
            _entries[table.Value] = _byUse.AddFirst(new Entry(table, statistics, changes, time.GetTimestamp(), timeToLive));
            while (_entries.Count > options.Entries)
            {
                _entries.Remove(_byUse.Last!.Value.Table.Value);
                _byUse.RemoveLast();
            }

            return statistics;
        }
    }

    /// <summary>By the changes since the table's statistics were loaded before: they say how soon others will be wanted.</summary>
    private static TimeSpan TimeToLive(long changes) => TimeSpan.FromSeconds(changes switch
    {
        < 10 => 120,
        < 100 => 30,
        < 1_000 => 15,
        _ => 5,
    });

    private sealed record Entry(TableId Table, TableStatistics? Statistics, long Changes, long Loaded, TimeSpan TimeToLive);
}
