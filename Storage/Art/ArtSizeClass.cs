using System.Numerics;

namespace Helios.Pipeline.Storage;

/// <summary>The sizes in which slots are handed out: every 16 bytes up to 2 KiB, then eight steps per doubling up to 96 KiB.</summary>
internal static class ArtSizeClass
{
    private const int FineLimit = 2048;
    private const int FineClasses = FineLimit / ArtSlots.Granule;
    private const int StepsPerDoubling = 8;

    /// <summary>The largest slot: a Node256 or leaf with a prefix or key of 64 KiB fits.</summary>
    public const int Largest = 96 * 1024;

    public static readonly int Count = Of(Largest) + 1;

    public static int Of(int size)
    {
        if (size <= FineLimit)
            return (int)((uint)(size - 1) / ArtSlots.Granule);
        var doubling = BitOperations.Log2((uint)(size - 1)); // 2^doubling < size <= 2^(doubling + 1)
        var step = (size - 1 - (1 << doubling)) >> (doubling - 3);
        return FineClasses + ((doubling - 11) * StepsPerDoubling) + step;
    }

    public static int Size(int sizeClass)
    {
        if (sizeClass < FineClasses)
            return (sizeClass + 1) * ArtSlots.Granule;
        var (doubling, step) = int.DivRem(sizeClass - FineClasses, StepsPerDoubling);
        return (StepsPerDoubling + step + 1) << (doubling + 8);
    }

    /// <summary>The largest class that fits into so many bytes, 16 or more.</summary>
    public static int LargestWithin(int bytes)
    {
        if (bytes >= Largest)
            return Count - 1;
        var sizeClass = Of(bytes);
        return Size(sizeClass) <= bytes ? sizeClass : sizeClass - 1;
    }
}
