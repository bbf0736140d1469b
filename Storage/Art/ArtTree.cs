using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Helios.Pipeline.Storage;

/// <summary>
/// An adaptive radix tree in memory: byte string to the versions of who holds it, newest first. One per (table, index).
/// </summary>
/// <remarks>
/// <para>Keys are 0 to 65,536 bytes in byte order; one may be a prefix of another.</para>
/// <para>One thread at a time writes (Push, Pop, Trim, Load, Reclaim); any number of threads read without locks or waiting
/// (Find, cursors, the counts). A lookup answers what was true at some moment of the call, so a miss counts: readers follow child
/// handles, and a node that was replaced stays as it was at that moment until the last reader who may hold it has gone
/// (<see cref="ArtEpochs"/>). Layouts: <see cref="ArtNode"/>, <see cref="ArtLeaf"/>; memory: <see cref="ArtSlots"/>.</para>
/// <para>Whoever disposes it has stopped the writer; readers that come later get <see cref="ObjectDisposedException"/>.</para>
/// </remarks>
internal sealed unsafe partial class ArtTree : IDisposable
{
#if DEBUG
    private const bool PoisonByDefault = true;
#else
    private const bool PoisonByDefault = false;
#endif

    private readonly ArtSlots _slots;
    private readonly ArtEpochs _epochs = new();
    private readonly ArtLimbo _limbo;
    private readonly uint* _root;
    private Written _written;
    private bool _isDisposed;

    /// <param name="maxBytes">2 MiB to 64 GiB of nodes and keys; more is refused with <c>index_full</c>.</param>
    public ArtTree(long maxBytes = ArtSlots.AddressLimit)
        : this(maxBytes, PoisonByDefault, ignoreReaders: false)
    {
    }

    /// <summary>For tests: poisons freed memory, or frees without regard to readers.</summary>
    internal ArtTree(long maxBytes, bool poison, bool ignoreReaders)
    {
        _slots = new ArtSlots(maxBytes, poison);
        _limbo = new ArtLimbo(_slots, _epochs, ignoreReaders);
        _root = _slots.Root;
    }

    /// <summary>Keys whose newest version is not vacated.</summary>
    public long Count => Volatile.Read(ref _written.Count);

    /// <summary>Bytes taken from the system, free slots included.</summary>
    public long Bytes => _slots.Bytes + _limbo.Bytes + ArtEpochs.Bytes;

    /// <summary>Bytes in slots that are part of the tree.</summary>
    public long LiveBytes => _slots.LiveBytes;

    /// <summary>Slots that wait until no reader can hold them.</summary>
    public int Unreclaimed => _limbo.Count;

    /// <summary>
    /// The highest LSN as of which a key was removed by <see cref="Trim"/>. As of an earlier one "absent" may mean that the
    /// history of the store must be asked; look here after the lookup.
    /// </summary>
    public Lsn HistoryFloor => new(Volatile.Read(ref _written.HistoryFloor));

    public ArtEvents Events { get; } = new();

    public ArtNodeCounts NodeCounts => new(
        _slots.CountOf(ArtKind.Node4),
        _slots.CountOf(ArtKind.Node16),
        _slots.CountOf(ArtKind.Node48),
        _slots.CountOf(ArtKind.Node256),
        _slots.CountOf(ArtKind.Leaf),
        _slots.CountOf(ArtKind.Version));

    /// <summary>Changes whenever an inner node is unlinked: a cursor's path is whole while it does not.</summary>
    internal long Shape => Volatile.Read(ref _written.Shape);

    internal ArtEpochs Epochs => _epochs;

    internal ArtSlots Slots => _slots;

    /// <summary>Frees everything, after the last reader has left.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _epochs.Close();
        _limbo.Dispose();
        _slots.Dispose();
    }

    /// <summary>Frees slots that wait and that no reader holds. Done by itself every 64 slots; the writer may call it when idle.</summary>
    public void Reclaim() => _limbo.Reclaim();

    private static void Publish(uint* cell, uint handle) => Volatile.Write(ref *cell, handle);

    private void RetireLeaf(uint handle, byte* leaf) => _limbo.Add(handle, ArtLeaf.Size(ArtLeaf.Key(leaf).Length, ArtLeaf.Older(leaf)));

    private void RetireVersions(uint older)
    {
        while (older > ArtLeaf.OlderTrimmed)
        {
            var next = ArtLeaf.Older(_slots.Address(older));
            _limbo.Add(older, ArtLeaf.VersionSize);
            older = next;
        }
    }

    private void RetireNode(uint handle, byte* node)
    {
        Debug.Assert(ArtNode.Kind(node) is >= ArtKind.Node4 and <= ArtKind.Node256, "only inner nodes change the shape");
        Volatile.Write(ref _written.Shape, _written.Shape + 1);
        _limbo.Add(handle, ArtNode.BodySize(ArtNode.Kind(node)) + (int)ArtNode.PrefixLength(node));
    }

    private uint NewLeaf(ReadOnlySpan<byte> key, in KeyVersion version, uint older, bool mayUseReserve)
    {
        var handle = _slots.Allocate(ArtKind.Leaf, ArtLeaf.Size(key.Length, older), mayUseReserve);
        ArtLeaf.WriteLeaf(_slots.Address(handle), key, version, older);
        return handle;
    }

    private uint NewNode(ArtKind kind, int prefixLength, bool mayUseReserve) =>
        _slots.Allocate(kind, ArtNode.BodySize(kind) + prefixLength, mayUseReserve);

    // What changes with every key, apart from the references above, through which every reader goes.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Written
    {
        [FieldOffset(112)]
        public long Count;

        [FieldOffset(120)]
        public long Shape;

        [FieldOffset(128)]
        public ulong HistoryFloor;
    }
}
