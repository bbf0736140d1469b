using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Helios.Pipeline.Storage;

/// <summary>A comparison of two integers, one by one or many at once.</summary>
internal interface IPairComparison
{
    static abstract bool Holds(long a, long b);

    static abstract Vector256<long> Holds(Vector256<long> a, Vector256<long> b);

    static abstract Vector512<long> Holds(Vector512<long> a, Vector512<long> b);
}

internal readonly struct EqualPair : IPairComparison
{
    public static bool Holds(long a, long b) => a == b;

    public static Vector256<long> Holds(Vector256<long> a, Vector256<long> b) => Vector256.Equals(a, b);

    public static Vector512<long> Holds(Vector512<long> a, Vector512<long> b) => Vector512.Equals(a, b);
}

internal readonly struct LessPair : IPairComparison
{
    public static bool Holds(long a, long b) => a < b;

    public static Vector256<long> Holds(Vector256<long> a, Vector256<long> b) => Vector256.LessThan(a, b);

    public static Vector512<long> Holds(Vector512<long> a, Vector512<long> b) => Vector512.LessThan(a, b);
}

/// <summary>For which rows two columns compare so. The other operators are these two turned around.</summary>
internal static class PairKernel
{
    /// <param name="left">64 for each word.</param>
    /// <param name="right">As many.</param>
    /// <param name="words">Words of the bitmap to fill.</param>
    /// <param name="width">Of the vectors.</param>
    /// <param name="found">Takes a bit for each pair.</param>
    public static void Find<T>(ReadOnlySpan<long> left, ReadOnlySpan<long> right, int words, VectorWidth width, ref RowBitmap found)
        where T : struct, IPairComparison
    {
        ref var a = ref MemoryMarshal.GetReference(left[..(words * 64)]);
        ref var b = ref MemoryMarshal.GetReference(right[..(words * 64)]);
        for (var w = 0; w < words; w++)
        {
            ulong bits = 0;
            var at = w * 64;
            if (width == VectorWidth.Bits512)
                for (var i = 0; i < 64; i += Vector512<long>.Count)
                    bits |= T.Holds(Vector512.LoadUnsafe(ref a, (nuint)(at + i)), Vector512.LoadUnsafe(ref b, (nuint)(at + i))).ExtractMostSignificantBits() << i;
            else if (width == VectorWidth.Bits256)
                for (var i = 0; i < 64; i += Vector256<long>.Count)
                    bits |= (ulong)T.Holds(Vector256.LoadUnsafe(ref a, (nuint)(at + i)), Vector256.LoadUnsafe(ref b, (nuint)(at + i))).ExtractMostSignificantBits() << i;
            else
                for (var i = 0; i < 64; i++)
                    bits |= T.Holds(left[at + i], right[at + i]) ? 1UL << i : 0;
            found[w] = bits;
        }
    }
}
