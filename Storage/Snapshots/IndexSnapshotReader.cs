using System.Buffers.Binary;
using System.Runtime.CompilerServices;

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
    public IndexSnapshotCursor OpenTree(int tree) =>
        new(this, Trees[tree], end: tree + 1 < Trees.Count ? Trees[tree + 1].Offset : Header.DirectoryOffset);

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

/// <summary>The entries of one tree, in order, each block checked before any of it is given out. One thread.</summary>
internal sealed class IndexSnapshotCursor : IDisposable
{
    private readonly IndexSnapshotReader _reader;
    private readonly IndexSnapshotTree _tree;
    private readonly long _end;
    private readonly IndexSnapshotEntries _entries = new();
    private readonly ByteBuffer _block = new(IndexSnapshotFormat.TargetPayload * 2);
    private uint _blocks;   // read
    private uint _inBlock;  // entries of the block still to come
    private long _given;
    private long _blockAt;
    private long _at;

    internal IndexSnapshotCursor(IndexSnapshotReader reader, in IndexSnapshotTree tree, long end)
    {
        _reader = reader;
        _tree = tree;
        _end = end;
        _at = tree.Offset;
    }

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<byte> Key => _entries.Key;

    public KeyVersion Version => _entries.Version;

    /// <summary>The next entry; false behind the last, when all that the directory says has been there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool MoveNext()
    {
        if (_inBlock == 0 && !NextBlock())
            return false;
        if (!_entries.TryMoveNext())
            throw IndexSnapshotFormat.Damaged(_reader.Path, _blockAt, "an entry of a block makes no sense");
        var version = _entries.Version;
        if (version.Lsn > _reader.Header.Lsn || version.Row.Value > _tree.HighestRow.Value)
            throw IndexSnapshotFormat.Damaged(_reader.Path, _blockAt, $"an entry names row {version.Row} of LSN {version.Lsn}, which the snapshot cannot have");
        _given++;
        if (--_inBlock == 0 && !_entries.IsAtEnd)
            throw IndexSnapshotFormat.Damaged(_reader.Path, _blockAt, "a block is longer than its entries");
        return true;
    }

    public void Dispose() => _block.Dispose();

    private bool NextBlock()
    {
        if (_blocks == _tree.Blocks)
        {
            if (_given != _tree.Entries || _at != _end)
                throw IndexSnapshotFormat.Damaged(_reader.Path, _at, $"index {_tree.Index} has {_given} entries, its directory says {_tree.Entries}");
            return false;
        }

        _blockAt = _at;
        var most = IndexSnapshotFormat.MaxStored(_reader.Header.IsEncrypted);
        _at += _reader.ReadBlock(_at, _tree.FirstBlock + _blocks, IndexSnapshotBlockKind.Entries, most, _block, out _inBlock);
        if (_inBlock == 0)
            throw IndexSnapshotFormat.Damaged(_reader.Path, _blockAt, "a block has no entries");
        _blocks++;
        _entries.Begin(_block.Array, IndexSnapshotFormat.BlockHeaderSize, _block.Length - IndexSnapshotFormat.BlockHeaderSize);
        return true;
    }
}
