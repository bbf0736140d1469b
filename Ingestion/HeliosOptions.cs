using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Helios.Pipeline.Ingestion;

/// <summary>How an engine is opened. Copied at open: later changes have no effect.</summary>
public sealed record HeliosOptions
{
    /// <summary>When the log is synced.</summary>
    /// <value>The default is <see cref="SafetyLevel.Full"/>: nothing acknowledged is ever lost.</value>
    public SafetyLevel SafetyLevel { get; init; } = SafetyLevel.Full;

    /// <summary>May a database be created where none is?</summary>
    /// <value>The default is true.</value>
    public bool CreateIfMissing { get; init; } = true;

    /// <summary>Bytes of commits inside the engine before callers wait.</summary>
    /// <value>1 MiB to 16 GiB; the default is 64 MiB. A single larger commit is let in alone.</value>
    public long MaxQueuedBytes
    {
        get;
        init => field = value is >= 1 << 20 and <= 16L << 30 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxQueuedBytes is 1 MiB to 16 GiB.");
    } = 64 << 20;

    /// <summary>Rows of commits inside the engine before callers wait.</summary>
    /// <value>1 to 1,000,000,000; the default is 1,000,000.</value>
    public long MaxQueuedRows
    {
        get;
        init => field = value is >= 1 and <= 1_000_000_000 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxQueuedRows is 1 to 1,000,000,000.");
    } = 1_000_000;

    /// <summary>Memory for blocks read from disk; what RocksDB has not flushed yet is charged to it.</summary>
    /// <value>8 MiB to 1 TiB; the default is 256 MiB.</value>
    public long CacheBytes
    {
        get;
        init => field = value is >= 8 << 20 and <= 1L << 40 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "CacheBytes is 8 MiB to 1 TiB.");
    } = 256 << 20;

    /// <summary>Bytes of commits that the store gathers in memory before it writes them to its files.</summary>
    /// <value>
    /// 64 KiB to 1 GiB; the default is 64 MiB. As much again may gather while they are written, and memory needs up to 2.5 times the bytes. Less
    /// makes more and smaller files, which cost more compaction.
    /// </value>
    public long FlushBytes
    {
        get;
        init => field = value is >= 64 << 10 and <= 1 << 30 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "FlushBytes is 64 KiB to 1 GiB.");
    } = 64 << 20;

    /// <summary>Memory for rows that point reads asked for.</summary>
    /// <value>0 to 1 TiB; the default is 32 MiB, 0 keeps none.</value>
    public long RowCacheBytes
    {
        get;
        init => field = value is >= 0 and <= 1L << 40 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "RowCacheBytes is 0 to 1 TiB.");
    } = 32 << 20;

    /// <summary>Log written before a checkpoint flushes the store and deletes old segments.</summary>
    /// <value>1 MiB to 1 TiB; the default is 256 MiB.</value>
    public long CheckpointBytes
    {
        get;
        init => field = value is >= 1 << 20 and <= 1L << 40 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "CheckpointBytes is 1 MiB to 1 TiB.");
    } = 256 << 20;

    /// <summary>Log kept for the change feed, whatever checkpoints allow to delete.</summary>
    /// <value>0 to 1 PiB; the default is 1 GiB.</value>
    public long LogRetention
    {
        get;
        init => field = value is >= 0 and <= 1L << 50 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "LogRetention is 0 to 1 PiB.");
    } = 1 << 30;

    /// <summary>Gives the key that a database is, or is to be, encrypted with.</summary>
    /// <value>
    /// The default is null: a new database is not encrypted. A database is encrypted whole or not at all, and for good: one that is encrypted opens with its
    /// key alone (<c>key_unavailable</c>, <c>key_mismatch</c>), one that is not refuses a provider (<c>not_encrypted</c>). The engine asks it when it opens, and never disposes of it.
    /// </value>
    public IKeyProvider? Encryption { get; init; }

    /// <summary>Where the engine logs.</summary>
    /// <value>The default is nowhere.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock.</summary>
    /// <value>The default is the system's.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal IStorageFiles Files { get; init; } = PhysicalFiles.Instance;

    internal WalOptions Log { get; init; } = new();

    internal CommitOptions Commit => new(FlushBytes);

    internal Action<nint>? TuneStore { get; init; }
}
