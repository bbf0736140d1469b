using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Checks a database that nobody has open, from its first byte to its last.</summary>
public static class DatabaseVerifier
{
    /// <summary>Makes every check, on a thread of its own; ends when all are made.</summary>
    /// <param name="path">The directory of the database. It is locked meanwhile.</param>
    /// <param name="progress">Told of each check when it is made, on the checking thread; null where nobody looks.</param>
    /// <param name="encryption">Gives the key of an encrypted database; null for none. Not disposed of.</param>
    /// <param name="cancellationToken">Gives up; looked at between checks and during the long ones.</param>
    /// <remarks>
    /// <para>The checks are <c>identity</c>; <c>store files</c>: checksums of every file and block; <c>log</c>: checksum and chain of
    /// every frame, LSN order, segments without a gap, and that the log reaches what the store has applied; <c>catalog</c>;
    /// <c>keys</c>: the store has no key of an unknown kind; <c>rows</c>: every version decodes and belongs to a table, and none is later than the
    /// store; <c>counters</c>: row counts and row ids, counted again; <c>indexes</c>: unique keys of all live rows, entered again;
    /// <c>sources</c>; <c>log against store</c>: what the commits in the log wrote is in the store, byte for byte.</para>
    /// <para>Damage is a failed check, never an exception. Commits that the log has and the store not yet (after a crash) are no
    /// damage: they are decoded, and the next open applies them. Bytes behind the last intact frame that nothing proves to have been synced are none either:
    /// the next open cuts them. After a crash, and only then, the last frames can thus be damaged without a trace: they look like a write that was torn.</para>
    /// <para>Nothing is created. The log is only read: an unsynced tail, which an ordinary open would cut, stays. RocksDB is opened as always and does what it
    /// does at every open: it rewrites its manifest and its own log file, and may delete unused files and compact.</para>
    /// <para>Reads log and store about twice. Memory: 64 MiB of cache, the longest row or frame, and the unique keys of the largest table.</para>
    /// </remarks>
    /// <exception cref="HeliosException">Invalid <c>no_database</c>; Busy: somebody has it open; <c>format_too_new</c>; <c>not_encrypted</c>; <c>key_unavailable</c> and <c>key_mismatch</c>, as for an open; Unavailable: the disk cannot be read.</exception>
    public static Task<VerifyReport> VerifyAsync(string path, Action<VerifyCheck>? progress = null, IKeyProvider? encryption = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // Blocks in the system for minutes: not a pool thread's work.
        return Task.Factory.StartNew(() => Verify(path, progress, encryption, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
    }

    private static VerifyReport Verify(string path, Action<VerifyCheck>? progress, IKeyProvider? encryption, CancellationToken cancellationToken)
    {
        var checks = new List<VerifyCheck>();
        var run = new IntegrityRun(PhysicalFiles.Instance, path, TimeProvider.System, result =>
        {
            var check = new VerifyCheck(result.Name, result.Passed, result.Message, result.Items);
            checks.Add(check);
            progress?.Invoke(check);
        }, encryption: encryption);
        run.Run(cancellationToken);
        return new VerifyReport(System.IO.Path.GetFullPath(path), checks);
    }
}
