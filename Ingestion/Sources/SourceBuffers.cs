using System.Buffers;

namespace Helios.Pipeline.Ingestion;

/// <summary>Buffers for reading: ordinary ones are pooled, the few large ones are left to the garbage collector.</summary>
internal static class SourceBuffers
{
    // The shared pool rounds up to a power of two: for the rare 17 MiB buffer that would be 32 MiB, kept for long.
    private const int MaxPooledBytes = 2 * 1024 * 1024;

    /// <summary>At least <paramref name="bytes"/> bytes, not cleared.</summary>
    public static byte[] Rent(int bytes) =>
        bytes <= MaxPooledBytes ? ArrayPool<byte>.Shared.Rent(bytes) : GC.AllocateUninitializedArray<byte>(bytes);

    /// <summary>Takes back what <see cref="Rent"/> gave; the caller forgets it.</summary>
    public static void Return(byte[] buffer)
    {
        if (buffer.Length <= MaxPooledBytes)
            ArrayPool<byte>.Shared.Return(buffer);
    }
}
