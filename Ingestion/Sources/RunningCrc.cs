using System.Numerics;
using System.Runtime.InteropServices;

namespace Helios.Pipeline.Ingestion;

/// <summary>CRC-32C (Castagnoli) that goes on over any cut of the same bytes.</summary>
internal static class RunningCrc
{
    /// <summary>The CRC of <paramref name="bytes"/> appended to what <paramref name="crc"/> covers; 0 is the CRC of no bytes.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));

        foreach (var one in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}
