using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>An index snapshot that is read. Trees may be read by several threads at once, each with a cursor of its own.</summary>
/// <remarks>Errors are <see cref="HeliosException"/> (<c>corrupt</c>, <c>format_too_new</c>) and <see cref="IOException"/>: whoever reads does without the snapshot then.</remarks>
internal sealed class IndexSnapshotReader : IDisposable
{
    private readonly IStorageFile _file;
    private readonly ValueCipher? _cipher;

    private IndexSnapshotReader(IStorageFile file, IndexSnapshotHeader header, ValueCipher? cipher)
    {
        _file = file;
        _cipher = cipher;
        Header = header;
    }

    public IndexSnapshotHeader Header { get; }

    /// <summary>What it holds, in the order of the file.</summary>
    public IReadOnlyList<IndexSnapshotTree> Trees { get; private set; } = [];

    public string Path => _file.Path;

    /// <summary>Opens a file and checks header, length and directory; entries are checked as they are read.</summary>
    /// <param name="files">Where it lies.</param>
    /// <param name="path">The file.</param>
    /// <param name="databaseId">Whose it must be.</param>
    /// <param name="cipher">Where the database is encrypted: then it must be too, and else not.</param>
    public static IndexSnapshotReader Open(IStorageFiles files, string path, Guid databaseId, ValueCipher? cipher)
    {
        var file = files.Open(path, writable: false);
        try
        {
            var bytes = new byte[IndexSnapshotHeader.Size];
            var header = IndexSnapshotHeader.Decode(bytes.AsSpan(0, file.Read(bytes, 0)), path);
            if (header.DatabaseId != databaseId)
                throw IndexSnapshotFormat.Damaged(path, 16, $"it belongs to database {header.DatabaseId}, this is {databaseId}");
            if (header.IsEncrypted != (cipher is not null))
                throw IndexSnapshotFormat.Damaged(path, 60, header.IsEncrypted ? "it is encrypted, and the database is not" : "it is not encrypted, and the database is");
            if (header.Length != file.Length)
                throw IndexSnapshotFormat.Damaged(path, file.Length, $"its header says {header.Length} bytes");

            var reader = new IndexSnapshotReader(file, header, cipher);
            reader.Trees = reader.ReadDirectory();
            return reader;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Begins to read one of <see cref="Trees"/>.</summary>
    public IndexSnapshotCursor OpenTree(int tree) => new(this, Whole(tree));

    /// <summary>Begins to read a part of one.</summary>
    public IndexSnapshotCursor OpenPart(in IndexSnapshotPart part) => new(this, part);

    /// <summary>Cuts one of <see cref="Trees"/> between blocks into parts of so many entries or a block more; the last may have fewer. All entries of a tree are in its parts, once.</summary>
    /// <remarks>It goes by what the blocks say of themselves, which is checked when they are read: a part must have exactly its blocks and entries, and end where the next one begins.</remarks>
    public List<IndexSnapshotPart> Split(int tree, long entries)
    {
        var whole = Whole(tree);
        if (whole.Entries <= entries)
            return [whole];
        var parts = new List<IndexSnapshotPart>();
        var part = whole with { Blocks = 0, Entries = 0 };
        Span<byte> head = stackalloc byte[IndexSnapshotFormat.BlockHeaderSize];
        var offset = whole.Offset;
        for (var number = whole.FirstBlock; number < whole.FirstBlock + whole.Blocks; number++)
        {
            if (part.Entries >= entries)
            {
                parts.Add(part with { End = offset });
                part = part with { Offset = offset, FirstBlock = number, Blocks = 0, Entries = 0 };
            }

            if (offset > whole.End - head.Length || _file.Read(head, offset) < head.Length)
                throw IndexSnapshotFormat.Damaged(Path, offset, "its tree ends there");
            part = part with { Blocks = part.Blocks + 1, Entries = part.Entries + BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) };
            offset += head.Length + BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        }

        parts.Add(part with { End = whole.End });
        if (offset != whole.End || parts.Sum(static part => part.Entries) != whole.Entries)
            throw IndexSnapshotFormat.Damaged(Path, offset, $"index {whole.Tree.Index} has {parts.Sum(static part => part.Entries)} entries, its directory says {whole.Entries}");
        return parts;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Reads and checks one block; returns its length in the file.</summary>
    /// <param name="offset">Where it stands.</param>
    /// <param name="number">Its number.</param>
    /// <param name="kind">What it must be.</param>
    /// <param name="maxStored">The longest payload that makes sense.</param>
    /// <param name="into">Takes its payload, decrypted; what was there is forgotten.</param>
    /// <param name="entries">What it says that it holds.</param>
    internal int ReadBlock(long offset, uint number, IndexSnapshotBlockKind kind, int maxStored, ByteBuffer into, out uint entries)
    {
        Span<byte> head = stackalloc byte[IndexSnapshotFormat.BlockHeaderSize];
        if (_file.Read(head, offset) < head.Length)
            throw IndexSnapshotFormat.Damaged(Path, offset, "the file ends there");
        var stored = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        entries = BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        if (stored > maxStored || stored > Header.Length - offset - head.Length)
            throw IndexSnapshotFormat.Damaged(Path, offset, $"a block of {stored} bytes does not fit");

        into.Truncate(0);
        var block = into.GetSpan(head.Length + (int)stored)[..(head.Length + (int)stored)];
        if (_file.Read(block, offset) < block.Length)
            throw IndexSnapshotFormat.Damaged(Path, offset, "the file ends there");
        Span<byte> salt = stackalloc byte[IndexSnapshotFormat.SaltSize];
        IndexSnapshotFormat.WriteSalt(salt, Header, number, entries, kind);
        if (BinaryPrimitives.ReadUInt32LittleEndian(block) != IndexSnapshotFormat.Checksum(salt, block))
            throw IndexSnapshotFormat.Damaged(Path, offset, "the checksum of a block fails");
        into.Advance(block.Length);
        if (_cipher is not null)
            Decrypt(offset, salt, into);
        return block.Length;
    }

    /// <summary>Behind the block's header, in place.</summary>
    private void Decrypt(long offset, ReadOnlySpan<byte> salt, ByteBuffer into)
    {
        if (!_cipher!.TryDecryptInPlace(salt, into, IndexSnapshotFormat.BlockHeaderSize))
            throw IndexSnapshotFormat.Damaged(Path, offset, "a block does not verify under the key of the database");
    }

    private IndexSnapshotPart Whole(int tree) => new(Trees[tree], Trees[tree].Offset, tree + 1 < Trees.Count ? Trees[tree + 1].Offset : Header.DirectoryOffset,
        Trees[tree].FirstBlock, Trees[tree].Blocks, Trees[tree].Entries);

    private IndexSnapshotTree[] ReadDirectory()
    {
        var most = (int)Math.Min(Header.Length, ValueCipher.StoredLength(IndexSnapshotFormat.MaxTrees * IndexSnapshotDirectory.EntrySize));
        using var block = new ByteBuffer();
        var length = ReadBlock(Header.DirectoryOffset, Header.Blocks - 1, IndexSnapshotBlockKind.Directory, most, block, out var trees);
        if (trees != Header.Trees || Header.DirectoryOffset + length != Header.Length)
            throw IndexSnapshotFormat.Damaged(Path, Header.DirectoryOffset, "its directory does not end the file");
        return IndexSnapshotDirectory.Decode(block.Written[IndexSnapshotFormat.BlockHeaderSize..], Header, Path);
    }
}

/// <summary>Blocks of one tree that follow each other.</summary>
/// <param name="Tree">The tree.</param>
/// <param name="Offset">Of the first of them in the file.</param>
/// <param name="End">Of what follows the last of them.</param>
/// <param name="FirstBlock">Number of the first.</param>
/// <param name="Blocks">How many.</param>
/// <param name="Entries">How many entries they have.</param>
internal readonly record struct IndexSnapshotPart(IndexSnapshotTree Tree, long Offset, long End, uint FirstBlock, uint Blocks, long Entries);
