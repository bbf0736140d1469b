using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Memory for one tree outside the managed heap: slabs of up to 1 MiB that never move, cut into slots by size class.
/// </summary>
/// <remarks>
/// A handle is 16 bits of slab and 16 bits of place in it, in steps of 16 bytes: 64 GiB in all. Handles 0 and 1 are never handed out;
/// their place holds the tree's root cell. One thread allocates and frees; any thread may resolve a handle that it read from the tree.
/// Freed slots return to a list of their class and are not joined: a tree whose key lengths change for good keeps the memory of the old ones.
/// At the limit larger ones are cut up.
/// </remarks>
internal sealed unsafe partial class ArtSlots : IDisposable
{
    public const int Granule = 16;
    public const int SlabSize = 1 << 20;
    public const long AddressLimit = 64L << 30;

    /// <summary>
    /// Inserts leave so much, free slots included, to removals and undo, which copy nodes too. Those are refused only when
    /// nothing of it fits them, and then change nothing.
    /// </summary>
    public const int Reserve = SlabSize;

    internal const int KindCount = 7;

    private const int MaxSlabs = 1 << 16;
    private const int FirstBlockAt = 8;
    private const int HugePage = 2 << 20;
    private const byte PoisonByte = (byte)ArtKind.Free;

    private readonly bool _poison;
    private readonly long _limit;
    private readonly uint[] _freeLists = new uint[ArtSizeClass.Count];
    private readonly long[] _kinds = new long[KindCount];
    private readonly List<nint> _tables = [];
    private readonly (uint Handle, int Size)[] _unpublished = new (uint, int)[4];
    private int _unpublishedCount;
    private readonly List<nint> _blocks = [];
    private Directory _slabs;
    private int _tableLength;
    private byte* _spare;
    private int _spareSlabs;
    private uint _open; // the slab in use
    private byte* _next;
    private byte* _end;
    private long _slabBytes;
    private long _liveBytes;
    private long _freeBytes;

