using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>What any thread may call.</summary>
internal sealed unsafe partial class ArtTree
{
    /// <summary>Who held a key as of an LSN; <see cref="Lsn.Max"/> asks for the newest version.</summary>
    /// <param name="key">Any bytes.</param>
    /// <param name="asOf">Versions of later commits are not there.</param>
    /// <param name="version">The one found, where the answer is <see cref="KeyLookup.Live"/> or <see cref="KeyLookup.Vacated"/>.</param>
    public KeyLookup Find(ReadOnlySpan<byte> key, Lsn asOf, out KeyVersion version)
    {
        var place = _epochs.Enter();
        try
        {
            var leaf = FindLeaf(key);
            if (leaf != null)
                return Resolve(leaf, asOf, out version);
            version = default;
            return KeyLookup.Absent;
        }
        finally
        {
            _epochs.Exit(place);
        }
    }

    /// <summary>Walks the live keys as of an LSN in byte order. One thread at a time uses the cursor.</summary>
    public ArtCursor OpenCursor(Lsn asOf) => new(this, asOf);

    /// <summary>The same from the last key to the first.</summary>
    public ArtDescendingCursor OpenDescendingCursor(Lsn asOf) => new(this, asOf);

    // Inside an epoch, or on the writer's thread.
    internal KeyLookup Resolve(byte* leaf, Lsn asOf, out KeyVersion version)
    {
        for (var slot = leaf; ;)
        {
            if (ArtLeaf.Lsn(slot) <= asOf)
            {
                version = ArtLeaf.Read(slot);
                return version.Vacated ? KeyLookup.Vacated : KeyLookup.Live;
            }

            var older = ArtLeaf.Older(slot);
            if (older <= ArtLeaf.OlderTrimmed)
            {
                version = default;
                return older == ArtLeaf.OlderTrimmed ? KeyLookup.Older : KeyLookup.Absent;
            }

            slot = _slots.Address(older);
        }
    }

    /// <summary>Steps over a node's prefix; false where the key does not have it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool SkipPrefix(byte* node, ReadOnlySpan<byte> key, ref int depth)
    {
        var length = ArtNode.PrefixLength(node);
        if (length == 0)
            return true;
        if (length > (uint)(key.Length - depth) || !ArtNode.Prefix(node).SequenceEqual(key.Slice(depth, (int)length)))
            return false;
        depth += (int)length;
        return true;
    }

    private byte* FindLeaf(ReadOnlySpan<byte> key)
    {
        var handle = Volatile.Read(ref *_root);
        var depth = 0;
        while (handle != 0)
        {
            var slot = _slots.Address(handle);
            if (ArtLeaf.IsLeaf(slot))
                return ArtLeaf.Key(slot).SequenceEqual(key) ? slot : null;
            if (!SkipPrefix(slot, key, ref depth))
                return null;
            var cell = depth == key.Length ? ArtNode.Terminal(slot) : ArtNode.FindCell(slot, key[depth]);
            if (cell == null)
                return null;
            handle = Volatile.Read(ref *cell);
            depth++;
        }

        return null;
    }
}
