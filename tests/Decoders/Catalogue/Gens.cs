using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>Values that several decoders are fed with.</summary>
internal static class Gens
{
    /// <summary>One of these.</summary>
    public static Gen<T> One<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    public static Gen<byte[]> Bytes(int most) => Gen.Frequency((1, Gen.Byte), (1, One<byte>(0, 1, 0x7f, 0x80, 0xff))).Array[0, most];

    public static Gen<Lsn> Lsn { get; } = Gen.Frequency((3, Gen.ULong[1, 1000]), (1, Gen.ULong[1, Storage.Lsn.Max.Value - 1_000_000])).Select(value => new Lsn(value));

    public static Gen<ulong> ULong { get; } = Gen.Frequency((2, Gen.ULong[0, 300]), (1, One(ulong.MaxValue, 1UL << 63, uint.MaxValue)), (2, Gen.ULong));

    public static Gen<long> Long { get; } = ULong.Select(value => (long)value);

    public static Gen<uint> UInt { get; } = Gen.Frequency((2, Gen.UInt[0, 300]), (1, One(uint.MaxValue, 1U << 31, ushort.MaxValue)), (2, Gen.UInt));

    public static Gen<TableId> Table { get; } = UInt.Select(value => new TableId(value));

    public static Gen<RowId> Row { get; } = ULong.Select(value => new RowId(value));

    public static Gen<Guid> Guid { get; } = Gen.Byte.Array[16].Select(bytes => new Guid(bytes));

    public static Gen<UInt128> Fingerprint { get; } = Gen.Select(ULong, ULong).Select((upper, lower) => new UInt128(upper, lower));

    /// <summary>Text without lone surrogates.</summary>
    public static Gen<string> Text(int most) =>
        One("a", "b", "A", "z", "\0", "\u0001", "ÿ", "é", "中", "\uffff", "😀", " ", "\"", "\\", "\n", ",", "/", "\u007f", "0", ";", "\r").Array[0, most].Select(string.Concat);
}
