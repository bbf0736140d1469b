using System.Runtime.InteropServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Rows that point reads have asked for, by their exact version. A version never changes and the index names the one that is
/// wanted, so nothing has to be invalidated, and a fill that comes late can hide nothing.
/// </summary>
/// <remarks>
/// Any thread. Bounded in bytes and rows; what has not been asked for since the hand last came by goes first (clock). Time moves the hand on too, once
/// around in <see cref="RowCacheOptions.Idle"/>, so that rows which nobody asks for give their memory back though nothing else needs it.
/// </remarks>
internal sealed class RowCache
{
    private const int Shards = 16;

    /// <summary>What an entry costs beside its bytes: key, entry, slot, array header.</summary>
    private const int EntryOverhead = 96;

    private readonly Shard[] _shards = new Shard[Shards];

    private readonly TimeSpan _idle;

    public RowCache(RowCacheOptions options)
    {
        _idle = options.Idle;
        for (var i = 0; i < Shards; i++)
            _shards[i] = new Shard(options.MaxBytes / Shards, (options.MaxRows + Shards - 1 - i) / Shards);
    }

    public long Bytes => _shards.Sum(s => s.Bytes);

    /// <summary>Rows in it.</summary>
    public long Count => _shards.Sum(s => s.Count);

    public long Hits => _shards.Sum(s => s.Hits);

    public long Misses => _shards.Sum(s => s.Misses);

    public bool TryGet(uint partition, RowId row, Lsn version, ByteBuffer into) => ShardOf(row).TryGet(new Key(partition, row.Value, version.Value), into);

    public void Put(uint partition, RowId row, Lsn version, ReadOnlySpan<byte> bytes) => ShardOf(row).Put(new Key(partition, row.Value, version.Value), bytes);

    /// <summary>Time has passed: rows that were not asked for long enough go.</summary>
    public void Age(TimeSpan passed)
    {
        if (_idle <= TimeSpan.Zero)
            return;
        foreach (var shard in _shards)
            shard.Turn(passed / _idle);
    }

    private Shard ShardOf(RowId row) => _shards[(row.Value * 0x9E37_79B9_7F4A_7C15) >> 60];

    private readonly record struct Key(uint Partition, ulong Row, ulong Version);

    private sealed class Shard(long maxBytes, long maxRows)
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<Key, Entry> _rows = [];
        private readonly Queue<Key> _clock = new();
        private long _bytes;
        private int _count;
        private int _turn; // steps of one turn
        private int _left; // of those, still to do
        private double _owed; // steps of the hand that time has asked for
        private long _hits;
        private long _misses;

        public long Bytes => Volatile.Read(ref _bytes);

        public int Count => Volatile.Read(ref _count);

        public long Hits => Volatile.Read(ref _hits);

        public long Misses => Volatile.Read(ref _misses);

        /// <summary>Moves the hand on by a part of a turn.</summary>
        public void Turn(double part)
        {
            lock (_gate)
            {
                _owed += part * _turn;
                for (; _owed >= 1 && _clock.Count > 0; _owed--)
                {
                    Step();
                    _left--;
                }

                if (_left > 0 && _clock.Count > 0)
                    return;
                _left = _turn = _clock.Count; // the next turn is over what there is now
                _owed = 0;
            }
        }

        public bool TryGet(Key key, ByteBuffer into)
        {
            lock (_gate)
            {
                ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_rows, key);
                if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref entry))
                {
                    _misses++;
                    return false;
                }

                entry.Asked = true;
                _hits++;
                into.Append(entry.Bytes);
                return true;
            }
        }

        public void Put(Key key, ReadOnlySpan<byte> bytes)
        {
            var cost = bytes.Length + EntryOverhead;
            if (cost > maxBytes / 4 || maxRows == 0)
                return; // one large row must not empty the shard
            lock (_gate)
            {
                if (!_rows.TryAdd(key, new Entry { Bytes = bytes.ToArray() }))
                    return;
                _clock.Enqueue(key);
                _bytes += cost;
                _count++;
                while (_bytes > maxBytes || _count > maxRows)
                    Step();
            }
        }

        /// <summary>The row that the hand comes to goes, unless it was asked for since the hand was there last.</summary>
        private void Step()
        {
            var key = _clock.Dequeue();
            ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_rows, key);
            if (entry.Asked)
            {
                entry.Asked = false;
                _clock.Enqueue(key);
                return;
            }

            _bytes -= entry.Bytes.Length + EntryOverhead;
            _count--;
            _rows.Remove(key);
        }

        private struct Entry
        {
            public byte[] Bytes;
            public bool Asked;
        }
    }
}

/// <summary>How many rows are kept, and how long.</summary>
internal sealed record RowCacheOptions
{
    /// <summary>Memory; 0 keeps nothing.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>Rows at most; 0 keeps nothing.</summary>
    public long MaxRows { get; init; } = 1_000_000;

    /// <summary>A row that nobody asked for so long goes, between once and twice that; zero: never for that alone.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);
}
