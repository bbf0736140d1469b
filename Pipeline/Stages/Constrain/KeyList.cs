using System.Buffers.Binary;

namespace Helios.Pipeline;

/// <summary>Walks the keys of one row as Validate has written them, one for each index of its table.</summary>
internal ref struct KeyList(ReadOnlySpan<byte> keys, int offset)
{
    private readonly ReadOnlySpan<byte> _keys = keys;
    private int _offset = offset;

    /// <summary>Where the next key begins.</summary>
    public readonly int Offset => _offset;

    /// <summary>Goes on to the next index; false where the row has no key there, because a column is NULL.</summary>
    public bool TryNext(out ReadOnlySpan<byte> key)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(_keys[_offset..]);
        _offset += sizeof(int);
        key = length < 0 ? default : _keys.Slice(_offset, length);
        _offset += Math.Max(length, 0);
        return length >= 0;
    }
}
