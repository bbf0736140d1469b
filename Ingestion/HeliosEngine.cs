using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Ingestion;

/// <summary>An open database. Thread-safe; one per directory and process. Dispose it: that finishes what was admitted and makes all of it durable.</summary>
public sealed partial class HeliosEngine : IAsyncDisposable
{
    private readonly DatabaseDirectory _directory;
    private readonly HeliosOptions _options;
    private readonly PipelineMetrics _metrics;
    private readonly RecoveredPath _recovered;
    private readonly DatabaseKeys? _keys; // owned; null where the database is not encrypted
    private readonly CheckpointStage _checkpoints;
    private readonly IndexSnapshotStage? _indexSnapshots; // null where none are made
    private readonly FreeSpaceTask _space;
    private readonly MemoryTask _memory;
    private readonly FilterConsolidationStage? _filters; // null where none are kept
    private readonly VersionCollectionStage? _versions; // null where nothing is collected by itself
    private readonly IndexSpillTask? _spills; // null where indexes have no bound
    private readonly TransactionRegistry _transactions;
    private readonly bool _temporary;
    private readonly SemaphoreSlim _creating = new(1, 1);
    private readonly SemaphoreSlim _switching = new(1, 1);
    private readonly Lock _closeGate = new();
    private Task? _closed;
    private int _state;
    private int _level;

    private HeliosEngine(DatabaseDirectory directory, HeliosOptions options, PipelineMetrics metrics, RecoveredPath recovered, DatabaseKeys? keys, bool temporary)
    {
        _keys = keys;
        _directory = directory;
        _options = options;
        _metrics = metrics;
        _recovered = recovered;
        _temporary = temporary;
        _level = (int)options.SafetyLevel;
        _transactions = new TransactionRegistry(options.TimeProvider, options.MaxTransactionTime);
        _checkpoints = new CheckpointStage(recovered, new CheckpointOptions(options.CheckpointBytes, options.LogRetention) { Commits = options.Log.LsnSkip / 2, Interval = options.CheckpointInterval }, options.TimeProvider, options.LoggerFactory.CreateLogger<CheckpointStage>());
        _indexSnapshots = MakeIndexSnapshots();
        WatchPath();
        _space = new FreeSpaceTask(options.Files, [directory.LogPath, directory.StorePath], recovered.Parts.Options.Space, options.FreeSpaceInterval, options.TimeProvider, options.LoggerFactory.CreateLogger<FreeSpaceTask>());
        _memory = new MemoryTask(() => MemoryUse.Of(Parts, WritePath.Gate.Bytes), passed => Parts.Rows.Age(passed), recovered.Parts.Options.Memory, options.TimeProvider, options.LoggerFactory.CreateLogger<MemoryTask>());
        metrics.Observe(recovered.Parts.Options.Space, recovered.Parts.Options.Memory, recovered.Parts.Filters.Memory);
        _space.Start();
        _memory.Start();
        _budget = MakeBudget();
        _versions = MakeVersions(); // as soon as it is there it holds log that a checkpoint would let go
        _indexSnapshots?.Hold(); // the same
        _indexSnapshots?.Start();
        _checkpoints.Start();
        if (options.MaxIndexBytes is > 0)
            _spills = new IndexSpillTask(recovered, options.TimeProvider, options.LoggerFactory.CreateLogger<IndexSpillTask>());
        _spills?.Start();
        _filters = MakeFilters();
        _filters?.Start();
        _statistics = MakeStatistics();
        _counted = new CountersAtOpen(recovered.Parts.Published);
        _statistics.Stage?.Start();
        _versions?.Start();
        _scrub = MakeScrub();
        if (options.Scrub.Interval > TimeSpan.Zero)
            _scrub.Start();
        BeginFills();
    }

    /// <summary>What the engine does now.</summary>
    /// <remarks>Whoever has been refused because of a failure finds the engine faulted, however early it looks.</remarks>
    public EngineState State
    {
        get
        {
            var state = (EngineState)Volatile.Read(ref _state);
            return state == EngineState.Running && _recovered.Path.Fault is not null ? EngineState.Faulted : state;
        }
    }

