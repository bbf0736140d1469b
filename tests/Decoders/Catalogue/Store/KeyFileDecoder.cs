using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>What a key file says, and what stands where its HMAC should.</summary>
internal sealed record KeyFileValue(KeyFileContent Content, byte[] Mac);

/// <summary>The key file, parsed before anything of it is verified: the key that seals it is found by what it says.</summary>
internal sealed class KeyFileDecoder : DecoderUnderTest<KeyFileValue>
{
    public override string Name => "key-file";

    public override IReadOnlyList<Type> Codecs => [typeof(KeyFileContent)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    public override IEnumerable<byte[]> CostlyInputs
    {
        get
        {
            KeyRecord[] records = [.. Enumerable.Range(1, 3_000).Select(i => new KeyRecord((uint)i, KeyPurpose.Data, 0, new byte[KeyRecord.WrappedSize]))];
            var many = Encode(new KeyFileValue(new KeyFileContent(FixedKeys.Database, FixedKeys.Kek.Id, null, records), new byte[KeyFileContent.MacSize]));
            yield return many;

            // A number of keys that lies, up to the one whose length in bytes does not fit 32 bits.
            foreach (var count in (uint[])[0, 1_000_000, 1_000_001, 56_512_728, uint.MaxValue])
            {
                byte[] lying = [.. many];
                BinaryPrimitives.WriteUInt32LittleEndian(lying.AsSpan(64), count);
                Repair(lying);
                yield return lying;
            }
        }
    }

    protected override Gen<KeyFileValue> Values { get; } = Gen.Select(Contents(), Gen.Byte.Array[KeyFileContent.MacSize], Gen.Bool)
        .Select((content, mac, isSealed) => new KeyFileValue(content, isSealed ? content.Encode(FixedKeys.Kek)[^KeyFileContent.MacSize..] : mac));

    protected override byte[] Encode(KeyFileValue value)
    {
        var bytes = value.Content.Encode(FixedKeys.Kek);
        value.Mac.CopyTo(bytes.AsSpan(^KeyFileContent.MacSize..));
        Repair(bytes);
        return bytes;
    }

    protected override bool TryDecode(byte[] bytes, out KeyFileValue value)
    {
        value = new KeyFileValue(KeyFileContent.Decode(bytes, "keys"), bytes[^KeyFileContent.MacSize..]);
        FixedKeys.Kek.IsSealOf(bytes); // what an open asks next: an answer, never an exception
        return true;
    }

    public override void Repair(byte[] bytes)
    {
        if (bytes.Length >= 16)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Crc32C.Compute([.. bytes[..12], .. bytes[16..]]));
    }

    protected override bool Same(KeyFileValue one, KeyFileValue other) => Encode(one).AsSpan().SequenceEqual(Encode(other));

    protected override bool MayFollowFromDamage(KeyFileValue original, KeyFileValue decoded) => false;

    private static Gen<KeyFileContent> Contents()
    {
        var derivation = Gen.Select(Gen.Bool, Gen.Byte.Array[PasswordDerivation.SaltSize], Gen.Int[PasswordDerivation.MinIterations, PasswordDerivation.MaxIterations])
            .Select((isDerived, salt, iterations) => isDerived ? new PasswordDerivation(salt, iterations) : null);
        var records = Gen.Select(Gen.UInt[1, 1000], Gens.One(KeyPurpose.Data, KeyPurpose.IndexHash), Gens.Long, Gen.Byte.Array[KeyRecord.WrappedSize])
            .Select((step, purpose, made, wrapped) => new KeyRecord(step, purpose, made, wrapped))
            .Array[1, 4];
        return Gen.Select(Gens.Guid, Gens.ULong, derivation, records)
            .Select((database, kek, derived, steps) => new KeyFileContent(database, new KekId(kek), derived, Ascending(steps)));
    }

    private static KeyRecord[] Ascending(KeyRecord[] steps)
    {
        var id = 0u;
        return [.. steps.Select(record => record with { Id = id += record.Id })];
    }
}
