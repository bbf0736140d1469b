using System.Numerics;

namespace Helios.Pipeline.Storage;

/// <summary>A set of hashes that may say "perhaps" of one that is not in it, and never "no" of one that is.</summary>
/// <remarks>
/// One writer at a time; any number of readers beside it, without locks: bits are only ever set, a word at a time, so a reader sees every element whose
/// adding happened before its read, and perhaps some of later ones. Positions are those of double hashing, (h1 + i·h2) of 64 bits, brought into the
/// filter by multiplication instead of division.
/// </remarks>
internal sealed class BloomFilter(BloomGeometry geometry)
{
    /// <summary>Memory of the objects besides the words, about.</summary>
    private const int Overhead = 72;

    private readonly ulong[] _words = new ulong[geometry.Words];
    private int _count;

    public BloomGeometry Geometry => geometry;

    /// <summary>Elements that set a bit when they were added: not those that were there, nor those that looked like it.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Does it hold more than twice what its size was made for? Then one "perhaps" in six is wrong where one in a hundred was promised, and asking it is hardly worth it; "no" is right still.</summary>
    public bool IsSaturated => Count > 2L * geometry.Expected;

    public long Bytes => BytesOf(geometry);

    public static long BytesOf(BloomGeometry geometry) => ((long)geometry.Words * sizeof(ulong)) + Overhead;

    /// <summary>One that says "perhaps" of everything.</summary>
    public static BloomFilter Everything(BloomGeometry geometry)
    {
        var filter = new BloomFilter(geometry);
        filter._words.AsSpan().Fill(ulong.MaxValue);
        filter._count = int.MaxValue;
        return filter;
    }

    public void Add(ulong hash)
    {
        var (at, step) = (hash, Step(hash));
        var isNew = false;
        for (var i = 0; i < geometry.Hashes; i++, at += step)
        {
            var position = Position(at);
            ref var word = ref _words[position >> 6];
            var wider = word | (1UL << (int)position);
            if (wider == word)
                continue;
            word = wider;
            isNew = true;
        }

        if (isNew)
            Volatile.Write(ref _count, _count + 1);
    }

    public bool MayContain(ulong hash)
    {
        var (at, step) = (hash, Step(hash));
        for (var i = 0; i < geometry.Hashes; i++, at += step)
        {
            var position = Position(at);
            if ((_words[position >> 6] & (1UL << (int)position)) == 0)
                return false;
        }

        return true;
    }

    /// <summary>Adds every element of another one.</summary>
    /// <exception cref="ArgumentException">It is of another size, or sets another number of bits.</exception>
    public void Merge(BloomFilter other)
    {
        if (other.Geometry.Words != geometry.Words || other.Geometry.Hashes != geometry.Hashes)
            throw new ArgumentException($"A filter of {other.Geometry.Bits} bits and {other.Geometry.Hashes} hashes does not go into one of {geometry.Bits} and {geometry.Hashes}.", nameof(other));
        for (var i = 0; i < _words.Length; i++)
            _words[i] |= other._words[i];
        Volatile.Write(ref _count, (int)Math.Min((long)_count + other.Count, int.MaxValue));
    }

    /// <summary>The share of bits that are set. Counts them: not for every element.</summary>
    public double MeasureFill()
    {
        var set = 0L;
        foreach (var word in _words)
            set += BitOperations.PopCount(word);
        return (double)set / geometry.Bits;
    }

    private long Position(ulong hash) => (long)Math.BigMul(hash, (ulong)geometry.Bits, out _);

    /// <summary>The other half on top, where it decides; odd, so that no element sets one bit alone by a step of nothing.</summary>
    private static ulong Step(ulong hash) => BitOperations.RotateLeft(hash, 32) | 1;
}
