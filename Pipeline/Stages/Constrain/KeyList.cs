using System.Buffers.Binary;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Walks the keys of one row as Validate has written them, one for each index of its table.
/// <code>
/// size field, little-endian
///    4 length of the key, -1 = none; bit 30 = a version follows the key
///    n the key
///    8 row id       } only with bit 30: who had the key as of the commit's snapshot, where the index
///    8 LSN          } may be in the store in part; of a foreign key, who had the key that it refers to
/// </code>
/// </summary>
internal ref struct KeyList(ReadOnlySpan<byte> keys, int offset)
{
    public const int RecordedFlag = 1 << 30;
    public const int RecordedSize = 16;

    private readonly ReadOnlySpan<byte> _keys = keys;
    private int _offset = offset;

    /// <summary>Where the next key begins.</summary>
    public readonly int Offset => _offset;

    /// <summary>Goes on to the next index; false where the row has no key there, because a column is NULL.</summary>
    public bool TryNext(out ReadOnlySpan<byte> key) => TryNext(out key, out _);

    /// <summary>The same, with what Validate has found for the key; LSN 0 where it was free, or nobody looked.</summary>
    public bool TryNext(out ReadOnlySpan<byte> key, out KeyVersion recorded)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(_keys[_offset..]);
        _offset += sizeof(int);
        key = default;
        recorded = default;
        if (length < 0)
            return false;
        var isRecorded = (length & RecordedFlag) != 0;
        length &= ~RecordedFlag;
        key = _keys.Slice(_offset, length);
        _offset += length;
        if (isRecorded)
        {
            recorded = new KeyVersion(
                new RowId(BinaryPrimitives.ReadUInt64LittleEndian(_keys[_offset..])),
                new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(_keys[(_offset + sizeof(ulong))..])),
                Vacated: false);
            _offset += RecordedSize;
        }

        return true;
    }
}
