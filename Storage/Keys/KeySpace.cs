namespace Helios.Pipeline.Storage;

/// <summary>
/// Every key of the store. Numbers are big-endian and of fixed width, so that byte order is numeric order.
/// <code>
/// family rows     [partition u32][row id u64][~LSN u64]                    20 bytes, newest version first
///
/// family default  0x01                                                     applied state
///                 0x02 [table u32]                                         counters of a table
///                 0x03 [table u32][~LSN u64]                               catalog record, newest first
///                 0x04 [table u32][fingerprint 16 bytes]                   position of a source
///                 0x05 [index u32][key bytes][~LSN u64]                    index key that a row gave up
///                 0x06 [producer 16 bytes][sequence u64]                   commit of a producer
///                 0x07                                                     note of the last clean close
///                 0x08 [index u32][key bytes]                              entry of an index that memory has no room for
///                 0x09                                                     how far dead versions have been removed
///                 0x0A [table u32]                                         statistics of a table
///
/// value of a row  byte 0 is a <see cref="RowKind"/>, the row's bytes follow
/// </code>
/// In an encrypted database every value is what <see cref="ValueCipher"/> makes of it, the kind of a row included; the key bytes of 0x05 and 0x08, the
/// fingerprint of 0x04 and the producer of 0x06 are a <see cref="KeyedHash"/> of 16 bytes of the key up to and with them.
/// </summary>
/// <remarks>The LSN is stored inverted, so that a seek to a row and an LSN lands on the newest version at or before it.</remarks>
internal static class KeySpace
{
    /// <summary>Name of the column family that holds rows; everything else is in "default".</summary>
    public const string RowsFamily = "rows";

    /// <summary>Number of the family "rows": the first one made after "default", which is 0. Batches carry it, so opening checks it.</summary>
    public const byte RowsFamilyId = 1;

    public const int RowKeySize = RowPrefixSize + LsnSize;

    /// <summary>Partition and row id: what the versions of one row share.</summary>
    public const int RowPrefixSize = sizeof(uint) + sizeof(ulong);

    public const int LsnSize = sizeof(ulong);

    public const byte Applied = 0x01;
    public const byte Counters = 0x02;
    public const byte Catalog = 0x03;
    public const byte SourcePosition = 0x04;
    public const byte Vacated = 0x05;
    public const byte Producer = 0x06;
    public const byte CleanClose = 0x07;
    public const byte Spilled = 0x08;
    public const byte Collected = 0x09;
    public const byte Statistics = 0x0A;

    public const int CountersKeySize = 1 + sizeof(uint);
    public const int StatisticsKeySize = 1 + sizeof(uint);
    public const int CatalogKeySize = 1 + sizeof(uint) + LsnSize;
    public const int FingerprintSize = 16;
    public const int SourceKeySize = 1 + sizeof(uint) + FingerprintSize;
    public const int ProducerPrefixSize = 1 + ProducerId.Size;
    public const int ProducerKeySize = ProducerPrefixSize + sizeof(ulong);

    /// <summary>Bytes that a vacated key has besides the index key itself.</summary>
    public const int VacatedOverhead = 1 + sizeof(uint) + LsnSize;

    /// <summary>Bytes that a spilled entry's key has besides the index key itself.</summary>
    public const int SpilledOverhead = 1 + sizeof(uint);

    /// <summary>Longest key of an index, and so the longest variable part of a key.</summary>
    public const int MaxIndexKey = 64 * 1024;

    /// <summary>The key of the applied state.</summary>
    public static ReadOnlySpan<byte> AppliedKey => [Applied];

    /// <summary>How far dead versions have been removed.</summary>
    public static ReadOnlySpan<byte> CollectedKey => [Collected];

    /// <summary>Where the last clean close left the log.</summary>
    public static ReadOnlySpan<byte> CleanCloseKey => [CleanClose];
}

/// <summary>What a stored version of a row is. The numbers are stored: they never change.</summary>
internal enum RowKind : byte
{
    /// <summary>The row was deleted at this LSN; no bytes follow.</summary>
    Tombstone = 0,

    /// <summary>The row's bytes follow.</summary>
    Plain = 1,
}