    /// <summary>When the log is synced now.</summary>
    public SafetyLevel SafetyLevel => (SafetyLevel)Volatile.Read(ref _level);

    /// <summary>The newest commit that readers see.</summary>
    public Lsn Visible => _recovered.Parts.Visible.Value;

    /// <summary>The newest commit that a power loss would leave.</summary>
    public Lsn Durable => _recovered.Parts.Durable.Value;

    /// <summary>The directory of the database.</summary>
    public string Path => _directory.Path;

    /// <summary>The tables, by name.</summary>
    public IReadOnlyList<TableInfo> Tables =>
        [.. Parts.Published.Catalog.Tables.Where(t => !t.IsSystem).OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => new TableInfo(t.Name, t.Schema, Parts.Published.Rows(t.Id)))];

    /// <summary>Who is at which key.</summary>
    internal KeyTurns Turns { get; } = new();

    internal WritePath WritePath => _recovered.Path;

    internal WritePathParts Parts => _recovered.Parts;

    internal RecoveredPath Recovered => _recovered;

    internal HeliosOptions Options => _options;

    internal DatabaseIdentity Identity => _directory.Identity!;

    /// <summary>Null where indexes have no bound.</summary>
    internal IndexSpillTask? Spills => _spills;

    internal int CheckpointsFinished => _checkpoints.Finished;

    /// <summary>Does the database go with the engine?</summary>
    internal bool IsTemporary => _temporary;

    /// <summary>Opens a database, or creates it.</summary>
    /// <param name="path">Its directory.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up; what was recovered so far stays recovered.</param>
    /// <exception cref="ArgumentException">Options contradict each other; nothing was touched.</exception>
    /// <exception cref="HeliosException">Invalid: there is none and it may not be created. Busy: another process has it. Corrupt: it is damaged. Unavailable: the disk refuses, or the key is not there.</exception>
    public static Task<HeliosEngine> OpenAsync(string path, HeliosOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new HeliosOptions();
        options.CheckMemory();
        return OpenAsync(path, options, temporary: false, cancellationToken);
    }

    /// <summary>Opens an empty database in a temporary directory that goes when the engine is disposed.</summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<HeliosEngine> OpenInMemoryAsync(HeliosOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = (options ?? new HeliosOptions()) with { SafetyLevel = SafetyLevel.Unsafe, CreateIfMissing = true };
        options.CheckMemory();
        return OpenAsync(Directory.CreateTempSubdirectory("helios-").FullName, options, temporary: true, cancellationToken);
    }

    /// <summary>A session: writes to several tables, one commit. Any number of sessions may work at once, each on one thread at a time.</summary>
    public Session OpenSession() => new(this);

    /// <summary>Opens a table by its schema, creating it where it is not there.</summary>
    /// <exception cref="HeliosException">Invalid <c>schema_mismatch</c>: a table of that name has another schema. Invalid <c>unknown_table</c>, <c>unknown_column</c>, <c>invalid_schema</c>: a foreign key refers to nothing that it could refer to. Invalid <c>invalid_expression</c>: a CHECK or a default is no expression of this table.</exception>
    public async Task<Table> TableAsync(string name, TableSchema schema, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(schema);
        CheckTableName(name);
        if (FindTable(name) is { } known)
            return CheckSchema(known, schema);

        await _creating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (FindTable(name) is { } raced)
                return CheckSchema(raced, schema);
            if (ForeignKeyRules.Check(new TableDefinition(new TableId(TableDefinition.FirstUserTable), 0, name, 1, schema), Parts.Published.Catalog) is { } refusal)
                throw refusal;
            if (ExpressionRules.Check(name, schema) is { } invalid)
                throw invalid;
            using var session = OpenSession();
            session.CreateTable(CatalogCodec.Encode(name, 1, schema));
            await session.CommitAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _creating.Release();
        }

        return FindTable(name) ?? throw new HeliosException(HeliosErrorKind.Internal, "internal", $"Table {name} was created and is not there.");
    }

    /// <summary>A table that is there, or null.</summary>
    public Table? FindTable(string name)
    {
        ThrowIfClosed();
        return Parts.Published.Catalog.Find(name) is { } definition ? new Table(this, Parts.Plans[definition.Id]) : null;
    }

    /// <summary>Reads the beginning of a file and refuses one that no table can be made of: before a database is made for it.</summary>
    /// <param name="file">CSV or NDJSON.</param>
    /// <param name="options">How it is to be read; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HeliosException">Invalid: it cannot be opened, is empty, or its header is unusable.</exception>
    public static void CheckInput(string file, IngestOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var input = SourceInput.OpenFile(file, cancellationToken);
        SourceTable.ReadHead(input, options ?? new IngestOptions(), cancellationToken);
    }

    /// <summary>Takes a file into a table, exactly once: run again after any end, it goes on after the last stored record.</summary>
    /// <param name="file">CSV or NDJSON.</param>
    /// <param name="table">Created with inferred types where it is not there.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Stops after the commits in hand; the report then says that it is not complete.</param>
    /// <exception cref="HeliosException">Invalid: the input cannot be read, or does not fit the table. Unavailable: the disk refuses; what was acknowledged holds.</exception>
    public async Task<IngestReport> IngestAsync(string file, string table, IngestOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckTableName(table);
        options ??= new IngestOptions();
        using var input = SourceInput.OpenFile(file, cancellationToken, IngestRun.Limits(options));
        return await IngestRun.RunAsync(this, input, table, options with { TotalBytes = new FileInfo(file).Length }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a stream into a table, exactly once; a stream that cannot seek is read and skipped up to the stored position.</summary>
    /// <param name="stream">CSV or NDJSON; not disposed.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="table">Created with inferred types where it is not there.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Stops after the commits in hand; the report then says that it is not complete.</param>
    /// <exception cref="HeliosException">As the other overload; Invalid <c>source_mismatch</c> where the stream begins like a known one and then differs.</exception>
    public async Task<IngestReport> IngestAsync(Stream stream, string name, string table, IngestOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckTableName(table);
        options ??= new IngestOptions();
        using var input = SourceInput.Open(stream, name, cancellationToken, IngestRun.Limits(options) with { ReturnBeforeRead = true });
        return await IngestRun.RunAsync(this, input, table, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes everything visible persistent in the store and deletes log that is not needed any more.</summary>
    public Task CheckpointAsync(CancellationToken cancellationToken = default) => _checkpoints.RunNowAsync(cancellationToken);

    /// <summary>Goes over to another safety level while the engine works on.</summary>
    /// <param name="level">The level that holds for every commit submitted after this has returned.</param>
    /// <remarks>
    /// Everything submitted before is made durable first, whatever its level; commits submitted meanwhile get the stricter of the
    /// two. Calls are carried out one after the other, in their order.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">There is no such level.</exception>
    /// <exception cref="HeliosException">Unavailable or Closed: the engine has failed or stopped. Invalid <c>without_log</c>: it was opened without a log. The level is as it was.</exception>
    public async Task UseSafetyLevelAsync(SafetyLevel level)
    {
        if (!Enum.IsDefined(level))
            throw new ArgumentOutOfRangeException(nameof(level), level, "There is no such safety level.");
        ThrowIfClosed();
        RefuseWithoutLog("there is no other safety level");
        await _switching.WaitAsync().ConfigureAwait(false);
        try
        {
            await WritePath.UseLevelAsync(level).ConfigureAwait(false);
            Volatile.Write(ref _level, (int)level);
        }
        finally
        {
            _switching.Release();
        }
    }

    /// <summary>Finishes what was admitted, makes all of it durable, and closes. Idempotent.</summary>
    /// <exception cref="HeliosException">Unavailable: it is closed, but not everything that was answered could be made durable. Opening it again does that.</exception>
    public async ValueTask DisposeAsync()
    {
        Task closed;
        lock (_closeGate)
            closed = _closed ??= CloseAsync();
        await closed.ConfigureAwait(false);
    }

    internal ReadView OpenView()
    {
        ThrowIfClosed();
        return new ReadView(Parts.Store, Parts.Rows, _recovered.Snapshots);
    }

    internal void ThrowIfClosed()
    {
        if (State == EngineState.Closed)
            throw Closed();
    }

    private static async Task<HeliosEngine> OpenAsync(string path, HeliosOptions options, bool temporary, CancellationToken cancellationToken)
    {
        CheckOptions(options);
        var directory = DatabaseDirectory.Open(options.Files, path, options.CreateIfMissing);
        var metrics = new PipelineMetrics();
        DatabaseKeys? keys = null;
        try
        {
            BackupRun.RemoveLeftover(directory.Path);
            var identity = directory.Identity ?? new DatabaseIdentity(Guid.NewGuid(), options.TimeProvider.GetUtcNow(), options.Encryption is not null);
            keys = DatabaseAccess.OpenKeys(options.Files, directory, identity, options.Encryption, options.TimeProvider);
            if (keys is not null)
                AtomicFile.RemoveLeftover(options.Files, directory.KeysPath); // with the right key only: with another one nothing may change
            var recovery = new Recovery(new RecoveryOptions
            {
                Files = options.Files,
                LogDirectory = directory.LogPath,
                StoreDirectory = directory.StorePath,
                MarkerPath = directory.UnloggedPath,
                IndexSnapshot = options.IndexSnapshots ? System.IO.Path.Combine(directory.IndexesPath, IndexSnapshotFormat.FileName) : null,
                WithoutLog = options.WithoutLog ? new UnloggedOptions(options.LogRingBytes) : null,
                DatabaseId = identity.Id,
                IsNew = directory.Identity is null,
                Logger = options.LoggerFactory.CreateLogger<HeliosEngine>(),
                Log = options.Log with
                {
                    ZeroFill = options.Log.ZeroFill && options.SafetyLevel == SafetyLevel.Full,
                    MaxSegmentBytes = Math.Max(options.Log.MaxSegmentBytes, 2 * options.CheckpointBytes), // a level that syncs at checkpoints must not come to it
                },
                Store = new StoreOptions { CacheBytes = options.CacheBytes, FlushBytes = options.FlushBytes, Tune = options.TuneStore, TuneFamilies = options.TuneFamilies },
                RowCache = new RowCacheOptions { MaxBytes = options.RowCacheBytes, MaxRows = options.RowCacheRows, Idle = options.RowCacheIdle },
                MaxIndexBytes = options.MaxIndexBytes ?? 0,
                Filters = options.Filters.Kept,
                ProducerWindow = options.ProducerWindow,
                Keys = keys,
                Progress = options.RecoveryProgress,
                Path = new WritePathOptions
                {
                    Sync = new SyncRules(options.SafetyLevel) { BatchedCommits = options.BatchedCommits, BatchedDelay = options.BatchedDelay, AsyncDelay = options.AsyncDelay },
                    Commit = options.Commit,
                    Memory = new MemoryBudget(options.EffectiveBudget, options.MaxQueuedBytes),
                    MaxQueuedRows = options.MaxQueuedRows,
                    ConflictRows = options.ConflictRows,
                    Space = new FreeSpace(options.FreeSpaceFloor),
                    Metrics = metrics,
                    Time = options.TimeProvider,
                },
            });
            var recovered = await recovery.OpenAsync(cancellationToken).ConfigureAwait(false);
            await FinishCreationAsync(directory, identity, recovered).ConfigureAwait(false);
            return new HeliosEngine(directory, options, metrics, recovered, keys, temporary);
        }
        catch
        {
            metrics.Dispose();
            keys?.Dispose();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>A creation that cannot be finished leaves nothing open: the next attempt, in this process or another, begins anew.</summary>
    private static async Task FinishCreationAsync(DatabaseDirectory directory, DatabaseIdentity identity, RecoveredPath recovered)
    {
        if (directory.Identity is not null)
            return;
        try
        {
            directory.Finish(identity);
        }
        catch
        {
            await recovered.Path.StopAsync().ConfigureAwait(false);
            recovered.Parts.Log.Dispose();
            recovered.Parts.Store.Dispose();
            recovered.Parts.Plans.Dispose();
            throw;
        }
    }

    private static void CheckTableName(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || System.Text.Encoding.UTF8.GetByteCount(name) > TableSchema.MaxNameBytes)
            throw new ArgumentException($"A table name has 1 to {TableSchema.MaxNameBytes} bytes: '{name}'.", nameof(name));
        if (name.StartsWith("helios.", StringComparison.Ordinal))
            throw new ArgumentException($"Names that begin with 'helios.' belong to the engine: '{name}'.", nameof(name));
    }

    private static Table CheckSchema(Table table, TableSchema wanted)
    {
        var have = table.Plan.Definition;
        if (CatalogCodec.Encode(have.Name, have.SchemaVersion, have.Schema).AsSpan().SequenceEqual(CatalogCodec.Encode(have.Name, have.SchemaVersion, wanted)))
            return table;
        throw new HeliosException(HeliosErrorKind.Invalid, "schema_mismatch", $"Table {have.Name} has another schema: {SchemaDifference.Describe(have.Schema, wanted)}. Nothing was changed.") { Table = have.Name };
    }

    private async Task CloseAsync()
    {
        await _switching.WaitAsync().ConfigureAwait(false); // a resumption or a switch that has begun ends first; none begins any more
        _switching.Release();
        Interlocked.CompareExchange(ref _state, (int)EngineState.Stopping, (int)EngineState.Running);
        _transactions.Dispose();
        var earlier = _recovered.Path.Fault;
        await StopBackupsAsync().ConfigureAwait(false);
        await StopVacuumAsync().ConfigureAwait(false);
        await StopScrubAsync().ConfigureAwait(false);
        await StopFillsAsync().ConfigureAwait(false);
        if (_indexSnapshots is not null)
            await _indexSnapshots.StopAsync().ConfigureAwait(false);
        await _checkpoints.StopAsync().ConfigureAwait(false);
        if (_spills is not null)
            await _spills.StopAsync().ConfigureAwait(false);
        if (_filters is not null)
            await _filters.StopAsync().ConfigureAwait(false);
        if (_statistics.Stage is not null)
            await _statistics.Stage.StopAsync().ConfigureAwait(false);
        if (_versions is not null)
            await _versions.StopAsync().ConfigureAwait(false);
        _budget.Dispose();
        await _space.StopAsync().ConfigureAwait(false);
        await _memory.StopAsync().ConfigureAwait(false);
        await _recovered.Path.StopAsync().ConfigureAwait(false);
        try
        {
            if (_recovered.Path.Fault is not { } fault)
                CloseClean();
            else if (_options.WithoutLog)
                FlushLast(fault);
            else if (earlier is null && Durable < Visible)
                throw NotDurable(fault); // the last sync failed: no commit is left to be told
        }
        finally
        {
            Volatile.Write(ref _state, (int)EngineState.Closed);
            Parts.Log.Dispose();
            Parts.Store.Dispose();
            Parts.Plans.Dispose();
            _keys?.Dispose();
            _metrics.Dispose();
            _directory.Dispose();
            _creating.Dispose();
            _stopFills.Dispose();
            if (_temporary)
                Directory.Delete(_directory.Path, recursive: true);
        }
    }

    private HeliosException NotDurable(Exception fault) =>
        new(HeliosErrorKind.Unavailable, (fault as HeliosException)?.Code ?? "stage_failed",
            $"The database in '{Path}' is closed, but a power loss may take what was written after LSN {Durable} ({fault.Message}) Open it again: that makes it durable.", fault);

    /// <summary>Every stage has stopped: the log is synced, the store has all of it. Flush it, and say that this epoch ended in order.</summary>
    private void CloseClean()
    {
        Parts.Versions.WriteDue(Parts.Store, Parts.Applied.Value);
        if (Parts.Log.CleanPosition is { } position)
            CleanClose.Write(Parts.Store, position);
        else
            Parts.Store.Flush();
        if (Parts.Log.IsPersistent)
            _checkpoints.Trim();
        else
            BeginLog();
    }
}
