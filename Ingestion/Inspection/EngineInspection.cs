using System.Text.Json.Serialization;

namespace Helios.Pipeline.Ingestion;

/// <summary>An open engine at one moment. Numbers are read one after the other while it goes on; plain values, fit for JSON. LSNs are 1 and up, 0 = none.</summary>
public sealed record EngineInspection
{
    /// <summary>The directory of the database.</summary>
    public required string Path { get; init; }

    /// <summary>Names the database in every frame of its log.</summary>
    public required Guid DatabaseId { get; init; }

    /// <summary>When it was created, UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>What the engine does now.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<EngineState>))]
    public required EngineState State { get; init; }

    /// <summary>Versions of what this engine writes.</summary>
    public required FormatVersions Formats { get; init; }

    /// <summary>Under which key the database is; null where it is not encrypted.</summary>
    public required EncryptionInspection? Encryption { get; init; }

    /// <summary>How far each part is.</summary>
    public required LsnInspection Lsns { get; init; }

    /// <summary>Epoch of the log: raised by every open.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Files of the log, oldest first.</summary>
    public required IReadOnlyList<SegmentInspection> Segments { get; init; }

    /// <summary>What takes how much.</summary>
    public required SizeInspection Sizes { get; init; }

    /// <summary>Tables of users, by name.</summary>
    public required IReadOnlyList<TableInspection> Tables { get; init; }

    /// <summary>How far each source has been taken, the one that moved longest ago first.</summary>
    public required IReadOnlyList<SourceInspection> Sources { get; init; }

    /// <summary>Producers whose numbered commits are remembered.</summary>
    public ProducersInspection Producers { get; init; } = new(0, 0);

    /// <summary>What the open found.</summary>
    public required RecoveryInspection Recovery { get; init; }

    /// <summary>Stages of the write path that run now, by name.</summary>
    public required IReadOnlyList<StageInspection> Stages { get; init; }

    /// <summary>Commits inside the write path.</summary>
    public required QueueInspection Queue { get; init; }

    /// <summary>Memory of queues, caches and indexes.</summary>
    public required MemoryInspection Memory { get; init; }

    /// <summary>Room on the disk.</summary>
    public required SpaceInspection Space { get; init; }

    /// <summary>Checkpoints finished since the open.</summary>
    public required int Checkpoints { get; init; }
}

/// <summary>Versions of what is written to disk.</summary>
/// <param name="Identity">The identity file.</param>
/// <param name="Frame">Segments and frames of the log.</param>
/// <param name="Row">Rows.</param>
/// <param name="Catalog">Definitions of tables.</param>
public sealed record FormatVersions(int Identity, int Frame, int Row, int Catalog);

/// <summary>The keys of an encrypted database: ids and numbers, nothing secret.</summary>
/// <param name="KeyId">Names the key-encryption key that the application gave: 16 hex digits.</param>
/// <param name="DataKeys">Data keys in the key file: one for each open that wrote, and one more for each rotation meanwhile.</param>
/// <param name="CurrentDataKey">Id of the data key that is encrypted with now; null before the first write.</param>
/// <param name="Kdf">How the key-encryption key comes from a password, "PBKDF2-HMAC-SHA256"; null where it comes from none.</param>
/// <param name="KdfIterations">Its iterations; null where there is no password.</param>
public sealed record EncryptionInspection(string KeyId, int DataKeys, uint? CurrentDataKey, string? Kdf, int? KdfIterations);

/// <summary>How far each part is; each number is an LSN.</summary>
/// <param name="Visible">Readers see everything up to it.</param>
/// <param name="Applied">The store has everything up to it, in memory or on disk.</param>
/// <param name="Flushed">The store has everything up to it on disk: the log before it is not needed to recover.</param>
/// <param name="Durable">A power loss would leave everything up to it.</param>
/// <param name="Head">The last commit in the log.</param>
/// <param name="Oldest">The first commit that the log still has.</param>
public sealed record LsnInspection(ulong Visible, ulong Applied, ulong Flushed, ulong Durable, ulong Head, ulong Oldest);

