namespace Helios.Pipeline.Storage;

/// <summary>What an operation does. The numbers are stored in the log: they never change.</summary>
internal enum OperationKind : byte
{
    Insert = 1,
    Delete = 2,
    CreateTable = 3,
    MoveSource = 4,
    ForgetSource = 5,
    Update = 6,
    Producer = 8,
    AlterTable = 9,
    ForgetProducer = 10,
}

/// <summary>
/// The bytes of one commit, as the caller's thread writes them and as the log keeps them; little-endian.
/// The payload of a log frame is such commits, one after the other; the first has the frame's first LSN, the next that plus 1.
/// <code>
/// commit                                  operation
/// offset size field                       offset size field
///      0    4 length, this header too          0    1 kind
///      4    4 operations                       1    1 flags
///      8    … operations                       2    2 zero
///                                              4    4 length of the body
///                                              8    n body
///
/// Insert (rows of one table)              Delete (one row)
///      0    4 table                            0    4 table
///      4    4 partition                        4    4 partition
///      8    8 first row id                     8    8 row id
///     16    4 rows                            16    8 LSN of the row that goes
///     20    4 length of the rows              24    4 vacated index keys
///     24    … rows: 4 length, n row           28    … with flag 2: 4 length, n row as it was
///      …    … with flag 1: bit i of this       …    … keys: 4 index, 4 length, n key
///             bitmap set = row i is dropped
///
/// CreateTable                             MoveSource (position of a source)
///      0    4 table                            0    4 table
///      4    4 partition                        4   16 fingerprint
///      8    n definition (MessagePack)        20    4 bytes that the fingerprint covers
///                                             24    8 offset expected, -1 = none stored
/// ForgetSource                                32    8 offset, bytes decided so far
///      0    4 table                           40    8 record, the last one decided
///      4   16 fingerprint                     48    4 CRC-32C of all bytes before the offset
///                                             52    4 1 = the source was read to its end
///                                             56    8 rows stored, ever
///                                             64    8 rows rejected, ever
///
/// Update (one row)
///      0    4 table
///      4    4 partition
///      8    8 row id
///     16    8 LSN of the version that is replaced
///     24    4 vacated index keys
///     28    4 length of the row as it was
///     32    4 length of the row as it is
///     36    … both rows, then the keys as in a Delete: those that the row had and has no more
///
/// Producer (who numbered the commit)      ForgetProducer
///             see ProducerView                 0   16 producer
///                                             16    8 each, to the end: its remembered sequences;
///                                                     none = more than a few, whatever they are
///
/// AlterTable: as CreateTable, with the table's id and partition; the definition is the whole new one
/// </code>
/// Row i of an Insert has the row id "first + i", dropped or not. The stages fill in what only they know: Constrain the
/// first row id, the table of a CreateTable and the bitmap.
/// </summary>
internal static class ChangeFormat
{
    public const int CommitHeaderSize = 8;
    public const int OperationHeaderSize = 8;
    public const int InsertHeaderSize = 24;
    public const int RowHeaderSize = 4;
    public const int DeleteHeaderSize = 28;
    public const int UpdateHeaderSize = 36;
    public const int CreateTableHeaderSize = 8;
    public const int MoveSourceSize = 72;
    public const int ForgetSourceSize = 20;
    public const int ProducerHeaderSize = 52;

    /// <summary>Flag of an Insert: a bitmap of dropped rows follows the rows.</summary>
    public const byte HasDroppedRows = 1;

    /// <summary>Flag of a Delete: the row as it was stands in front of the keys.</summary>
    public const byte HasOldRow = 2;

    /// <summary>A commit is one frame: larger ones are for bulk loading, in several commits.</summary>
    public const int MaxCommitBytes = 16 << 20;

    public const int MaxRowBytes = 16 << 20;

    public static int BitmapBytes(int rows) => (rows + 7) >> 3;

    public static HeliosException Damaged(string what) =>
        new(HeliosErrorKind.Corrupt, "corrupt", $"A commit in the log is damaged: {what}. Nothing of it has been applied.");
}