    /// <param name="limit">Bytes of slabs, <see cref="Reserve"/> included; 2 MiB to 64 GiB.</param>
    /// <param name="poison">Fill what is freed with 0xDD.</param>
    public ArtSlots(long limit, bool poison)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 2L * SlabSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, AddressLimit);
        _limit = limit;
        _poison = poison;
        if (!TryOpenSlab(2 * Granule))
            throw Full(null);
        Root = (uint*)_next;
        *Root = 0;
        _next += 2 * Granule;
    }

    /// <summary>The cell that holds the handle of the tree's first node.</summary>
    public uint* Root { get; }

    /// <summary>Bytes taken from the system: slabs that were begun and their tables. What was not begun takes addresses only.</summary>
    public long Bytes => Volatile.Read(ref _slabBytes);

    /// <summary>Bytes in slots that are part of the tree, rounded up to their classes.</summary>
    public long LiveBytes => Volatile.Read(ref _liveBytes);

    public static HeliosException Damaged() => new(HeliosErrorKind.Internal, "index_damaged",
        "An index node in memory is not what its handle says. The stored rows are not concerned; open the database again to rebuild the index.");

    public long CountOf(ArtKind kind) => Volatile.Read(ref _kinds[(int)kind]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Address(uint handle)
    {
        var slab = handle >> 16;
        if (slab >= (uint)_slabs.Count)
            throw Damaged();
        return _slabs.Table[slab] + ((handle & 0xFFFF) * Granule);
    }

    /// <summary>Begins an operation: what it allocates can be taken back until the next one begins.</summary>
    public void BeginOperation() => _unpublishedCount = 0;

    /// <summary>Frees what the operation has allocated; nothing of it may have been published.</summary>
    public void UndoOperation()
    {
        while (_unpublishedCount > 0)
        {
            var (handle, size) = _unpublished[--_unpublishedCount];
            Drop(handle, size);
            Free(handle, size);
        }
    }

    /// <summary>A slot of at least so many bytes. Its content is undefined but for the kind.</summary>
    /// <exception cref="HeliosException"><c>index_full</c>: the limit is reached, or the system gives no memory. Nothing has changed.</exception>
    public uint Allocate(ArtKind kind, int size, bool mayUseReserve)
    {
        var sizeClass = ArtSizeClass.Of(size);
        var rounded = ArtSizeClass.Size(sizeClass);
        if (!mayUseReserve && _limit - _slabBytes + (_end - _next) + _freeBytes < Reserve + rounded)
            throw Full(null);
        var slot = _freeLists[sizeClass] != 0 ? TakeFromList(sizeClass, out var handle)
            : _end - _next >= rounded || TryOpenSlab(rounded) ? TakeFromSlab(rounded, out handle)
            : TakeFromLarger(sizeClass, out handle);

        *slot = (byte)kind;
        _kinds[(int)kind]++;
        _liveBytes += rounded;
        _unpublished[_unpublishedCount++] = (handle, size);
        return handle;
    }

    /// <summary>Takes a slot out of the accounts; it may still be read.</summary>
    public void Drop(uint handle, int size)
    {
        _kinds[*Address(handle)]--;
        _liveBytes -= ArtSizeClass.Size(ArtSizeClass.Of(size));
    }

    /// <summary>Makes a slot free for the next one that asks. No reader may hold it.</summary>
    public void Free(uint handle, int size)
    {
        var slot = Address(handle);
        var sizeClass = ArtSizeClass.Of(size);
        if (_poison)
            new Span<byte>(slot, ArtSizeClass.Size(sizeClass)).Fill(PoisonByte);
        PutOnList(slot, handle, sizeClass);
    }

    public void Dispose()
    {
        foreach (var block in _blocks)
            NativeMemory.AlignedFree((void*)block);
        foreach (var table in _tables)
            NativeMemory.Free((void*)table);
        _blocks.Clear();
        _tables.Clear();
        _slabs.Count = 0;
        _spareSlabs = 0;
        _slabBytes = 0;
        _next = _end = null;
    }

    private byte* TakeFromList(int sizeClass, out uint handle)
    {
        handle = _freeLists[sizeClass];
        var slot = Address(handle);
        _freeLists[sizeClass] = *(uint*)(slot + 8);
        _freeBytes -= ArtSizeClass.Size(sizeClass);
        return slot;
    }

    private byte* TakeFromSlab(int rounded, out uint handle)
    {
        var slot = _next;
        _next += rounded;
        handle = (_open << 16) | ((uint)(slot - _slabs.Table[_open]) / Granule);
        return slot;
    }

    // Only at the limit: large slots that were cut up do not come back.
    private byte* TakeFromLarger(int sizeClass, out uint handle)
    {
        for (var larger = sizeClass + 1; larger < ArtSizeClass.Count; larger++)
        {
            if (_freeLists[larger] == 0)
                continue;
            var slot = TakeFromList(larger, out handle);
            var rounded = ArtSizeClass.Size(sizeClass);
            PutPieces(slot + rounded, handle + (uint)(rounded / Granule), ArtSizeClass.Size(larger) - rounded);
            return slot;
        }

        throw Full(null);
    }

    private void PutOnList(byte* slot, uint handle, int sizeClass)
    {
        *slot = (byte)ArtKind.Free;
        *(uint*)(slot + 8) = _freeLists[sizeClass];
        _freeLists[sizeClass] = handle;
        _freeBytes += ArtSizeClass.Size(sizeClass);
    }

    private void PutPieces(byte* rest, uint handle, int bytes)
    {
        while (bytes >= Granule)
        {
            var sizeClass = ArtSizeClass.LargestWithin(bytes);
            var size = ArtSizeClass.Size(sizeClass);
            PutOnList(rest, handle, sizeClass);
            rest += size;
            handle += (uint)(size / Granule);
            bytes -= size;
        }
    }

    private bool TryOpenSlab(int needed)
    {
        if (!TryAddSlab(needed, out var slab, out var size))
            return false;

        // What is left of the slab in use is too small for the slot wanted, but not for others.
        if (_end - _next >= Granule)
        {
            var rest = (int)(_end - _next);
            PutPieces(TakeFromSlab(rest, out var handle), handle, rest);
        }

        _open = (uint)_slabs.Count - 1;
        _next = slab;
        _end = slab + size;
        return true;
    }

    private bool TryAddSlab(int needed, out byte* slab, out int size)
    {
        try
        {
            if (_slabs.Count == _tableLength)
                GrowTable();

            // A small tree must stay small: most tables of a database have few rows.
            long nominal = _slabs.Count switch { 0 => SlabSize / 16, 1 => SlabSize / 4, _ => SlabSize };
            size = (int)Math.Min(nominal, _limit - _slabBytes) & ~(Granule - 1);
            slab = null;
            if (_slabs.Count == MaxSlabs || size < needed)
                return false;
            slab = NewSlab(size);
            _slabs.Table[_slabs.Count] = slab;
            Volatile.Write(ref _slabs.Count, _slabs.Count + 1); // after the table: a reader checks the number first
            Volatile.Write(ref _slabBytes, _slabBytes + size);
            return true;
        }
        catch (OutOfMemoryException e)
        {
            throw Full(e);
        }
    }

    // The larger the tree, the more slabs at a time, so that it lies in few mappings and huge pages and searches miss the TLB less.
    // Only where memory that was not touched is not taken.
    private byte* NewSlab(int size)
    {
        if (size < SlabSize || _slabs.Count < FirstBlockAt || !OperatingSystem.IsLinux())
            return NewBlock(size, alignment: 64);
        if (_spareSlabs == 0)
        {
            var count = Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)_slabs.Count) / 16, 2, 64);
            count = (int)Math.Min(count, (_limit - _slabBytes) / SlabSize);
            _spare = NewBlock(count * SlabSize, HugePage);
            SystemMemory.AskForHugePages(_spare, count * SlabSize);
            _spareSlabs = count;
        }

        var slab = _spare;
        _spare += SlabSize;
        _spareSlabs--;
        return slab;
    }

    private byte* NewBlock(int size, int alignment)
    {
        var block = (byte*)NativeMemory.AlignedAlloc((nuint)size, (nuint)alignment);
        _blocks.Add((nint)block);
        return block;
    }

    // Readers may be in the old table, so it stays until the tree goes; doubling bounds all old ones by the newest.
    private void GrowTable()
    {
        var length = Math.Max(64, _tableLength * 2);
        var table = (byte**)NativeMemory.AllocZeroed((nuint)length, (nuint)sizeof(byte*));
        for (var i = 0; i < _slabs.Count; i++)
            table[i] = _slabs.Table[i];
        _tables.Add((nint)table);
        _slabBytes += (long)length * sizeof(byte*);
        _tableLength = length;
        Interlocked.MemoryBarrier();
        _slabs.Table = table;
    }

    private HeliosException Full(OutOfMemoryException? cause) => new(HeliosErrorKind.Invalid, "index_full",
        $"The index cannot grow beyond {_slabBytes} bytes: {(cause is null ? "its limit is reached" : "the system gives no more memory")}. It holds what it held before; deleting rows makes room.", cause);

    // What readers need, alone in its cache lines: the fields beside it change with every slot.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Directory
    {
        [FieldOffset(112)]
        public byte** Table;

        [FieldOffset(120)]
        public int Count;
    }
}
