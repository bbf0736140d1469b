using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>Slots for a build: several threads take slabs, and cut each their own.</summary>
internal sealed unsafe partial class ArtSlots
{
    private readonly Lock _building = new();
    private readonly Stack<ArtBuildSlots> _idle = [];

    /// <summary>Slots for one part of a tree, until <see cref="Return"/>.</summary>
    public ArtBuildSlots TakeForBuild()
    {
        lock (_building)
        {
            if (_idle.TryPop(out var build))
                return build;
            build = new ArtBuildSlots(this);
            if (_end - _next < Granule)
                return build;
            var slab = _slabs.Table[_open];
            build.Use(slab, _open, _next, _end, _end - Math.Min(_end - _next, LackingOfReserve()));
            _next = _end = null;
            return build;
        }
    }

    /// <summary>Another part may go on in what it has.</summary>
    public void Return(ArtBuildSlots build)
    {
        lock (_building)
        {
            Account(build);
            _idle.Push(build);
        }
    }

    /// <summary>Called by <see cref="ArtBuildSlots"/>: gives it a slab with room for so many bytes.</summary>
    /// <exception cref="HeliosException"><c>index_full</c>.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void OpenSlab(ArtBuildSlots build, int needed)
    {
        lock (_building)
        {
            Account(build);
            PutRest(build);
            if (!TryAddSlab(needed, out var slab, out var size))
                throw Full(null);
            var usable = size - LackingOfReserve();
            if (usable < needed)
                throw Full(null);
            build.Use(slab, (uint)_slabs.Count - 1, slab, slab + size, slab + usable);
        }
    }

    /// <summary>Nobody builds any more: what is left of slabs is for the slots that are wanted one by one.</summary>
    public void EndBuild()
    {
        lock (_building)
        {
            foreach (var build in _idle.OrderByDescending(static build => build.End - build.Next))
            {
                if (_end - _next >= Granule || build.End - build.Next < Granule)
                {
                    PutRest(build);
                    continue;
                }

                _open = build.Number;
                _next = build.Next;
                _end = build.End;
                build.Use(null, 0, null, null, null);
            }

            _idle.Clear();
        }
    }

    /// <summary>Bytes that a slab just begun must keep, as what was not begun is less than the reserve.</summary>
    private int LackingOfReserve() => (int)Math.Clamp(Reserve - (_limit - _slabBytes) - _freeBytes, 0, Reserve);

    private void Account(ArtBuildSlots build)
    {
        for (var kind = 0; kind < KindCount; kind++)
            Volatile.Write(ref _kinds[kind], _kinds[kind] + build.Kinds[kind]);
        Volatile.Write(ref _liveBytes, _liveBytes + build.LiveBytes);
        Array.Clear(build.Kinds);
        build.LiveBytes = 0;
    }

    private void PutRest(ArtBuildSlots build)
    {
        if (build.End - build.Next >= Granule)
            PutPieces(build.Next, (build.Number << 16) | (uint)((build.Next - build.Slab) / Granule), (int)(build.End - build.Next));
        build.Use(null, 0, null, null, null);
    }
}
