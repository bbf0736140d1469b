using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Reads every commit that is still in the log and asks the store for what a commit at or before the applied LSN left there:
/// definitions, rows byte for byte, deletions, row ids, source positions, commits of producers. Later commits are only decoded: the next open applies them.
/// </summary>
/// <remarks>Memory: one frame, the sources that the log names, the producers as the engine remembers them, and <see cref="MissingRows"/>. One thread.</remarks>
internal sealed class LogAgainstStore : IDisposable
{
    private readonly Findings _findings;
    private readonly RocksStore _store;
    private readonly Lsn _applied;
    private readonly MissingRows _missing;
    private readonly Dictionary<(uint Table, UInt128 Fingerprint), SourceProgress> _sources = [];
    private readonly ProducersAgainstStore _producers = new();
    private readonly Dictionary<uint, ulong> _highestRow = [];
    private readonly ByteBuffer _stored = new();

    /// <param name="findings">Takes what is found.</param>
    /// <param name="store">The store.</param>
    /// <param name="applied">How far it is.</param>
    /// <param name="openLog">Opens the log from an LSN on.</param>
    /// <param name="head">Where the log ends.</param>
    /// <param name="missingLimit">Missing rows that are looked for at once.</param>
    public LogAgainstStore(Findings findings, RocksStore store, Lsn applied, Func<Lsn, ILogReader> openLog, Lsn head, int missingLimit = MissingRows.Limit)
    {
        _findings = findings;
        _store = store;
        _applied = applied;
        _missing = new MissingRows(findings, from => new CommitsOf(openLog(from), head), applied, CollectedTo(store, applied), missingLimit);
    }

    /// <summary>Where the note of removed versions is damaged, <see cref="KeysCheck"/> reports that, and here whatever was replaced may have been removed.</summary>
    private static Lsn CollectedTo(RocksStore store, Lsn applied)
    {
        try
        {
            return store.Collected()?.Mark ?? Lsn.Zero;
        }
        catch (HeliosException damage) when (Findings.IsDamage(damage))
        {
            return applied;
        }
    }

    /// <summary>Commits that the store does not have yet.</summary>
    public long Pending { get; private set; }

    public void Run(CommitsOf commits, CancellationToken cancellationToken)
    {
        _findings.Complete(() => commits.Read((lsn, operations) => ReadCommit(lsn, operations, cancellationToken)));
        _findings.Complete(() => _missing.Resolve(cancellationToken));
        _findings.Complete(CompareSources);
        _findings.Complete(() => _producers.Compare(_findings, _store));
        _findings.Complete(CompareRowIds);
    }

    public void Dispose() => _stored.Dispose();

    private bool ReadCommit(Lsn lsn, OperationReader operations, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _findings.Items++;
        Pending += lsn > _applied ? 1 : 0;
        while (operations.TryNext(out var operation))
            ReadOperation(operation, lsn, isApplied: lsn <= _applied, cancellationToken);
        return true;
    }

    private void ReadOperation(OperationView operation, Lsn lsn, bool isApplied, CancellationToken cancellationToken)
    {
        switch (operation.Kind)
        {
            case OperationKind.Insert:
                ReadInsert(operation.AsInsert(), lsn, isApplied, cancellationToken);
                break;
            case OperationKind.Delete:
                ReadDelete(operation.AsDelete(), lsn, isApplied);
                break;
            case OperationKind.Update:
                ReadUpdate(operation.AsUpdate(), lsn, isApplied, cancellationToken);
                break;
            case OperationKind.CreateTable or OperationKind.AlterTable:
                var definition = CreateTableOperation.Read(operation.Body);
                if (isApplied && !IsStored(definition, operation.Body, lsn))
                    _findings.Add($"the definition of table {definition.Name}, LSN {lsn}, is not in the store as the log has it");
                break;
            case OperationKind.MoveSource:
                var source = SourceCodec.Read(operation.Body, lsn, out _);
                if (isApplied)
                    _sources[(source.Table.Value, source.Key.Fingerprint)] = source;
                break;
            case OperationKind.ForgetSource:
                ForgetSourceOperation.Read(operation.Body, out var table, out var fingerprint);
                if (isApplied)
                    _sources.Remove((table.Value, fingerprint));
                break;
            case OperationKind.Producer or OperationKind.ForgetProducer:
                _producers.Read(operation, lsn, isApplied);
                break;
            default:
                throw ChangeFormat.Damaged($"operation {(int)operation.Kind} is unknown");
        }
    }

