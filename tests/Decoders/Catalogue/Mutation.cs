using System.Buffers.Binary;
using CsCheck;

namespace Helios.Pipeline.Decoders;

/// <summary>One change to bytes, as damage, hostile hands or a defect may make it.</summary>
/// <param name="Kind">Which change.</param>
/// <param name="At">Where; taken modulo the length.</param>
/// <param name="Size">How many bytes; taken modulo what there is.</param>
/// <param name="Value">What is written.</param>
internal readonly record struct Mutation(int Kind, uint At, uint Size, ulong Value)
{
    private const int Kinds = 11;

    /// <summary>Numbers that lengths and counts go wrong at.</summary>
    private static readonly ulong[] s_edges =
    [
        0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
        0x1_0000_0000, 0xffff_ffff_ffff, 0x1_0000_0000_0000, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_ffff_ffff, 0xfffffff,
    ];

    /// <summary>One to five changes.</summary>
    public static Gen<Mutation[]> Some { get; } =
        Gen.Select(Gen.Int[0, Kinds - 1], Gen.UInt, Gen.UInt[0, 40], Gen.Frequency((3, Gen.Int[0, s_edges.Length - 1].Select(i => s_edges[i])), (1, Gen.ULong)))
            .Select((kind, at, size, value) => new Mutation(kind, at, size, value))
            .Array[1, 5];

    /// <summary>The bytes after all changes; <paramref name="other"/> gives the parts that are spliced in.</summary>
    public static byte[] Apply(byte[] bytes, byte[] other, Mutation[] mutations)
    {
        var result = bytes.ToArray();
        foreach (var mutation in mutations)
            result = mutation.Apply(result, other);
        return result;
    }

    private byte[] Apply(byte[] bytes, byte[] other)
    {
        var at = bytes.Length == 0 ? 0 : (int)(At % (uint)bytes.Length);
        var size = Math.Min((int)Size, bytes.Length - at);
        switch (Kind)
        {
            case 0: return Write(bytes, at, 1, (span, v) => span[0] ^= (byte)(1 << (int)(v & 7)));
            case 1: return Write(bytes, at, 1, (span, v) => span[0] = (byte)v);
            case 2: return Write(bytes, at, 2, (span, v) => BinaryPrimitives.WriteUInt16LittleEndian(span, (ushort)v));
            case 3: return Write(bytes, at, 2, (span, v) => BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)v));
            case 4: return Write(bytes, at, 4, (span, v) => BinaryPrimitives.WriteUInt32LittleEndian(span, (uint)v));
            case 5: return Write(bytes, at, 4, (span, v) => BinaryPrimitives.WriteUInt32BigEndian(span, (uint)v));
            case 6: return Write(bytes, at, 8, (span, v) => BinaryPrimitives.WriteUInt64LittleEndian(span, v));
            case 7: return bytes[..at];
            case 8: return [.. bytes[..at], .. bytes[(at + size)..]]; // taken out
            case 9: return [.. bytes[..(at + size)], .. bytes[at..]]; // twice
            default: return [.. bytes[..at], .. Part(other)]; // the end of another
        }
    }

    private byte[] Write(byte[] bytes, int at, int width, Action<Span<byte>, ulong> write)
    {
        at = Math.Min(at, bytes.Length - width);
        if (at >= 0)
            write(bytes.AsSpan(at, width), Value);
        return bytes;
    }

    private ReadOnlySpan<byte> Part(byte[] other) => other.Length == 0 ? [] : other.AsSpan((int)(Value % (uint)other.Length));
}
