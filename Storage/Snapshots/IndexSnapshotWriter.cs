using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>Writes an index snapshot into a file: <see cref="BeginTree"/>, then <see cref="Add"/> for each key in order, tree after tree; <see cref="Finish"/> makes it one.</summary>
/// <remarks>One thread. A file that was not finished has no header, and is refused. Throws <see cref="IOException"/>, and what <see cref="DatabaseKeys.KeyAfter"/> throws.</remarks>
internal sealed class IndexSnapshotWriter : IDisposable
{
    /// <summary>The file is synced after so many bytes, so that no sync of the log has to wait behind all of it.</summary>
    private const long SyncEach = 16 << 20;

    private readonly IStorageFile _file;
    private readonly ValueCipher? _cipher;
    private readonly List<IndexSnapshotTree> _trees = [];
    private readonly ByteBuffer _payload = new(IndexSnapshotFormat.TargetPayload * 2);
    private readonly ByteBuffer _block = new(IndexSnapshotFormat.TargetPayload * 2);
    private IndexSnapshotHeader _header;
    private byte[] _key = new byte[256];
    private int _keyLength;
    private KeyVersion _previous;
    private uint _entries; // in the block
    private uint _number;
    private long _at = IndexSnapshotHeader.Size;
    private long _syncedTo;

    /// <param name="file">Empty; not disposed of.</param>
    /// <param name="header">Which snapshot it is; what follows from the content is filled in.</param>
    /// <param name="cipher">Where the database is encrypted.</param>
    public IndexSnapshotWriter(IStorageFile file, in IndexSnapshotHeader header, ValueCipher? cipher)
    {
        _file = file;
        _header = header with { IsEncrypted = cipher is not null };
        _cipher = cipher;
    }

    /// <summary>Bytes written.</summary>
    public long Length => _at;

    /// <summary>Keys added.</summary>
    public long Entries { get; private set; }

    public void BeginTree(TableId table, uint index)
    {
        CloseBlock();
        if (_trees.Count == IndexSnapshotFormat.MaxTrees)
            throw new HeliosException(HeliosErrorKind.Invalid, "index_full", $"A snapshot has no room for more than {IndexSnapshotFormat.MaxTrees} indexes.");
        _trees.Add(new IndexSnapshotTree(table, index, 0, default, _at, _number, 0));
    }

    /// <summary>Adds a key behind the one before; it is live.</summary>
    public void Add(ReadOnlySpan<byte> key, KeyVersion version)
    {
        IndexSnapshotEntries.Append(_payload, _key.AsSpan(0, _keyLength), _previous, key, version);
        if (_key.Length < key.Length)
            _key = new byte[Math.Max(key.Length, 2 * _key.Length)];
        key.CopyTo(_key);
        (_keyLength, _previous) = (key.Length, version);
        _entries++;
        Entries++;
        var tree = _trees[^1];
        _trees[^1] = tree with { Entries = tree.Entries + 1, HighestRow = new RowId(Math.Max(tree.HighestRow.Value, version.Row.Value)) };
        if (_payload.Length >= IndexSnapshotFormat.TargetPayload)
            CloseBlock();
    }

    /// <summary>Writes directory and header, and syncs: the content is durable when it returns, the file's name is not.</summary>
    public void Finish()
    {
        CloseBlock();
        var directory = _at;
        foreach (var tree in _trees)
            IndexSnapshotDirectory.Append(_payload, tree);
        _entries = (uint)_trees.Count;
        WriteBlock(IndexSnapshotBlockKind.Directory);
        _header = _header with { Length = _at, DirectoryOffset = directory, Blocks = _number, Trees = (uint)_trees.Count };
        _file.Sync(); // the header vouches for the rest
        _file.Write(_header.Encode(), 0);
        _file.Sync();
    }

    public void Dispose()
    {
        _payload.Dispose();
        _block.Dispose();
    }

    private void CloseBlock()
    {
        if (_entries == 0)
            return;
        WriteBlock(IndexSnapshotBlockKind.Entries);
        _trees[^1] = _trees[^1] with { Blocks = _trees[^1].Blocks + 1 };
        (_keyLength, _previous) = (0, default);
    }

    private void WriteBlock(IndexSnapshotBlockKind kind)
    {
        Span<byte> salt = stackalloc byte[IndexSnapshotFormat.SaltSize];
        IndexSnapshotFormat.WriteSalt(salt, _header, _number, _entries, kind);
        var stored = _cipher is null ? _payload.Length : ValueCipher.StoredLength(_payload.Length);
        _block.Truncate(0);
        var block = _block.GetSpan(IndexSnapshotFormat.BlockHeaderSize + stored)[..(IndexSnapshotFormat.BlockHeaderSize + stored)];
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], stored);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], _entries);
        if (_cipher is null)
            _payload.Written.CopyTo(block[IndexSnapshotFormat.BlockHeaderSize..]);
        else
            _cipher.Encrypt(salt, _payload.Written, block[IndexSnapshotFormat.BlockHeaderSize..]);
        BinaryPrimitives.WriteUInt32LittleEndian(block, IndexSnapshotFormat.Checksum(salt, block));
        _file.Write(block, _at);
        _at += block.Length;
        _number++;
        _entries = 0;
        _payload.Truncate(0);
        if (_at - _syncedTo >= SyncEach)
        {
            _file.Sync();
            _syncedTo = _at;
        }
    }
}
