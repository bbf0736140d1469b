namespace Helios.Pipeline.Storage;

/// <summary>Names the content that a source delivers: a hash of its first bytes.</summary>
/// <param name="Fingerprint">XxHash128 of the first <paramref name="CoveredBytes"/> bytes.</param>
/// <param name="CoveredBytes">64 KiB, or all of a smaller source; a little less where another source of the table begins alike.</param>
internal readonly record struct SourceKey(UInt128 Fingerprint, int CoveredBytes);

/// <summary>How far a source has been taken into a table; stored in the same commit as the rows.</summary>
internal sealed record SourceProgress(TableId Table, SourceKey Key)
{
    /// <summary>Bytes of the input, from its start, that are decided: stored or rejected.</summary>
    public long Offset { get; init; }

    /// <summary>The last decided record; the first record has 1.</summary>
    public long Record { get; init; }

    /// <summary>CRC-32C of all bytes before <see cref="Offset"/>.</summary>
    public uint Crc { get; init; }

    /// <summary>Was the input read to its end?</summary>
    public bool Complete { get; init; }

    /// <summary>Rows stored from this source, ever.</summary>
    public long Stored { get; init; }

    /// <summary>Rows rejected from this source, ever.</summary>
    public long Rejected { get; init; }

    /// <summary>The commit that moved it here; not part of the bytes.</summary>
    public Lsn Lsn { get; init; }
}
