using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    private readonly SemaphoreSlim _backingUp = new(1, 1);
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Makes a backup of the database as of one LSN, at or after what is visible now, while commits go on.</summary>
    /// <param name="target">Directory of the backups of this database; made where it is not there. Not inside the database.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up; what was copied does not count and goes at the next backup.</param>
    /// <remarks>
    /// <para>Flushes the store as a checkpoint does, takes its files as of then by hard links beside the store, and copies those that no earlier backup in
    /// <paramref name="target"/> has. The backup counts when its manifest is in place, which is the last step: killed before it, there is no half backup.
    /// Commits wait for the begin of the flush only.</para>
    /// <para>One at a time; a second call waits. Closing the engine ends it with <c>closed</c>. <see cref="BackupStore"/> lists, checks and restores.</para>
    /// <para>A backup copies what lies on the disk: damage that is in the store already goes with it. <see cref="DatabaseVerifier"/> finds that.</para>
    /// </remarks>
    /// <exception cref="HeliosException">
    /// Invalid: <c>no_backup</c>, the directory holds something else; <c>backup_mismatch</c>, it holds backups of another database. Busy: another process works there.
    /// Unavailable: <c>format_too_new</c>, a newer version has written there; <c>disk_full</c>, <c>io_error</c>; or the engine has failed. Closed: the engine closes.
    /// </exception>
    public async Task<BackupReport> BackupAsync(string target, BackupOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        ThrowIfClosed();
        options ??= new BackupOptions();
        var directory = new BackupDirectory(_options.Files, target);
        if ((directory.Path + System.IO.Path.DirectorySeparatorChar).StartsWith(Path + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new ArgumentException($"{directory.Path} lies in the database that is to be backed up: name another directory.", nameof(target));

        var started = _options.TimeProvider.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            await _backingUp.WaitAsync(stop.Token).ConfigureAwait(false);
            try
            {
                var result = await new BackupRun(Job(options), directory).RunAsync(stop.Token).ConfigureAwait(false);
                var bytes = result.Manifest.Files.Sum(static file => file.Length);
                return new BackupReport(result.Manifest.Id, result.Manifest.Lsn, result.Manifest.Files.Count, bytes, result.ReusedBytes, _options.TimeProvider.GetElapsedTime(started));
            }
            finally
            {
                _backingUp.Release();
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new HeliosException(HeliosErrorKind.Closed, "closed", $"The database in '{Path}' was closed while it was backed up: the backup does not count. Open it and begin again.");
        }
    }

    private BackupJob Job(BackupOptions options) => new()
    {
        Files = _options.Files,
        Database = Path,
        DatabaseId = Identity.Id,
        Engine = _recovered,
        Checkpoints = _checkpoints,
        Time = _options.TimeProvider,
        Logger = _options.LoggerFactory.CreateLogger<BackupRun>(),
        VerifyReused = options.VerifyReused,
        Progress = BackupStore.Translate(options.Progress),
    };

    /// <summary>Ends a backup that runs, lets no other begin, and waits for it: it uses the store.</summary>
    private async Task StopBackupsAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _backingUp.WaitAsync().ConfigureAwait(false); // kept: nobody gets it any more
    }
}
