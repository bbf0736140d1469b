using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Helios.Pipeline.Storage;

/// <summary>Which values lie in a range. Every comparison with a constant is this one.</summary>
internal static class RangeKernel
{
    /// <param name="values">64 for each word.</param>
    /// <param name="range">Not empty.</param>
    /// <param name="words">Words of the bitmap to fill.</param>
    /// <param name="width">Of the vectors.</param>
    /// <param name="found">Takes a bit for each value.</param>
    public static void Find(ReadOnlySpan<long> values, LongRange range, int words, VectorWidth width, ref RowBitmap found)
    {
        _ = values[..(words * 64)];
        ref var first = ref MemoryMarshal.GetReference(values);
        switch (width)
        {
            case VectorWidth.Bits512:
                Find512(ref first, range, words, ref found);
                break;
            case VectorWidth.Bits256:
                Find256(ref first, range, words, ref found);
                break;
            default:
                FindScalar(values, range, words, ref found);
                break;
        }
    }

    // x - low as an unsigned number is at most the width exactly where x lies inside: one comparison does for both ends.
    private static void Find512(ref long first, LongRange range, int words, ref RowBitmap found)
    {
        var (low, most) = (Vector512.Create(range.Low), Vector512.Create(range.Width));
        for (var w = 0; w < words; w++)
        {
            ulong bits = 0;
            for (var i = 0; i < 64; i += Vector512<long>.Count)
            {
                var distance = (Vector512.LoadUnsafe(ref first, (nuint)((w * 64) + i)) - low).AsUInt64();
                bits |= Vector512.LessThanOrEqual(distance, most).ExtractMostSignificantBits() << i;
            }

            found[w] = bits;
        }
    }

    private static void Find256(ref long first, LongRange range, int words, ref RowBitmap found)
    {
        var (low, most) = (Vector256.Create(range.Low), Vector256.Create(range.Width));
        for (var w = 0; w < words; w++)
        {
            ulong bits = 0;
            for (var i = 0; i < 64; i += Vector256<long>.Count)
            {
                var distance = (Vector256.LoadUnsafe(ref first, (nuint)((w * 64) + i)) - low).AsUInt64();
                bits |= (ulong)Vector256.LessThanOrEqual(distance, most).ExtractMostSignificantBits() << i;
            }

            found[w] = bits;
        }
    }

    private static void FindScalar(ReadOnlySpan<long> values, LongRange range, int words, ref RowBitmap found)
    {
        for (var w = 0; w < words; w++)
        {
            ulong bits = 0;
            for (var i = 0; i < 64; i++)
                bits |= (ulong)(values[(w * 64) + i] - range.Low) <= range.Width ? 1UL << i : 0;
            found[w] = bits;
        }
    }
}
