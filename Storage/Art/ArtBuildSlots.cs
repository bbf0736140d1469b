using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>Slots for a part of a tree that is built: cut from slabs that nobody else cuts from, without looking at what is free.</summary>
/// <remarks>One thread at a time. Nothing is given back one by one. What it has handed out is in the tree's accounts with each slab, and behind <see cref="ArtSlots.EndBuild"/>.</remarks>
internal sealed unsafe class ArtBuildSlots(ArtSlots slots)
{
    private const int FineLimit = 2048; // up to there a class is every 16 bytes
    private byte* _next;
    private byte* _usable;

    /// <summary>Where the slab begins, and its number.</summary>
    public byte* Slab { get; private set; }

    public uint Number { get; private set; }

    /// <summary>Next byte of the slab that was not handed out.</summary>
    public byte* Next => _next;

    /// <summary>End of the slab; behind <see cref="_usable"/> is what the tree keeps back for removals.</summary>
    public byte* End { get; private set; }

    /// <summary>Slots and bytes handed out that are not in the tree's accounts yet.</summary>
    public long[] Kinds { get; } = new long[ArtSlots.KindCount];

    public long LiveBytes { get; set; }

    /// <summary>A slot of at least so many bytes, and its handle. Its content is undefined but for the kind.</summary>
    /// <exception cref="HeliosException"><c>index_full</c>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Allocate(ArtKind kind, int size, out uint handle)
    {
        Debug.Assert(size > 0, "a slot holds something");
        var rounded = size <= FineLimit ? (size + ArtSlots.Granule - 1) & -ArtSlots.Granule : ArtSizeClass.Size(ArtSizeClass.Of(size));
        if (_usable - _next < rounded)
            slots.OpenSlab(this, rounded);
        var slot = _next;
        _next += rounded;
        handle = (Number << 16) | (uint)((ulong)(slot - Slab) / ArtSlots.Granule);
        *slot = (byte)kind;
        Kinds[(int)kind]++;
        LiveBytes += rounded;
        return slot;
    }

    /// <summary>Goes on in a slab, or in none.</summary>
    public void Use(byte* slab, uint number, byte* next, byte* end, byte* usable)
    {
        Slab = slab;
        Number = number;
        End = end;
        _next = next;
        _usable = usable;
    }
}
