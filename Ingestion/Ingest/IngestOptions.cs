using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Form of an input.</summary>
public enum IngestFormat
{
    /// <summary>By the file's extension, else by its first byte: <c>{</c> means NDJSON.</summary>
    Auto,

    /// <summary>Comma-separated values with a header line, RFC 4180.</summary>
    Csv,

    /// <summary>One JSON object a line.</summary>
    Ndjson,
}

/// <summary>How an input is taken into a table.</summary>
public sealed record IngestOptions
{
    /// <summary>Form of the input.</summary>
    /// <value>The default is <see cref="IngestFormat.Auto"/>.</value>
    public IngestFormat Format { get; init; } = IngestFormat.Auto;

    /// <summary>What separates the fields of CSV.</summary>
    /// <value>One ASCII character, neither quote nor line ending; the default is a comma.</value>
    public char Delimiter
    {
        get;
        init => field = value is > '\0' and < (char)128 and not ('"' or '\r' or '\n') ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Delimiter is one ASCII character, neither quote nor line ending.");
    } = ',';

    /// <summary>Does CSV begin with a line of names? Without one the columns are c1, c2, ….</summary>
    /// <value>The default is true.</value>
    public bool HasHeader { get; init; } = true;

    /// <summary>Columns of the primary key, where the table is created.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<string> Key { get; init; } = [];

    /// <summary>Unique columns, each for itself, where the table is created.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<string> Unique { get; init; } = [];

    /// <summary>Types, lengths and element types of columns that are not to be inferred, by column name, where the table is created.</summary>
    /// <value>The default is none. A column of NDJSON may be named that the first records do not have: it is added. The names inside the columns play no part.</value>
    public IReadOnlyDictionary<string, Column> Types { get; init; } = new Dictionary<string, Column>();

    /// <summary>Records of one commit.</summary>
    /// <value>1 to 100,000; the default is 1,000. A commit has at most 4 MiB of input or one record besides.</value>
    public int CommitRows
    {
        get;
        init => field = value is >= 1 and <= 100_000 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "CommitRows is 1 to 100,000.");
    } = 1_000;

    /// <summary>A file that gets every rejected record as a line of JSON; null for none.</summary>
    public string? RejectsFile { get; init; }

    /// <summary>Rejected records of this run after which it stops; null for no limit.</summary>
    public long? MaxRejects { get; init; }

    /// <summary>A file that gets a line "record, tab, LSN" after each answer; null for none.</summary>
    public string? AcksFile { get; init; }

    /// <summary>Bytes of the input, for progress; set by the engine where the input is a file.</summary>
    internal long? TotalBytes { get; init; }

    /// <summary>Told after each answer, one call at a time.</summary>
    public Action<IngestProgress>? Progress { get; init; }

    /// <summary>Told of each of the first 10 rejected records, as they come.</summary>
    public Action<IngestReject>? Rejected { get; init; }
}

/// <summary>How far a run is.</summary>
/// <param name="Bytes">Bytes of the input that are decided, from its start.</param>
/// <param name="TotalBytes">Bytes of the input; null where that is not known.</param>
/// <param name="Record">The last decided record.</param>
/// <param name="Rows">Rows stored by this run.</param>
/// <param name="Rejected">Records rejected by this run.</param>
public readonly record struct IngestProgress(long Bytes, long? TotalBytes, long Record, long Rows, long Rejected);

/// <summary>A rejected record.</summary>
/// <param name="Record">Its number; 1 is the first after the header.</param>
/// <param name="Offset">Its first byte in the input.</param>
/// <param name="Code">What happened, one of the codes in docs/errors.md.</param>
/// <param name="Column">The column concerned, or null.</param>
/// <param name="Message">What, where, which limit.</param>
public sealed record IngestReject(long Record, long Offset, string Code, string? Column, string Message);

/// <summary>What rejected records have in common.</summary>
/// <param name="Code">What happened.</param>
/// <param name="Column">The column concerned, or null.</param>
/// <param name="Count">How many.</param>
/// <param name="FirstRecord">The first of them.</param>
public sealed record IngestRejectGroup(string Code, string? Column, long Count, long FirstRecord);

/// <summary>The result of a run.</summary>
public sealed record IngestReport
{
    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>Rows stored by this run.</summary>
    public required long Rows { get; init; }

    /// <summary>Records rejected by this run.</summary>
    public required long Rejected { get; init; }

    /// <summary>The rejected records by code and column.</summary>
    public required IReadOnlyList<IngestRejectGroup> RejectGroups { get; init; }

    /// <summary>The record after which the run went on; 0 = the start.</summary>
    public required long ResumedAt { get; init; }

    /// <summary>The last decided record.</summary>
    public required long LastRecord { get; init; }

    /// <summary>The last commit.</summary>
    public required Lsn Lsn { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Was the input read to its end?</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Did it stop because more than <see cref="IngestOptions.MaxRejects"/> were rejected?</summary>
    public required bool TooManyRejects { get; init; }
}
