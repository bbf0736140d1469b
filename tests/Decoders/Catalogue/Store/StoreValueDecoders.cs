using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

internal sealed class TableCountersDecoder : DecoderUnderTest<TableCounters>
{
    public override string Name => "table-counters";

    public override IReadOnlyList<Type> Codecs => [typeof(TableCounters)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    protected override Gen<TableCounters> Values { get; } = Gen.Select(Gens.Long, Gens.Row, Gens.Long).Select((rows, highest, number) => new TableCounters(rows, highest, rows % 2 == 0 ? 0 : number & long.MaxValue));

    protected override byte[] Encode(TableCounters value)
    {
        var bytes = new byte[value.Size];
        value.Write(bytes);
        return bytes;
    }

    protected override bool TryDecode(byte[] bytes, out TableCounters value)
    {
        value = TableCounters.Read(bytes);
        return true;
    }
}

internal sealed class AppliedStateDecoder : DecoderUnderTest<AppliedState>
{
    public override string Name => "applied-state";

    public override IReadOnlyList<Type> Codecs => [typeof(AppliedState)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    protected override Gen<AppliedState> Values { get; } = Gen.Select(Gens.Lsn, Gens.Long, Gens.ULong).Select((lsn, time, epoch) => new AppliedState(lsn, time, epoch));

    protected override byte[] Encode(AppliedState value)
    {
        var bytes = new byte[AppliedState.Size];
        value.Write(bytes);
        return bytes;
    }

    protected override bool TryDecode(byte[] bytes, out AppliedState value)
    {
        value = AppliedState.Read(bytes);
        return true;
    }
}

internal sealed class CollectedStateDecoder : DecoderUnderTest<CollectedState>
{
    public override string Name => "collected-state";

    public override IReadOnlyList<Type> Codecs => [typeof(CollectedState)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    protected override Gen<CollectedState> Values { get; } = Gen.Select(Gens.Lsn, Gens.Lsn, Gens.Lsn, Gens.UInt, Gens.Row).Select((through, mark, sweep, partition, row) => new CollectedState(through, mark, sweep, partition, row));

    protected override byte[] Encode(CollectedState value)
    {
        var bytes = new byte[CollectedState.Size];
        value.Write(bytes);
        return bytes;
    }

    protected override bool TryDecode(byte[] bytes, out CollectedState value)
    {
        value = CollectedState.Read(bytes);
        return true;
    }
}

/// <summary>An entry of an index that has no room for it.</summary>
internal sealed class SpilledKeyDecoder : DecoderUnderTest<KeyVersion>
{
    public override string Name => "spilled-key";

    public override IReadOnlyList<Type> Codecs => [typeof(SpilledKeys)];

    protected override Gen<KeyVersion> Values { get; } = Gen.Select(Gens.Row, Gens.Lsn).Select((row, lsn) => new KeyVersion(row, lsn, Vacated: false));

    protected override byte[] Encode(KeyVersion value)
    {
        var bytes = new byte[SpilledKeys.ValueSize];
        SpilledKeys.Write(bytes, value);
        return bytes;
    }

    protected override bool TryDecode(byte[] bytes, out KeyVersion value)
    {
        value = SpilledKeys.Read(bytes, index: 1);
        return true;
    }
}

/// <summary>A source's position as the store keeps it: the body of the operation that moved it there, and the LSN.</summary>
internal sealed class SourcePositionDecoder : DecoderUnderTest<SourceProgress>
{
    public static Gen<SourceProgress> Any { get; } =
        Gen.Select(Gen.Select(Gens.Table, Gens.Fingerprint, Gen.Int[0, 65536]), Gen.Select(Gens.Long, Gens.Long, Gens.UInt), Gen.Select(Gen.Bool, Gens.Long, Gens.Long), Gens.Lsn)
            .Select((key, place, counts, lsn) => new SourceProgress(key.Item1, new SourceKey(key.Item2, key.Item3))
            {
                Offset = place.Item1,
                Record = place.Item2,
                Crc = place.Item3,
                Complete = counts.Item1,
                Stored = counts.Item2,
                Rejected = counts.Item3,
                Lsn = lsn,
            });

    public override string Name => "source-position";

    public override IReadOnlyList<Type> Codecs => [typeof(SourceCodec)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    protected override Gen<SourceProgress> Values => Any;

    protected override byte[] Encode(SourceProgress value)
    {
        var body = new byte[ChangeFormat.MoveSourceSize];
        SourceCodec.Write(body, value, expectedOffset: 0);
        var stored = new byte[SourceCodec.StoredSize];
        SourceCodec.WriteStored(stored, body, value.Lsn);
        return stored;
    }

    protected override bool TryDecode(byte[] bytes, out SourceProgress value)
    {
        if (bytes.Length == SourceCodec.StoredSize)
            bytes.AsSpan(25, 8).Clear(); // the offset that the operation expected is stored and means nothing any more
        value = SourceCodec.ReadStored(bytes);
        return true;
    }
}

internal sealed class DatabaseIdentityDecoder : DecoderUnderTest<DatabaseIdentity>
{
    public override string Name => "database-identity";

    public override IReadOnlyList<Type> Codecs => [typeof(DatabaseIdentity)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    protected override Gen<DatabaseIdentity> Values { get; } =
        Gen.Select(Gens.Guid, Gen.Long[0, RowFormat.MaxTimestampTicks], Gen.Bool).Select((id, ticks, encrypted) => new DatabaseIdentity(id, new DateTimeOffset(ticks, TimeSpan.Zero), encrypted));

    protected override byte[] Encode(DatabaseIdentity value) => value.Encode();

    protected override bool TryDecode(byte[] bytes, out DatabaseIdentity value)
    {
        value = DatabaseIdentity.Decode(bytes, "identity");
        return true;
    }

    public override void Repair(byte[] bytes)
    {
        if (bytes.Length == DatabaseIdentity.Size)
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Crc32C.Compute([.. bytes[..12], .. bytes[16..]]));
    }

    protected override bool MayFollowFromDamage(DatabaseIdentity original, DatabaseIdentity decoded) => false;
}
