using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Changes that reach the store together or not at all, in RocksDB's own representation: it takes them over in one call.
/// <code>
/// offset size field
///      0    8 sequence, 0: RocksDB fills it in
///      8    4 number of records, little-endian
///     12    n records: [tag] [family varint, where the tag has one] [length varint, bytes] ...
/// </code>
/// </summary>
/// <remarks>
/// One owner, one thread; the memory is pooled and kept by <see cref="Clear"/>. Of an encrypted store (<see cref="RocksStore.NewBatch"/>) it encrypts every value as
/// it is put, and only one such batch may be filled at a time. A run of at most 2 GiB less what one row takes fits.
/// </remarks>
internal sealed class StoreBatch : IDisposable
{
    private const int HeaderSize = 12;
    private const int CountOffset = 8;

    private const byte DeleteTag = 0x0;
    private const byte PutTag = 0x1;
    private const byte DeleteInFamilyTag = 0x4;
    private const byte PutInFamilyTag = 0x5;
    private const byte DeleteRangeInFamilyTag = 0xE;
    private const byte DeleteRangeTag = 0xF;

    /// <summary>Tag, family, key length, key: what stands before the length of a row's value.</summary>
    private const int RowHeaderSize = 3 + KeySpace.RowKeySize;

    private const int MaxVarint = 5;

    /// <summary>More memory than for one large commit is given back: one long run must not keep it for ever.</summary>
    private const int MaxKeptBytes = 32 << 20;

    private readonly ByteBuffer _bytes; // owned; returned by Dispose
    private readonly DatabaseKeys? _keys;
    private int _count;

    public StoreBatch(int capacity = 64 << 10, DatabaseKeys? keys = null)
    {
        _keys = keys;
        _bytes = new ByteBuffer(Math.Max(capacity, HeaderSize));
        Clear();
    }

    /// <summary>What its values are encrypted with; null where they are not.</summary>
    public DatabaseKeys? Keys => _keys;

    /// <summary>Records in the batch.</summary>
    public int Count => _count;

    /// <summary>Memory that it holds.</summary>
    public int Capacity => _bytes.Capacity;

    /// <summary>Bytes of the representation.</summary>
    public int Bytes => _bytes.Length;

    /// <summary>The whole representation. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Representation
    {
        get
        {
            BinaryPrimitives.WriteInt32LittleEndian(_bytes.Written[CountOffset..], _count);
            return _bytes.Written;
        }
    }

    /// <summary>Adds a version of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PutRow(uint partition, RowId row, Lsn lsn, ReadOnlySpan<byte> bytes) => PutRow(partition, row, lsn, RowKind.Plain, bytes);

    /// <summary>Adds the version that says: deleted at this LSN.</summary>
    public void DeleteRow(uint partition, RowId row, Lsn lsn) => PutRow(partition, row, lsn, RowKind.Tombstone, default);

    /// <summary>Removes one version for good: for the collector of versions that nobody can see any more.</summary>
    public void RemoveVersion(uint partition, RowId row, Lsn lsn)
    {
        var record = _bytes.GetSpan(RowHeaderSize);
        record[0] = DeleteInFamilyTag;
        record[1] = KeySpace.RowsFamilyId;
        record[2] = KeySpace.RowKeySize;
        KeyWriter.Row(record[3..], partition, row, lsn);
        _bytes.Advance(RowHeaderSize);
        _count++;
    }

    /// <summary>The same, by the key itself.</summary>
    public void RemoveVersion(ReadOnlySpan<byte> key)
    {
        _bytes.Append(DeleteInFamilyTag);
        _bytes.Append(KeySpace.RowsFamilyId);
        AppendSlice(key);
        _count++;
    }

    /// <summary>Removes every version from one key up to and with another, with one record.</summary>
    public void RemoveVersions(ReadOnlySpan<byte> first, ReadOnlySpan<byte> last)
    {
        Span<byte> end = stackalloc byte[KeySpace.RowKeySize + 1];
        last.CopyTo(end); // the first key behind the last one is that key and a zero byte
        end[KeySpace.RowKeySize] = 0;
        _bytes.Append(DeleteRangeInFamilyTag);
        _bytes.Append(KeySpace.RowsFamilyId);
        AppendSlice(first);
        AppendSlice(end);
        _count++;
    }

