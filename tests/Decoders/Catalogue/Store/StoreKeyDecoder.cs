using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>What a key of the store says. Rows have a family of their own; the test puts a zero in front of their keys.</summary>
internal sealed record StoreKey(byte Kind, uint Place, ulong Row, Lsn Lsn, byte[] Rest)
{
    public bool Equals(StoreKey? other) =>
        other is not null && (Kind, Place, Row, Lsn) == (other.Kind, other.Place, other.Row, other.Lsn) && Rest.AsSpan().SequenceEqual(other.Rest);

    public override int GetHashCode() => HashCode.Combine(Kind, Place, Row, Lsn);
}

internal sealed class StoreKeyDecoder : DecoderUnderTest<StoreKey>
{
    private const byte RowKind = 0;

    public override string Name => "store-key";

    public override IReadOnlyList<Type> Codecs => [typeof(KeyReader)];

    protected override Gen<StoreKey> Values { get; } = Gen.OneOf(
        Gen.Select(Gens.UInt, Gens.ULong, Gens.ULong).Select((partition, row, lsn) => new StoreKey(RowKind, partition, row, new Lsn(lsn), [])),
        Gens.UInt.Select(table => new StoreKey(KeySpace.Counters, table, 0, Lsn.Zero, [])),
        Gen.Select(Gens.UInt, Gens.ULong).Select((table, lsn) => new StoreKey(KeySpace.Catalog, table, 0, new Lsn(lsn), [])),
        Gen.Select(Gens.UInt, Gen.Byte.Array[KeySpace.FingerprintSize]).Select((table, print) => new StoreKey(KeySpace.SourcePosition, table, 0, Lsn.Zero, print)),
        Gen.Select(Gens.UInt, Gens.Bytes(40), Gens.ULong).Select((index, key, lsn) => new StoreKey(KeySpace.Vacated, index, 0, new Lsn(lsn), key)),
        Gen.Select(Gen.Byte.Array[ProducerId.Size], Gen.Long[0, long.MaxValue]).Select((id, sequence) => new StoreKey(KeySpace.Producer, 0, (ulong)sequence, Lsn.Zero, id)));

    protected override byte[] Encode(StoreKey value)
    {
        var key = new byte[64 + value.Rest.Length];
        var length = value.Kind switch
        {
            RowKind => 1 + KeyWriter.Row(key.AsSpan(1), value.Place, new RowId(value.Row), value.Lsn),
            KeySpace.Counters => KeyWriter.Counters(key, new TableId(value.Place)),
            KeySpace.Catalog => KeyWriter.Catalog(key, new TableId(value.Place), value.Lsn),
            KeySpace.SourcePosition => KeyWriter.SourcePosition(key, new TableId(value.Place), value.Rest),
            KeySpace.Producer => KeyWriter.Producer(key, ProducerId.Read(value.Rest), (long)value.Row, hash: null),
            _ => KeyWriter.Vacated(key, value.Place, value.Rest, value.Lsn),
        };
        return key[..length];
    }

    protected override bool TryDecode(byte[] bytes, out StoreKey value)
    {
        value = null!;
        if (bytes.Length == 0)
            return false;
        switch (bytes[0])
        {
            case RowKind:
                var row = KeyReader.Row(bytes.AsSpan(1));
                value = new StoreKey(RowKind, row.Partition, row.Row.Value, row.Lsn, []);
                return true;
            case KeySpace.Counters:
                value = new StoreKey(KeySpace.Counters, KeyReader.Counters(bytes).Value, 0, Lsn.Zero, []);
                return true;
            case KeySpace.Catalog:
                var (table, lsn) = KeyReader.Catalog(bytes);
                value = new StoreKey(KeySpace.Catalog, table.Value, 0, lsn, []);
                return true;
            case KeySpace.SourcePosition:
                var owner = KeyReader.SourcePosition(bytes, out var fingerprint);
                value = new StoreKey(KeySpace.SourcePosition, owner.Value, 0, Lsn.Zero, fingerprint.ToArray());
                return true;
            case KeySpace.Vacated:
                var vacated = KeyReader.Vacated(bytes, out var key);
                value = new StoreKey(KeySpace.Vacated, vacated.Index, 0, vacated.Lsn, key.ToArray());
                return true;
            case KeySpace.Producer:
                var sequence = KeyReader.Producer(bytes, out var id);
                value = new StoreKey(KeySpace.Producer, 0, (ulong)sequence, Lsn.Zero, id.ToArray());
                return true;
            default:
                return false;
        }
    }
}
