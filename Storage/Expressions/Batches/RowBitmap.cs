using System.Numerics;
using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>A bit for each row of a <see cref="RowBatch"/>.</summary>
[InlineArray(WordCount)]
internal struct RowBitmap
{
    public const int WordCount = RowBatch.MaxRows / 64;

    private ulong _word;

    /// <summary>The rows before <paramref name="count"/>.</summary>
    public static RowBitmap Before(int count)
    {
        var result = default(RowBitmap);
        for (var w = 0; w < count / 64; w++)
            result[w] = ulong.MaxValue;
        if (count % 64 != 0)
            result[count / 64] = (1UL << count) - 1; // a shift counts modulo 64
        return result;
    }

    public readonly bool IsEmpty
    {
        get
        {
            ulong any = 0;
            for (var w = 0; w < WordCount; w++)
                any |= this[w];
            return any == 0;
        }
    }

    public readonly int Count()
    {
        var count = 0;
        for (var w = 0; w < WordCount; w++)
            count += BitOperations.PopCount(this[w]);
        return count;
    }

    public void Add(int row) => this[row >> 6] |= 1UL << row;

    /// <summary>Writes the places of the rows before <paramref name="limit"/>, ascending; returns how many.</summary>
    public readonly int CopyTo(Span<ushort> places, int limit)
    {
        var count = 0;
        var below = Before(limit);
        for (var w = 0; w < WordCount; w++)
            for (var rest = this[w] & below[w]; rest != 0; rest &= rest - 1)
                places[count++] = (ushort)((w << 6) + BitOperations.TrailingZeroCount(rest));
        return count;
    }
}
