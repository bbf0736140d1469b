namespace Helios.Pipeline.Storage;

/// <summary>Integers from one to another, both inside; or none.</summary>
/// <param name="Low">The least.</param>
/// <param name="Width">How far the greatest lies from it.</param>
/// <param name="IsEmpty">None at all: the others mean nothing then.</param>
internal readonly record struct LongRange(long Low, ulong Width, bool IsEmpty)
{
    /// <param name="low">The least.</param>
    /// <param name="high">The greatest; below <paramref name="low"/> for none.</param>
    public static LongRange Between(Int128 low, Int128 high)
    {
        low = Int128.Max(low, long.MinValue);
        high = Int128.Min(high, long.MaxValue);
        return low <= high ? new LongRange((long)low, (ulong)(high - low), false) : new LongRange(0, 0, true);
    }

    public bool Contains(long value) => !IsEmpty && (ulong)(value - Low) <= Width;
}