    /// <summary>States how far dead versions have been removed with this batch.</summary>
    public void PutCollected(in CollectedState collected)
    {
        Span<byte> value = stackalloc byte[CollectedState.Size];
        collected.Write(value);
        PutMeta(KeySpace.CollectedKey, value);
    }

    /// <summary>Removes every version of every row of a partition with one record.</summary>
    public void RemovePartition(uint partition)
    {
        Span<byte> first = stackalloc byte[KeySpace.RowPrefixSize];
        Span<byte> end = stackalloc byte[KeySpace.RowKeySize + 1];
        var firstLength = KeyWriter.RowPrefix(first, partition, default);
        var endLength = KeyWriter.RowsEnd(end, partition);
        _bytes.Append(DeleteRangeInFamilyTag);
        _bytes.Append(KeySpace.RowsFamilyId);
        AppendSlice(first[..firstLength]);
        AppendSlice(end[..endLength]);
        _count++;
    }

    /// <summary>Sets a value of the default family; <paramref name="key"/> as <see cref="KeyWriter"/> writes it.</summary>
    public void PutMeta(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _bytes.Append(PutTag);
        AppendSlice(key);
        if (_keys is null)
        {
            AppendSlice(value);
        }
        else
        {
            var record = _bytes.GetSpan(MaxVarint + ValueCipher.StoredLength(value.Length));
            var at = WriteVarint(record, (uint)ValueCipher.StoredLength(value.Length));
            _bytes.Advance(at + _keys.Meta.Encrypt(key, value, record[at..]));
        }

        _count++;
    }

    /// <summary>Sets the position of a source.</summary>
    public void PutSource(TableId table, UInt128 fingerprint, ReadOnlySpan<byte> value)
    {
        Span<byte> key = stackalloc byte[KeySpace.SourceKeySize];
        KeyWriter.Source(key, table, fingerprint, _keys?.IndexHash);
        PutMeta(key, value);
    }

    public void DeleteSource(TableId table, UInt128 fingerprint)
    {
        Span<byte> key = stackalloc byte[KeySpace.SourceKeySize];
        KeyWriter.Source(key, table, fingerprint, _keys?.IndexHash);
        DeleteMeta(key);
    }

    public void DeleteMeta(ReadOnlySpan<byte> key)
    {
        _bytes.Append(DeleteTag);
        AppendSlice(key);
        _count++;
    }

