using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Helios.Pipeline.Micro;

/// <summary>Keys by number, made anew each time, so that no list of them is in the caches or in the memory that is measured.</summary>
/// <typeparam name="TKey">What a dictionary of the runtime would take as the key.</typeparam>
internal interface IKeyKind<TKey>
    where TKey : notnull
{
    static abstract int Length { get; }

    static abstract IEqualityComparer<TKey>? Equality { get; }

    static abstract IComparer<TKey>? Order { get; }

    static abstract void Write(ulong number, Span<byte> key);

    /// <summary>An array is filled again where there is one, so that only entering a key allocates.</summary>
    static abstract void Make(ulong number, ref TKey? key);
}

/// <summary>Ascending integers, big-endian.</summary>
internal readonly struct Sequential8 : IKeyKind<ulong>
{
    public static int Length => sizeof(ulong);

    public static IEqualityComparer<ulong>? Equality => null;

    public static IComparer<ulong>? Order => null;

    public static void Write(ulong number, Span<byte> key) => BinaryPrimitives.WriteUInt64BigEndian(key, number);

    public static void Make(ulong number, ref ulong key) => key = number;
}

/// <summary>16 random bytes, as of a UUID of version 4 without its fixed bits.</summary>
internal readonly struct Random16 : IKeyKind<Guid>
{
    public static int Length => 16;

    public static IEqualityComparer<Guid>? Equality => null;

    public static IComparer<Guid>? Order => null;

    public static void Write(ulong number, Span<byte> key)
    {
        MemoryMarshal.Write(key, Mix(number));
        MemoryMarshal.Write(key[sizeof(ulong)..], Mix(~number));
    }

    public static void Make(ulong number, ref Guid key) => Write(number, MemoryMarshal.AsBytes(new Span<Guid>(ref key)));

    /// <summary>A permutation of 64 bits that looks random (SplitMix64).</summary>
    public static ulong Mix(ulong number)
    {
        number += 0x9E3779B97F4A7C15;
        number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
        number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
        return number ^ (number >> 31);
    }
}

/// <summary>Twelve bytes that all keys share and eight digits, in scattered order; a hundred million of them.</summary>
internal readonly struct Text20 : IKeyKind<byte[]>
{
    private const ulong Numbers = 100_000_000;

    public static int Length => 20;

    public static IEqualityComparer<byte[]>? Equality { get; } = new ByBytes();

    public static IComparer<byte[]>? Order { get; } = Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y));

    public static void Write(ulong number, Span<byte> key)
    {
        "orders/2026/"u8.CopyTo(key);
        number = number * 61_803_399 % Numbers; // has no factor in common with the modulus, so numbers stay apart
        for (var at = 19; at >= 12; at--)
        {
            (number, var digit) = Math.DivRem(number, 10);
            key[at] = (byte)('0' + digit);
        }
    }

    public static void Make(ulong number, ref byte[]? key) => Write(number, key ??= new byte[20]);

    private sealed class ByBytes : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        // The quickest that spreads these keys: the dictionary is not to be slow for want of a good hash.
        public int GetHashCode(byte[] key)
        {
            ref var start = ref MemoryMarshal.GetArrayDataReference(key);
            var hash = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, 4)) * 0x9E3779B97F4A7C15;
            hash = (hash ^ (hash >> 32) ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, 12))) * 0xBF58476D1CE4E5B9;
            return (int)(hash >> 32);
        }
    }
}
