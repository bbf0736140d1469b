using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Helios.Pipeline.Storage;

/// <summary>CRC-32C (Castagnoli) as iSCSI defines it, by the processor's instruction where it has one.</summary>
internal static class Crc32C
{
    /// <summary>Where <see cref="Append"/> starts.</summary>
    public const uint Seed = uint.MaxValue;

    public static uint Compute(ReadOnlySpan<byte> bytes) => Finish(Append(Seed, bytes));

    public static uint Finish(uint state) => ~state;

    /// <summary>Takes more bytes in; the pieces may be cut anywhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // an open checks its files before code that is not would be compiled again
    public static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        ref var start = ref MemoryMarshal.GetReference(bytes);
        var words = bytes.Length & ~7;
        for (nint i = 0; i < words; i += 8)
        {
            var word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, i));
            state = BitOperations.Crc32C(state, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        for (var i = words; i < bytes.Length; i++)
            state = BitOperations.Crc32C(state, bytes[i]);
        return state;
    }
}
