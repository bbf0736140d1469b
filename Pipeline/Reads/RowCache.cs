using System.Runtime.InteropServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Rows that point reads have asked for, by their exact version. A version never changes and the index names the one that is
/// wanted, so nothing has to be invalidated, and a fill that comes late can hide nothing.
/// </summary>
/// <remarks>Any thread. Bounded in bytes; what has not been asked for since the hand last came by goes first (clock).</remarks>
internal sealed class RowCache
{
    private const int Shards = 16;

    /// <summary>What an entry costs beside its bytes: key, entry, slot, array header.</summary>
    private const int EntryOverhead = 96;

    private readonly Shard[] _shards = new Shard[Shards];

    /// <param name="maxBytes">0 keeps nothing.</param>
    public RowCache(long maxBytes)
    {
        for (var i = 0; i < Shards; i++)
            _shards[i] = new Shard(maxBytes / Shards);
    }

    public long Bytes => _shards.Sum(s => s.Bytes);

    public long Hits => _shards.Sum(s => s.Hits);

    public long Misses => _shards.Sum(s => s.Misses);

    public bool TryGet(uint partition, RowId row, Lsn version, ByteBuffer into) => ShardOf(row).TryGet(new Key(partition, row.Value, version.Value), into);

    public void Put(uint partition, RowId row, Lsn version, ReadOnlySpan<byte> bytes) => ShardOf(row).Put(new Key(partition, row.Value, version.Value), bytes);

    private Shard ShardOf(RowId row) => _shards[(row.Value * 0x9E37_79B9_7F4A_7C15) >> 60];

    private readonly record struct Key(uint Partition, ulong Row, ulong Version);

    private sealed class Shard(long maxBytes)
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<Key, Entry> _rows = [];
        private readonly Queue<Key> _clock = new();
        private long _bytes;
        private long _hits;
        private long _misses;

        public long Bytes => Volatile.Read(ref _bytes);

        public long Hits => Volatile.Read(ref _hits);

        public long Misses => Volatile.Read(ref _misses);

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
            if (cost > maxBytes / 4)
                return; // one large row must not empty the shard
            lock (_gate)
            {
                if (!_rows.TryAdd(key, new Entry { Bytes = bytes.ToArray() }))
                    return;
                _clock.Enqueue(key);
                _bytes += cost;
                while (_bytes > maxBytes)
                    Evict();
            }
        }

        private void Evict()
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
            _rows.Remove(key);
        }

        private struct Entry
        {
            public byte[] Bytes;
            public bool Asked;
        }
    }
}