    /// <summary>Removes the keys of the default family from <paramref name="from"/> up to, not including, <paramref name="before"/>.</summary>
    public void DeleteMetaRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> before)
    {
        _bytes.Append(DeleteRangeTag);
        AppendSlice(from);
        AppendSlice(before);
        _count++;
    }

    /// <summary>States how far the store is with this batch. Every batch of the write path ends with it.</summary>
    public void PutApplied(in AppliedState applied)
    {
        Span<byte> value = stackalloc byte[AppliedState.Size];
        applied.Write(value);
        PutMeta(KeySpace.AppliedKey, value);
    }

    public void PutCounters(TableId table, in TableCounters counters)
    {
        Span<byte> key = stackalloc byte[KeySpace.CountersKeySize];
        Span<byte> value = stackalloc byte[TableCounters.MaxSize];
        value = value[..counters.Size];
        KeyWriter.Counters(key, table);
        counters.Write(value);
        PutMeta(key, value);
    }

    /// <summary>Records that a row gave up an index key: older readers find the row through it.</summary>
    /// <remarks>The value is the row id, 8 bytes, little-endian.</remarks>
    public void PutVacated(uint index, ReadOnlySpan<byte> indexKey, Lsn vacated, RowId row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(indexKey.Length, KeySpace.MaxIndexKey, nameof(indexKey));
        if (_keys is not null)
        {
            PutHashedVacated(_keys, index, indexKey, vacated, row);
            return;
        }

        var keyLength = indexKey.Length + KeySpace.VacatedOverhead;
        var record = _bytes.GetSpan(1 + MaxVarint + keyLength + 1 + sizeof(ulong));
        record[0] = PutTag;
        var at = 1 + WriteVarint(record[1..], (uint)keyLength);
        at += KeyWriter.Vacated(record[at..], index, indexKey, vacated);
        record[at++] = sizeof(ulong);
        BinaryPrimitives.WriteUInt64LittleEndian(record[at..], row.Value);
        _bytes.Advance(at + sizeof(ulong));
        _count++;
    }

    /// <summary>Empties the batch and keeps its memory.</summary>
    public void Clear()
    {
        if (_bytes.Capacity > MaxKeptBytes)
            _bytes.Dispose();
        _bytes.Truncate(0);
        _bytes.GetSpan(HeaderSize)[..HeaderSize].Clear();
        _bytes.Advance(HeaderSize);
        _count = 0;
    }

    public void Dispose() => _bytes.Dispose();

    // The one call per row of the whole engine's write path: one check of the bounds, then fixed-size writes and one copy.
    private void PutRow(uint partition, RowId row, Lsn lsn, RowKind kind, ReadOnlySpan<byte> bytes)
    {
        if (_keys is not null)
        {
            PutEncryptedRow(_keys.Rows, partition, row, lsn, kind, bytes);
            return;
        }

        ref var record = ref MemoryMarshal.GetReference(_bytes.GetSpan(RowHeaderSize + MaxVarint + 1 + bytes.Length));
        record = PutInFamilyTag;
        Unsafe.Add(ref record, 1) = KeySpace.RowsFamilyId;
        Unsafe.Add(ref record, 2) = KeySpace.RowKeySize;
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref record, 3), BigEndian(partition));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref record, 3 + sizeof(uint)), BigEndian(row.Value));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref record, 3 + KeySpace.RowPrefixSize), BigEndian(~lsn.Value));

        var at = RowHeaderSize;
        var length = (uint)bytes.Length + 1;
        while (length >= 0x80)
        {
            Unsafe.Add(ref record, at++) = (byte)(length | 0x80);
            length >>= 7;
        }

        Unsafe.Add(ref record, at++) = (byte)length;
        Unsafe.Add(ref record, at++) = (byte)kind;
        Unsafe.CopyBlockUnaligned(ref Unsafe.Add(ref record, at), ref MemoryMarshal.GetReference(bytes), (uint)bytes.Length);
        _bytes.Advance(at + bytes.Length);
        _count++;
    }

    /// <summary>The kind is encrypted with the row, so that nobody can make a deletion of one. Both stand where their ciphertext will.</summary>
    private void PutEncryptedRow(ValueCipher cipher, uint partition, RowId row, Lsn lsn, RowKind kind, ReadOnlySpan<byte> bytes)
    {
        var length = ValueCipher.StoredLength(1 + bytes.Length);
        var record = _bytes.GetSpan(RowHeaderSize + MaxVarint + length);
        record[0] = PutInFamilyTag;
        record[1] = KeySpace.RowsFamilyId;
        record[2] = KeySpace.RowKeySize;
        KeyWriter.Row(record[3..], partition, row, lsn);
        var at = RowHeaderSize + WriteVarint(record[RowHeaderSize..], (uint)length);
        var plaintext = record.Slice(at + ValueCipher.HeaderSize, 1 + bytes.Length);
        plaintext[0] = (byte)kind;
        bytes.CopyTo(plaintext[1..]);
        _bytes.Advance(at + cipher.Encrypt(record.Slice(3, KeySpace.RowKeySize), plaintext, record[at..]));
        _count++;
    }

    /// <summary>The index key itself would stand readable in the store's files: a hash takes its place.</summary>
    private void PutHashedVacated(DatabaseKeys keys, uint index, ReadOnlySpan<byte> indexKey, Lsn vacated, RowId row)
    {
        // The hash is made of what the key would have been up to the LSN; behind the batch there is room for that.
        var prefix = _bytes.GetSpan(KeySpace.VacatedOverhead + indexKey.Length);
        Span<byte> hash = stackalloc byte[KeyedHash.ShortSize];
        keys.IndexHash.Compute(prefix[..KeyWriter.VacatedPrefix(prefix, index, indexKey)], hash);

        Span<byte> key = stackalloc byte[KeySpace.VacatedOverhead + KeyedHash.ShortSize];
        KeyWriter.Vacated(key, index, hash, vacated);
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(value, row.Value);
        PutMeta(key, value);
    }

    private void AppendSlice(ReadOnlySpan<byte> bytes)
    {
        var record = _bytes.GetSpan(MaxVarint + bytes.Length);
        var at = WriteVarint(record, (uint)bytes.Length);
        bytes.CopyTo(record[at..]);
        _bytes.Advance(at + bytes.Length);
    }

    private static int WriteVarint(Span<byte> at, uint value)
    {
        var length = 0;
        while (value >= 0x80)
        {
            at[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        at[length++] = (byte)value;
        return length;
    }

    private static uint BigEndian(uint value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static ulong BigEndian(ulong value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
