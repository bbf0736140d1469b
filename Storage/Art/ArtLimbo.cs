using System.Runtime.InteropServices;

namespace Helios.Pipeline.Storage;

/// <summary>Slots that are no longer part of the tree, in the order of their unlinking, until no reader can hold them. The writer alone.</summary>
internal sealed unsafe class ArtLimbo : IDisposable
{
    /// <summary>Looking at all readers costs some 50 ns, so it is done once for so many slots.</summary>
    private const int Interval = 64;
    private const int FirstCapacity = 512;

    private readonly ArtSlots _slots;
    private readonly ArtEpochs _epochs;
    private readonly bool _ignoreReaders;
    private Entry* _ring;
    private int _capacity;
    private int _head;
    private int _count;
    private int _sinceReclaim;

    /// <param name="slots">Where they are freed.</param>
    /// <param name="epochs">Who reads.</param>
    /// <param name="ignoreReaders">A planted defect for the tests: frees at once.</param>
    public ArtLimbo(ArtSlots slots, ArtEpochs epochs, bool ignoreReaders)
    {
        _slots = slots;
        _epochs = epochs;
        _ignoreReaders = ignoreReaders;
        _capacity = FirstCapacity;
        _ring = (Entry*)NativeMemory.Alloc(FirstCapacity, (nuint)sizeof(Entry));
    }

    public int Count => Volatile.Read(ref _count);

    public long Bytes => (long)Volatile.Read(ref _capacity) * sizeof(Entry);

    /// <summary>Takes a slot that was unlinked before this call.</summary>
    public void Add(uint handle, int size)
    {
        _slots.Drop(handle, size);
        if (_ignoreReaders)
        {
            _slots.Free(handle, size);
            return;
        }

        if (_count == _capacity)
            Grow();
        _ring[(_head + _count) & (_capacity - 1)] = new Entry { Epoch = _epochs.Current, Handle = handle, Size = size };
        _count++;
        if (++_sinceReclaim >= Interval)
            Reclaim();
    }

    /// <summary>Frees what no reader can hold.</summary>
    public void Reclaim()
    {
        _sinceReclaim = 0;
        _epochs.Advance();
        var oldest = _epochs.OldestReader();
        while (_count > 0 && _ring[_head].Epoch < oldest)
        {
            ref var entry = ref _ring[_head];
            _slots.Free(entry.Handle, entry.Size);
            _head = (_head + 1) & (_capacity - 1);
            _count--;
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_ring);
        _ring = null;
        _capacity = 0;
        _count = 0;
    }

    private void Grow()
    {
        var ring = (Entry*)NativeMemory.Alloc((nuint)_capacity * 2, (nuint)sizeof(Entry));
        for (var i = 0; i < _count; i++)
            ring[i] = _ring[(_head + i) & (_capacity - 1)];
        NativeMemory.Free(_ring);
        _ring = ring;
        _head = 0;
        _capacity *= 2;
    }

    private struct Entry
    {
        public long Epoch;
        public uint Handle;
        public int Size;
    }
}