/// <summary>One file of the log.</summary>
/// <param name="Id">Ascending without gaps.</param>
/// <param name="Bytes">Its length, the zeros behind the last frame included.</param>
/// <param name="First">LSN of its first commit.</param>
/// <param name="Last">LSN of its last commit; before <paramref name="First"/> where it has none.</param>
/// <param name="Epoch">The open that began it.</param>
public sealed record SegmentInspection(ulong Id, long Bytes, ulong First, ulong Last, ulong Epoch);

/// <summary>What takes how much; bytes.</summary>
/// <param name="Log">Segments on disk, unused zeros and the spare included.</param>
/// <param name="Store">Live files of the store.</param>
/// <param name="Memtables">What the store has in memory only.</param>
/// <param name="Indexes">Unique keys in memory.</param>
/// <param name="Cache">Memory that the store's cache takes now, <paramref name="Memtables"/> included.</param>
/// <param name="CacheLimit">What it may take.</param>
public sealed record SizeInspection(long Log, long Store, long Memtables, long Indexes, long Cache, long CacheLimit);

/// <summary>A table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Columns">Its columns, by name.</param>
/// <param name="Rows">Live rows.</param>
/// <param name="IndexBytes">Memory of its unique keys.</param>
public sealed record TableInspection(string Name, IReadOnlyList<string> Columns, long Rows, long IndexBytes)
{
    /// <summary>Its primary key, its unique indexes, and those of its foreign keys, which are always whole in memory.</summary>
    public IReadOnlyList<TableIndexInspection> Indexes { get; init; } = [];

    /// <summary>Constraints that are not yet known to hold for rows from before they were added.</summary>
    public IReadOnlyList<string> Pending { get; init; } = [];
}

/// <summary>Producers whose numbered commits are remembered.</summary>
/// <param name="Count">How many there are; 10,000 at most.</param>
/// <param name="Bytes">Memory that their commits take; 128 MiB at most.</param>
public sealed record ProducersInspection(int Count, long Bytes);

/// <summary>An index of a table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsUnique">Is it the primary key or a unique index? Else it is over rows that refer by a foreign key.</param>
/// <param name="Bytes">Memory that it takes.</param>
/// <param name="Keys">Keys in memory.</param>
/// <param name="SpilledKeys">Keys that are in the store only, because of <see cref="HeliosOptions.MaxIndexBytes"/>.</param>
public sealed record TableIndexInspection(string Name, bool IsUnique, long Bytes, long Keys, long SpilledKeys);

/// <summary>How far a source has been taken into a table.</summary>
/// <param name="Table">The table's name.</param>
/// <param name="Fingerprint">Names the source by its first bytes: 32 hex digits.</param>
/// <param name="Offset">Bytes of the input that are decided, stored or rejected.</param>
/// <param name="Record">The last decided record, from 1.</param>
/// <param name="IsComplete">Was the input read to its end?</param>
/// <param name="Stored">Rows stored from it, ever.</param>
/// <param name="Rejected">Rows rejected from it, ever.</param>
/// <param name="Lsn">The commit that moved it here.</param>
public sealed record SourceInspection(string Table, string Fingerprint, long Offset, long Record, bool IsComplete, long Stored, long Rejected, ulong Lsn);

/// <summary>What the open found, and did.</summary>
/// <param name="WasClean">Had the database been closed in order?</param>
/// <param name="Head">Last LSN in the log.</param>
/// <param name="Applied">Last LSN that the store had.</param>
/// <param name="Frames">Frames that the store did not have and that were applied.</param>
/// <param name="Commits">Commits in them.</param>
/// <param name="Cut">What was cut from the end of the log; null where nothing was.</param>
public sealed record RecoveryInspection(bool WasClean, ulong Head, ulong Applied, long Frames, long Commits, CutInspection? Cut)
{
    /// <summary>Had the process before worked without a log, and not closed in order? Then the store was the truth, and the log has begun anew.</summary>
    public bool WasWithoutLog { get; init; }

