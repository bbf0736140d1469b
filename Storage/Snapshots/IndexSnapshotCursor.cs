using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>The entries of one tree, or of a part of it, in order, each block checked before any of it is given out. One thread.</summary>
internal sealed class IndexSnapshotCursor : IDisposable
{
    private readonly IndexSnapshotReader _reader;
    private readonly IndexSnapshotPart _part;
    private readonly ulong _lsn;     // no entry is of a later one
    private readonly ulong _highest; // row of the tree
    private readonly IndexSnapshotEntries _entries = new();
    private readonly ByteBuffer _block = new(IndexSnapshotFormat.TargetPayload * 2);
    private uint _blocks;   // read
    private uint _inBlock;  // entries of the block still to come
    private long _given;
    private long _blockAt;
    private long _at;

    internal IndexSnapshotCursor(IndexSnapshotReader reader, in IndexSnapshotPart part)
    {
        _reader = reader;
        _part = part;
        _at = part.Offset;
        (_lsn, _highest) = (reader.Header.Lsn.Value, part.Tree.HighestRow.Value);
    }

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<byte> Key => _entries.Key;

    /// <summary>Bytes that it has in common with the one before, at least.</summary>
    public int Shared => _entries.Shared;

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
        if (version.Lsn.Value > _lsn || version.Row.Value > _highest)
            throw IndexSnapshotFormat.Damaged(_reader.Path, _blockAt, $"an entry names row {version.Row} of LSN {version.Lsn}, which the snapshot cannot have");
        _given++;
        if (--_inBlock == 0 && !_entries.IsAtEnd)
            throw IndexSnapshotFormat.Damaged(_reader.Path, _blockAt, "a block is longer than its entries");
        return true;
    }

    public void Dispose() => _block.Dispose();

    private bool NextBlock()
    {
        if (_blocks == _part.Blocks)
        {
            if (_given != _part.Entries || _at != _part.End)
                throw IndexSnapshotFormat.Damaged(_reader.Path, _at, $"index {_part.Tree.Index} has {_given} entries, there should be {_part.Entries}");
            return false;
        }

        _blockAt = _at;
        var most = IndexSnapshotFormat.MaxStored(_reader.Header.IsEncrypted);
        _at += _reader.ReadBlock(_at, _part.FirstBlock + _blocks, IndexSnapshotBlockKind.Entries, most, _block, out _inBlock);
        if (_inBlock == 0)
            throw IndexSnapshotFormat.Damaged(_reader.Path, _blockAt, "a block has no entries");
        _blocks++;
        _entries.Begin(_block.Array, IndexSnapshotFormat.BlockHeaderSize, _block.Length - IndexSnapshotFormat.BlockHeaderSize);
        return true;
    }
}
