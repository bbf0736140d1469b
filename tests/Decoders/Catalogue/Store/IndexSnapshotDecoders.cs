using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>Header and directory of an index snapshot, one behind the other.</summary>
internal sealed record IndexSnapshotFrame(IndexSnapshotHeader Header, IndexSnapshotTree[] Trees);

/// <summary>What an index snapshot says of itself: which frame of the log it needs, and where each tree is.</summary>
internal sealed class IndexSnapshotFrameDecoder : DecoderUnderTest<IndexSnapshotFrame>
{
    public override string Name => "index-snapshot";

    public override IReadOnlyList<Type> Codecs => [typeof(IndexSnapshotHeader), typeof(IndexSnapshotDirectory)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    protected override Gen<IndexSnapshotFrame> Values { get; } =
        Gen.Select(Gens.Guid, Gens.Lsn, Gen.UInt, Gen.Bool, Gen.Select(Gen.UInt, Gen.UInt[0, 3], Gen.UInt[0, 1000], Gens.Lsn).Array[0, 6])
            .Select((id, lsn, crc, encrypted, trees) => Make(id, lsn, crc, encrypted, trees));

    protected override byte[] Encode(IndexSnapshotFrame value)
    {
        using var payload = new ByteBuffer();
        foreach (var tree in value.Trees)
            IndexSnapshotDirectory.Append(payload, tree);
        return [.. value.Header.Encode(), .. payload.Written];
    }

    protected override bool TryDecode(byte[] bytes, out IndexSnapshotFrame value)
    {
        var header = IndexSnapshotHeader.Decode(bytes.AsSpan(0, Math.Min(bytes.Length, IndexSnapshotHeader.Size)), "snapshot");
        value = new IndexSnapshotFrame(header, IndexSnapshotDirectory.Decode(bytes.AsSpan(IndexSnapshotHeader.Size), header, "snapshot"));
        return true;
    }

    public override void Repair(byte[] bytes)
    {
        if (bytes.Length >= IndexSnapshotHeader.Size)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Crc32C.Compute([.. bytes[..12], .. bytes[16..IndexSnapshotHeader.Size]]));
    }

    protected override bool Same(IndexSnapshotFrame one, IndexSnapshotFrame other) => one.Header == other.Header && one.Trees.AsSpan().SequenceEqual(other.Trees);

    /// <summary>The header has its checksum, the directory that of its block.</summary>
    protected override bool MayFollowFromDamage(IndexSnapshotFrame original, IndexSnapshotFrame decoded) => original.Header == decoded.Header;

    private static IndexSnapshotFrame Make(Guid id, Lsn lsn, uint crc, bool encrypted, (uint Table, uint Blocks, uint More, Lsn Row)[] trees)
    {
        var (block, offset) = (0u, (long)IndexSnapshotHeader.Size);
        var made = new List<IndexSnapshotTree>();
        foreach (var (table, blocks, more, row) in trees)
        {
            made.Add(new IndexSnapshotTree(new TableId(table), (uint)made.Count, blocks == 0 ? 0 : blocks + more, new RowId(blocks == 0 ? 0 : row.Value), offset, block, blocks));
            block += blocks;
            offset += blocks * 100L;
        }

        var header = new IndexSnapshotHeader
        {
            DatabaseId = id,
            Lsn = lsn,
            FrameFirst = lsn,
            FrameEpoch = crc,
            FrameCrc = crc,
            IsEncrypted = encrypted,
            DirectoryOffset = offset,
            Length = offset + 12 + (made.Count * IndexSnapshotDirectory.EntrySize),
            Blocks = block + 1,
            Trees = (uint)made.Count,
            Taken = crc,
        };
        return new IndexSnapshotFrame(header, [.. made]);
    }
}

/// <summary>The entries of a block of an index snapshot.</summary>
internal sealed record IndexSnapshotBlockValue(IReadOnlyList<(byte[] Key, KeyVersion Version)> Entries);

/// <summary>Keys with what they share left out, and differences in place of numbers. The checksum is the block's.</summary>
internal sealed class IndexSnapshotEntriesDecoder : DecoderUnderTest<IndexSnapshotBlockValue>
{
    public override string Name => "index-snapshot-entries";

    public override IReadOnlyList<Type> Codecs => [typeof(IndexSnapshotEntries)];

    /// <summary>A key may share less than it could, and a number may be longer than it must.</summary>
    public override bool IsCanonical => false;

    /// <summary>Each entry of 4 bytes may stand for a key as long as the block, which the catalogue copies.</summary>
    public override int FixedAllocation => 1 << 20;

    protected override Gen<IndexSnapshotBlockValue> Values { get; } =
        Gen.Select(Gens.Bytes(20), Gens.Lsn, Gens.Lsn).Array[0, 20].Select(entries =>
            new IndexSnapshotBlockValue([.. entries.Select(e => (e.Item1, new KeyVersion(new RowId(e.Item2.Value), e.Item3, false)))]));

    protected override byte[] Encode(IndexSnapshotBlockValue value)
    {
        using var payload = new ByteBuffer();
        byte[] key = [];
        var version = default(KeyVersion);
        foreach (var entry in value.Entries)
        {
            IndexSnapshotEntries.Append(payload, key, version, entry.Key, entry.Version);
            (key, version) = entry;
        }

        return payload.Written.ToArray();
    }

    protected override bool TryDecode(byte[] bytes, out IndexSnapshotBlockValue value)
    {
        var (read, entries) = (new IndexSnapshotEntries(), new List<(byte[], KeyVersion)>());
        read.Begin(bytes, 0, bytes.Length);
        while (!read.IsAtEnd)
        {
            if (!read.TryMoveNext())
            {
                value = new IndexSnapshotBlockValue([]);
                return false;
            }

            entries.Add((read.Key.ToArray(), read.Version));
        }

        value = new IndexSnapshotBlockValue(entries);
        return true;
    }

    public override void Walk(byte[] bytes)
    {
        var read = new IndexSnapshotEntries();
        read.Begin(bytes, 0, bytes.Length);
        while (!read.IsAtEnd && read.TryMoveNext())
        {
            if (read.Key.Length > ArtLeaf.MaxKeyLength)
                throw new InvalidOperationException("A key is too long.");
        }
    }

    protected override bool Same(IndexSnapshotBlockValue one, IndexSnapshotBlockValue other) =>
        one.Entries.Count == other.Entries.Count && one.Entries.Zip(other.Entries).All(pair => pair.First.Version == pair.Second.Version && pair.First.Key.AsSpan().SequenceEqual(pair.Second.Key));
}