    /// <summary>Bytes that the open cut from the end of the store's manifest, because a power loss had torn it; the log made good what they said. 0 where nothing was.</summary>
    public long ManifestBytesCut { get; init; }

    /// <summary>How the keys came into memory; null where they were not looked at.</summary>
    public IndexInspection? Indexes { get; init; }
}

/// <summary>How the keys of all indexes came into memory at the open.</summary>
/// <param name="Snapshot">LSN of the snapshot that they came from; 0 where they were made of the rows.</param>
/// <param name="Keys">Keys of the snapshot, or of the rows.</param>
/// <param name="Completed">Commits of the log that completed the snapshot, up to what the store had.</param>
/// <param name="Compared">Keys of the snapshot that were held against their rows.</param>
/// <param name="Refused">Why a snapshot was refused; null where it was not, or where there was none.</param>
/// <param name="Milliseconds">How long it took.</param>
public sealed record IndexInspection(ulong Snapshot, long Keys, long Completed, int Compared, string? Refused, double Milliseconds);

/// <summary>An unsynced tail that the open has cut from the log.</summary>
/// <param name="Segment">The file in which it began.</param>
/// <param name="Offset">Where it began, bytes.</param>
/// <param name="Bytes">From there to its last byte that was not zero.</param>
/// <param name="Expected">The LSN that would have stood there; it was never durable.</param>
public sealed record CutInspection(string Segment, long Offset, long Bytes, ulong Expected);

/// <summary>One stage of the write path since the open.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Depth">Messages that wait in front of it now.</param>
/// <param name="Runs">Times it took what was waiting.</param>
/// <param name="Messages">Messages it has handled.</param>
/// <param name="Wakes">Times it was asleep and had to be woken.</param>
public sealed record StageInspection(string Name, int Depth, long Runs, long Messages, long Wakes);

/// <summary>Commits inside the write path.</summary>
/// <param name="Bytes">Their bytes now.</param>
/// <param name="Rows">Their rows now.</param>
/// <param name="PeakBytes">The most bytes since the open.</param>
/// <param name="MaxBytes">Bytes at which callers wait.</param>
/// <param name="MaxRows">Rows at which callers wait.</param>
/// <param name="Waits">Calls that had to wait since the open.</param>
public sealed record QueueInspection(long Bytes, long Rows, long PeakBytes, long MaxBytes, long MaxRows, long Waits);

/// <summary>Room on the disk as of the last sample; bytes.</summary>
/// <param name="Free">What may still be written, where log or store has less; null where the system does not say.</param>
/// <param name="Floor">Below it commits that insert are refused; 0 = never.</param>
/// <param name="IsLow">Are they refused now?</param>
public sealed record SpaceInspection(long? Free, long Floor, bool IsLow);

/// <summary>Memory of queues, caches and indexes now; bytes.</summary>
/// <param name="Budget">What all but <paramref name="Index"/> may take together.</param>
/// <param name="Queue">Commits inside the write path.</param>
/// <param name="QueueLimit">What those may take now, less than <see cref="QueueInspection.MaxBytes"/> where the others take more than their share.</param>
/// <param name="Batch">The copy of them that the store was given last.</param>
/// <param name="Memtables">What the store has in memory only.</param>
/// <param name="Blocks">Cached blocks, indexes and filters of the store.</param>
/// <param name="TableReaders">What the store keeps of each open file beside them.</param>
/// <param name="Rows">Cached rows.</param>
/// <param name="Log">Frames kept for feeds where there is no log, or the buffer of encrypted frames.</param>
/// <param name="Index">Unique keys: they grow with the data and are in no budget.</param>
public sealed record MemoryInspection(long Budget, long Queue, long QueueLimit, long Batch, long Memtables, long Blocks, long TableReaders, long Rows, long Log, long Index);
