using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>The entries of a block, as <see cref="IndexSnapshotFormat"/> draws them: what is written goes through <see cref="Append"/>, what is read through an object of this.</summary>
/// <remarks>One thread. It believes nothing: a number that does not fit ends the block as damaged.</remarks>
internal sealed class IndexSnapshotEntries
{
    private byte[] _key = new byte[256];
    private int _keyLength;
    private byte[] _bytes = [];
    private int _at;
    private int _end;
    private ulong _row;
    private ulong _lsn;

    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>Bytes that the key has in common with the one before, at least; none for the first of a block.</summary>
    public int Shared { get; private set; }

    public KeyVersion Version
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(new RowId(_row), new Lsn(_lsn), Vacated: false);
    }

    /// <summary>Is nothing left?</summary>
    public bool IsAtEnd => _at == _end;

    /// <summary>Adds an entry behind those in a block.</summary>
    /// <param name="payload">The block.</param>
    /// <param name="previousKey">The key before it in the block; empty for the first.</param>
    /// <param name="previous">Its version; the default for the first.</param>
    /// <param name="key">The key.</param>
    /// <param name="version">Who holds it.</param>
    public static void Append(ByteBuffer payload, ReadOnlySpan<byte> previousKey, KeyVersion previous, ReadOnlySpan<byte> key, KeyVersion version)
    {
        var shared = previousKey.CommonPrefixLength(key);
        var span = payload.GetSpan((4 * IndexSnapshotFormat.MaxVarint) + key.Length);
        var at = 0;
        Put(span, ref at, (ulong)shared);
        Put(span, ref at, (ulong)(key.Length - shared));
        Put(span, ref at, ZigZag((long)(version.Row.Value - previous.Row.Value)));
        Put(span, ref at, ZigZag((long)(version.Lsn.Value - previous.Lsn.Value)));
        key[shared..].CopyTo(span[at..]);
        payload.Advance(at + key.Length - shared);
    }

    /// <summary>Begins with a block; the bytes must stay as they are until its end.</summary>
    public void Begin(byte[] bytes, int start, int length)
    {
        (_bytes, _at, _end) = (bytes, start, start + length);
        (_keyLength, _row, _lsn) = (0, 0, 0);
        Shared = 0;
    }

    /// <summary>Goes to the next entry; false where the bytes are none, which is damage unless <see cref="IsAtEnd"/> was true.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // an open is over before it would be compiled again
    public bool TryMoveNext()
    {
        if (!TryTake(out var shared) || !TryTake(out var rest) || !TryTake(out var row) || !TryTake(out var lsn))
            return false;
        if (shared > (ulong)_keyLength || rest > (ulong)(_end - _at) || shared + rest > ArtLeaf.MaxKeyLength)
            return false;
        _row += (ulong)UnZigZag(row);
        _lsn += (ulong)UnZigZag(lsn);
        if (_row > Lsn.Max.Value || _lsn > Lsn.Max.Value)
            return false;
        var length = (int)(shared + rest);
        if (length > _key.Length)
            Array.Resize(ref _key, Math.Max(length, 2 * _key.Length));
        _bytes.AsSpan(_at, (int)rest).CopyTo(_key.AsSpan((int)shared));
        _at += (int)rest;
        _keyLength = length;
        Shared = (int)shared;
        return true;
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    private static void Put(Span<byte> into, ref int at, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            into[at++] = (byte)(value | 0x80);
        into[at++] = (byte)value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(out ulong value)
    {
        if (_at < _end && _bytes[_at] < 0x80)
        {
            value = _bytes[_at++];
            return true;
        }

        return TryTakeLong(out value);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryTakeLong(out ulong value)
    {
        if (_end - _at >= sizeof(ulong))
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(_at));
            var lasts = ~word & 0x8080_8080_8080_8080; // the lowest bit is that of the last byte
            if (lasts != 0)
            {
                word &= lasts ^ (lasts - 1);
                _at += (BitOperations.TrailingZeroCount(lasts) >> 3) + 1;
                word = (word & 0x007F_007F_007F_007F) | ((word & 0x7F00_7F00_7F00_7F00) >> 1); // groups of 7 bits, two and two
                word = (word & 0x0000_3FFF_0000_3FFF) | ((word & 0x3FFF_0000_3FFF_0000) >> 2);
                value = (word & 0x0FFF_FFFF) | ((word & 0x0FFF_FFFF_0000_0000) >> 4);
                return true;
            }
        }

        value = 0;
        for (var shift = 0; shift < 64 && _at < _end; shift += 7)
        {
            var next = _bytes[_at++];
            if (shift == 63 && next > 1)
                return false;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return true;
        }

        return false;
    }
}
