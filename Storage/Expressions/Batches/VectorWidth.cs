using System.Runtime.Intrinsics;

namespace Helios.Pipeline.Storage;

/// <summary>How many values a kernel compares at once.</summary>
internal enum VectorWidth
{
    /// <summary>One: for processors without wide registers, and to hold the others to.</summary>
    Scalar,
    Bits256,
    Bits512,
}

/// <summary>The width of this machine.</summary>
internal static class VectorWidths
{
    public static VectorWidth Widest => Vector512.IsHardwareAccelerated ? VectorWidth.Bits512
        : Vector256.IsHardwareAccelerated ? VectorWidth.Bits256 : VectorWidth.Scalar;
}
