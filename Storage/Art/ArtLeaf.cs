using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Leaves and older versions; little-endian, at multiples of 16 bytes. Nothing in them changes after they were published,
/// but <c>older</c>, which may be cut off.
/// <code>
/// offset size field
///      0    1 kind: Leaf or Version
///      1    1 flags: 1 = vacated, 2 = has "older", 4 = older versions were trimmed, 8 = key length + 65,536
///      2    2 key length, bytes; 0 in a Version
///      4    6 row id
///     10    6 LSN
///     16    4 older, only with flag 2: handle of a Version; 0 = there is none, 1 = trimmed
///  16/20    n the whole key; none in a Version
/// </code>
/// With one version a leaf is 16 bytes and its key. A Version always has flag 2 and is 20 bytes whatever its key's length.
/// </summary>
internal static unsafe class ArtLeaf
{
    public const uint NoOlder = 0;
    public const uint OlderTrimmed = 1;
    public const int MaxKeyLength = 65_536;
    public const int VersionSize = 20;

    private const int VacatedFlag = 1;
    private const int ChainedFlag = 2;
    private const int TrimmedFlag = 4;
    private const int LongestKeyFlag = 8;
    private const ulong Low48Bits = (1UL << 48) - 1;

    public static int Size(int keyLength, uint older) => (older > OlderTrimmed ? 20 : 16) + keyLength;

    /// <summary>Fills a slot of <see cref="Size"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteLeaf(byte* slot, ReadOnlySpan<byte> key, in KeyVersion version, uint older)
    {
        var chained = older > OlderTrimmed;
        var flags = chained ? ChainedFlag : older == OlderTrimmed ? TrimmedFlag : 0;
        WriteHeader(slot, ArtKind.Leaf, flags, key.Length, version);
        if (chained)
            *(uint*)(slot + 16) = older;
        key.CopyTo(new Span<byte>(slot + (chained ? 20 : 16), key.Length));
    }

    /// <summary>Fills a slot of <see cref="VersionSize"/> bytes.</summary>
    public static void WriteVersion(byte* slot, KeyVersion version, uint older)
    {
        WriteHeader(slot, ArtKind.Version, ChainedFlag, 0, version);
        *(uint*)(slot + 16) = older;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsLeaf(byte* slot) => *slot == (byte)ArtKind.Leaf;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Key(byte* leaf)
    {
        var flags = leaf[1];
        var length = *(ushort*)(leaf + 2) + ((flags & LongestKeyFlag) << 13);
        return new ReadOnlySpan<byte>(leaf + ((flags & ChainedFlag) != 0 ? 20 : 16), length);
    }

    public static bool IsVacated(byte* slot) => (slot[1] & VacatedFlag) != 0;

    public static Lsn Lsn(byte* slot) => new(*(ulong*)(slot + 8) >> 16);

    public static KeyVersion Read(byte* slot) =>
        new(new RowId(*(ulong*)(slot + 4) & Low48Bits), Lsn(slot), IsVacated(slot));

    public static uint Older(byte* slot)
    {
        var flags = slot[1];
        if ((flags & ChainedFlag) != 0)
            return Volatile.Read(ref *(uint*)(slot + 16));
        return (flags & TrimmedFlag) != 0 ? OlderTrimmed : NoOlder;
    }

    /// <summary>Cuts off what is older than a Version, which readers see at once.</summary>
    public static void CutOlder(byte* slot)
    {
        Debug.Assert(*slot == (byte)ArtKind.Version, "a leaf is replaced, so that its size follows from what it holds");
        Volatile.Write(ref *(uint*)(slot + 16), OlderTrimmed);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteHeader(byte* slot, ArtKind kind, int flags, int keyLength, in KeyVersion version)
    {
        Debug.Assert(version.Row.Value <= Low48Bits && version.Lsn.Value <= Low48Bits, "both have 48 bits");
        if (version.Vacated)
            flags |= VacatedFlag;
        if (keyLength == MaxKeyLength)
            flags |= LongestKeyFlag; // the one length that 16 bits do not hold
        *(ulong*)slot = (byte)kind | ((ulong)flags << 8) | ((ulong)(ushort)keyLength << 16) | (version.Row.Value << 32);
        *(ulong*)(slot + 8) = (version.Row.Value >> 32) | (version.Lsn.Value << 16);
    }
}
