using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Checks a database that nobody has open, one check after the other. Used once; one thread; blocks.</summary>
/// <remarks>
/// It does not recover: log and store are read as they lie there, commits that the store does not have yet are only decoded. The log
/// is not written to at all. RocksDB rewrites its own bookkeeping when it opens, and may compact.
/// </remarks>
internal sealed class IntegrityRun(IStorageFiles files, string path, TimeProvider time, Action<IntegrityResult>? progress, StoreOptions? storeOptions = null, IKeyProvider? encryption = null)
{
    /// <summary>For blocks, indexes and filters: the rows are read past the cache.</summary>
    private const long CacheBytes = 64 << 20;

    private readonly List<IntegrityResult> _results = [];

    /// <summary>The checks, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["identity", "store files", "log", "catalog", "keys", "rows", "counters", "indexes", "sources", "producers", "log against store"];

    /// <summary>All results, one for each of <see cref="Names"/>.</summary>
    /// <exception cref="HeliosException">Invalid <c>no_database</c>, Busy <c>busy</c>, <c>format_too_new</c>, Unavailable <c>io_error</c>: nothing can be said about the database.</exception>
    public IReadOnlyList<IntegrityResult> Run(CancellationToken cancellationToken)
    {
        using var directory = OpenDirectory(out var keys);
        using var opened = keys; // after the store, before the directory
        if (directory is null)
        {
            SkipRest("the identity or the key file is damaged");
            return _results;
        }

        using var store = OpenStore(directory, keys, out var applied);
        cancellationToken.ThrowIfCancellationRequested();
        var log = CheckLog(directory, applied, out var isUnlogged);
        cancellationToken.ThrowIfCancellationRequested();
        if (store is null || applied is not { } at)
            SkipRest("the store cannot be read");
        else
            CheckContents(directory, keys, store, at, log, isUnlogged, cancellationToken);
        return _results;
    }

    private DatabaseDirectory? OpenDirectory(out DatabaseKeys? keys)
    {
        var findings = new Findings("identity") { Items = 1 };
        DatabaseDirectory? directory = null;
        DatabaseKeys? found = null;
        try
        {
            findings.Complete(() => directory = DatabaseDirectory.Open(files, path, create: false));
            if (directory is not null)
                findings.Complete(() => found = DatabaseAccess.OpenKeys(files, directory, directory.Identity!, encryption, time));
        }
        catch
        {
            directory?.Dispose();
            throw;
        }

        keys = found;
        Report(findings, directory?.Identity is { } identity ? $"database {identity.Id}, created {identity.Created:u}, format {identity.Format}{(identity.IsEncrypted ? ", encrypted" : "")}" : "");
        if (findings.Problems == 0)
            return directory;
        directory?.Dispose();
        return null;
    }

    private RocksStore? OpenStore(DatabaseDirectory directory, DatabaseKeys? keys, out Lsn? applied)
    {
        var findings = new Findings("store files");
        RocksStore? store = null;
        Lsn? at = null;
        try
        {
            findings.Complete(() => store = RocksStore.Open(directory.StorePath, storeOptions ?? new StoreOptions { CacheBytes = CacheBytes }, create: false, time, keys));
            findings.Complete(() => at = store?.Applied()?.Lsn ?? (store is null ? null : Lsn.Zero));
            findings.Complete(() => store?.Verify());
        }
        catch
        {
            store?.Dispose();
            throw;
        }

        findings.Items = Directory.Exists(directory.StorePath) ? Directory.GetFiles(directory.StorePath, "*.sst").Length : 0;
        Report(findings, $"{findings.Items} files, {store?.LiveBytes ?? 0} bytes, every checksum holds; the store is at LSN {at}");
        applied = at;
        return store;
    }

    private WalScan? CheckLog(DatabaseDirectory directory, Lsn? applied, out bool isUnlogged)
    {
        var findings = new Findings("log");
        isUnlogged = files.Exists(directory.UnloggedPath);
        if (isUnlogged)
        {
            var marker = LogCheck.RunUnlogged(findings, files, directory, applied);
            Report(findings, marker is null ? "" : $"there is none: since LSN {marker.Applied} the database was used without a log, and not closed in order. What lies in its directory is obsolete; the next open begins it anew");
            isUnlogged = findings.Problems == 0;
            return null;
        }

        var scan = LogCheck.Run(findings, files, directory.LogPath, directory.Identity!.Id, applied);
        Report(findings, scan is null ? "" : LogCheck.Describe(scan));
        return scan;
    }

    private void CheckContents(DatabaseDirectory directory, DatabaseKeys? dataKeys, RocksStore store, Lsn applied, WalScan? log, bool isUnlogged, CancellationToken cancellationToken)
    {
        var catalog = new Findings("catalog");
        var tables = CatalogCheck.Run(catalog, store, applied);
        Report(catalog, $"{catalog.Items} definitions of tables");

        var keys = new Findings("keys");
        KeysCheck.Run(keys, store, applied, cancellationToken);
        Report(keys, $"{keys.Items} keys besides the rows, each of a known kind");

        using var rows = new RowsCheck(store, tables, applied);
        rows.Run(cancellationToken);
        Report(rows.Rows, $"{rows.Rows.Items} versions of rows decode, none after LSN {applied}");

        var counters = new Findings("counters");
        CountersCheck.Run(counters, store, tables, rows.Counted);
        Report(counters, $"the counters of {counters.Items} tables are those of their rows");

        VacatedKeysCheck.Run(rows.Indexes, store, tables, applied, cancellationToken);
        Report(rows.Indexes, $"{rows.Indexes.Items} keys, none twice among live rows");

        var sources = new Findings("sources");
        SourcesCheck.Run(sources, store, tables, applied);
        Report(sources, $"{sources.Items} positions of sources");

        var producers = new Findings("producers");
        ProducersCheck.Run(producers, store, applied, cancellationToken);
        Report(producers, $"{producers.Items} commits of producers are remembered");

        if (isUnlogged)
            Report(new Findings("log against store"), "there is no log to compare with: the store is the truth");
        else if (log is null)
            SkipRest("the log cannot be read");
        else
            CompareLog(directory, dataKeys, store, applied, log, cancellationToken);
    }

    private void CompareLog(DatabaseDirectory directory, DatabaseKeys? keys, RocksStore store, Lsn applied, WalScan log, CancellationToken cancellationToken)
    {
        var findings = new Findings("log against store");
        ILogReader Open(Lsn from) => new WalReader(files, directory.LogPath, directory.Identity!.Id, from, keys?.Frames);
        using var comparison = new LogAgainstStore(findings, store, applied, Open, log.Head);
        using var commits = new CommitsOf(Open(LogCheck.First(log)), log.Head);
        comparison.Run(commits, cancellationToken);
        var pending = comparison.Pending > 0 ? $"; {comparison.Pending} more are only in the log, the next open applies them" : "";
        Report(findings, $"{findings.Items - comparison.Pending} commits of the log are in the store{pending}");
    }

    private void Report(Findings findings, string sound) => Report(findings.Result(sound));

    private void Report(IntegrityResult result)
    {
        _results.Add(result);
        progress?.Invoke(result);
    }

    private void SkipRest(string why)
    {
        foreach (var name in Names.Skip(_results.Count).ToArray())
            Report(new IntegrityResult(name, false, $"not checked: {why}", 0));
    }
}
