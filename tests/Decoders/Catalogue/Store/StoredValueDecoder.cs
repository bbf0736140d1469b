using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>What an encrypted value of the store says, with the nonce that it was encrypted with: so one value has one encoding.</summary>
internal sealed record EncryptedValue(NonceUse Use, byte[] Plaintext)
{
    public bool Equals(EncryptedValue? other) => other is not null && Use == other.Use && Plaintext.AsSpan().SequenceEqual(other.Plaintext);

    public override int GetHashCode() => Use.GetHashCode();
}

/// <summary>The envelope of an encrypted value: nothing of it may be believed before its tag is verified, and no change be taken.</summary>
/// <param name="domain">Rows or everything else.</param>
/// <param name="key">The key in the store.</param>
internal abstract class EncryptedValueDecoder(NonceDomain domain, byte[] key) : DecoderUnderTest<EncryptedValue>
{
    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    public override IEnumerable<byte[]> CostlyInputs
    {
        get
        {
            var valid = Encode(new EncryptedValue(new NonceUse(FixedKeys.Ids[0], 1), new byte[256 << 10]));
            yield return valid;
            yield return [.. valid[..^1], (byte)(valid[^1] ^ 1)];
        }
    }

    protected override Gen<EncryptedValue> Values { get; } =
        Gen.Select(Gens.One(FixedKeys.Ids), Gens.ULong, Gens.Bytes(60)).Select((id, counter, plaintext) => new EncryptedValue(new NonceUse(id, counter), plaintext));

    public override void Repair(byte[] bytes)
    {
        if (bytes.Length >= ValueCipher.Overhead)
            FixedKeys.Repair(domain, Use(bytes), bytes.AsSpan(ValueCipher.HeaderSize..^GcmContext.TagSize), bytes.AsSpan(^GcmContext.TagSize..), Aad(FixedKeys.Database));
    }

    protected override byte[] Encode(EncryptedValue value) => Encode(value, FixedKeys.Keys);

    /// <summary>Written here a second time, from the drawing in <see cref="ValueCipher"/>.</summary>
    public byte[] Encode(EncryptedValue value, DatabaseKeys keys)
    {
        var bytes = new byte[1 + 4 + 8 + value.Plaintext.Length + 16];
        bytes[0] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(1), value.Use.KeyId);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(5), value.Use.Counter);
        FixedKeys.Encrypt(keys, domain, value.Use, value.Plaintext, bytes.AsSpan(13..^16), bytes.AsSpan(^16..), Aad(keys.DatabaseId));
        return bytes;
    }

    protected override bool TryDecode(byte[] bytes, out EncryptedValue value)
    {
        using var buffer = new ByteBuffer();
        buffer.Append(bytes);
        Decrypt(key, buffer);
        value = new EncryptedValue(Use(bytes), buffer.Written.ToArray());
        return true;
    }

    protected override bool MayFollowFromDamage(EncryptedValue original, EncryptedValue decoded) => false;

    protected abstract void Decrypt(byte[] key, ByteBuffer buffer);

    private static NonceUse Use(byte[] bytes) => new(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(1)), BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(5)));

    private byte[] Aad(Guid database) => [1, (byte)domain, .. database.ToByteArray(bigEndian: true), .. key];
}

/// <summary>A value of the family "default", as every reader of it decrypts one: here the counters of a table.</summary>
internal sealed class StoredValueDecoder() : EncryptedValueDecoder(NonceDomain.Meta, StoreKey)
{
    public static byte[] StoreKey => [KeySpace.Counters, 0, 0, 0, 17];

    public override string Name => "stored-value";

    public override IReadOnlyList<Type> Codecs => [typeof(ValueCipher), typeof(StoredMeta)];

    protected override void Decrypt(byte[] key, ByteBuffer buffer) => StoredMeta.Decrypt(FixedKeys.Keys.Meta, key, buffer, 0);
}

/// <summary>A version of a row: decrypted, it has a kind that must be known, and a deletion has nothing behind it.</summary>
internal sealed class StoredRowDecoder() : EncryptedValueDecoder(NonceDomain.Row, StoreKey)
{
    private static readonly (uint Partition, RowId Row, Lsn Lsn) s_place = (17, new RowId(5), new Lsn(9));

    public static byte[] StoreKey
    {
        get
        {
            var key = new byte[KeySpace.RowKeySize];
            KeyWriter.Row(key, s_place.Partition, s_place.Row, s_place.Lsn);
            return key;
        }
    }

    public override string Name => "stored-row";

    public override IReadOnlyList<Type> Codecs => [typeof(ValueCipher), typeof(StoredRow)];

    protected override Gen<EncryptedValue> Values => base.Values.Select(Gen.Bool, (value, isDeleted) =>
        value with { Plaintext = isDeleted ? [(byte)RowKind.Tombstone] : [(byte)RowKind.Plain, .. value.Plaintext] });

    protected override void Decrypt(byte[] key, ByteBuffer buffer)
    {
        StoredRow.Decrypt(FixedKeys.Keys.Rows, key, buffer, 0);
        StoredRow.Kind(buffer.Written, s_place.Row, s_place.Lsn);
    }
}