    private void ReadInsert(InsertView insert, Lsn lsn, bool isApplied, CancellationToken cancellationToken)
    {
        var place = 0;
        foreach (var bytes in insert)
        {
            var row = new RowId(insert.FirstRow.Value + (ulong)place);
            if (isApplied && !insert.IsDropped(place))
                CompareRow(new MissingRow(insert.Table, insert.Partition, row, lsn), bytes, cancellationToken);
            place++;
        }

        if (isApplied && insert.Rows > 0)
            _highestRow[insert.Table.Value] = Math.Max(_highestRow.GetValueOrDefault(insert.Table.Value), insert.FirstRow.Value + (ulong)insert.Rows - 1);
    }

    private void CompareRow(in MissingRow row, ReadOnlySpan<byte> bytes, CancellationToken cancellationToken)
    {
        _stored.Truncate(0);
        if (!_store.TryGetRow(row.Partition, row.Row, row.Lsn, _stored))
            _missing.Add(row, cancellationToken);
        else if (!_stored.Written.SequenceEqual(bytes))
            _findings.Add($"row {row.Row} of table {row.Table}, LSN {row.Lsn}: the store has other bytes than the log");
    }

    private void ReadUpdate(UpdateView update, Lsn lsn, bool isApplied, CancellationToken cancellationToken)
    {
        var keys = update.GetEnumerator();
        while (keys.MoveNext())
            continue; // each step checks the lengths
        if (isApplied)
            CompareRow(new MissingRow(update.Table, update.Partition, update.Row, lsn), update.After, cancellationToken);
    }

    private void ReadDelete(DeleteView delete, Lsn lsn, bool isApplied)
    {
        var keys = delete.GetEnumerator();
        while (keys.MoveNext())
            continue; // each step checks the lengths

        _stored.Truncate(0);
        if (isApplied && _store.TryGetRowAsOf(delete.Partition, delete.Row, lsn, _stored, out var version))
            _findings.Add($"row {delete.Row} of table {delete.Table} was deleted at LSN {lsn}; the store still has its version of LSN {version}");
    }

    private bool IsStored(TableDefinition definition, ReadOnlySpan<byte> body, Lsn lsn)
    {
        Span<byte> key = stackalloc byte[KeySpace.CatalogKeySize];
        KeyWriter.Catalog(key, definition.Id, lsn);
        _stored.Truncate(0);
        return _store.TryGetMeta(key, _stored) && _stored.Written.SequenceEqual(body);
    }

    private void CompareSources()
    {
        foreach (var source in _sources.Values)
        {
            _stored.Truncate(0);
            var name = $"source {source.Key.Fingerprint:X32} of table {source.Table}";
            if (!_store.TryGetSource(source.Table, source.Key.Fingerprint, _stored))
                _findings.Add($"{name}: LSN {source.Lsn} took it to byte {source.Offset}, the store has no position of it");
            else if (SourceCodec.ReadStored(_stored.Written) is var stored && stored != source)
                _findings.Add($"{name}: LSN {source.Lsn} took it to byte {source.Offset}, the store says byte {stored.Offset} by LSN {stored.Lsn}");
        }
    }

    private void CompareRowIds()
    {
        foreach (var (table, highest) in _highestRow)
        {
            var stored = _store.Counters(new TableId(table)) ?? default;
            if (stored.HighestRowId.Value < highest)
                _findings.Add($"table {table}: the log has given out row id {highest}, the store's counter says {stored.HighestRowId}");
        }
    }
}
