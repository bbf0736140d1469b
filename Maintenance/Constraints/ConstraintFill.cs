using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What became of a constraint that was added to a table with rows.</summary>
/// <param name="IsValid">Does it hold for every row?</param>
/// <param name="Count">Rows that do not meet it; where <see cref="ConstraintFill.MostFailing"/> were found, nobody looked for more.</param>
/// <param name="Failing">The first of them, and why.</param>
internal sealed record FillResult(bool IsValid, long Count, IReadOnlyList<(RowId Row, string Why)> Failing);

/// <summary>
/// Looks at the rows of a table from before a constraint was added, while commits go on: each batch is read as of a snapshot of its own, and Constrain enters
/// the keys of rows that have not changed since. Then the constraint is valid, or dropped. Begun anew after a failure: what is entered already is found there.
/// </summary>
internal sealed class ConstraintFill(RecoveredPath engine, TableId table, string constraint, ILogger logger)
{
    /// <summary>So many rows that do not meet it are enough to drop it.</summary>
    public const int MostFailing = 10_000;

    private const int BatchRows = 1024;
    private const int LeastRows = 16;
    private const int BatchKeyBytes = 256 << 10;

    private readonly Dictionary<RowId, string> _suspects = [];
    private TablePlan _plan = engine.Parts.Plans[table];
    private int _batchRows = BatchRows;
    private long _rows;

    /// <summary>After so many it looks again whether they still do not meet it.</summary>
    public int MaxFailing { get; init; } = MostFailing;

    /// <summary>Called before rows that did not meet it are looked at again.</summary>
    public Func<Task>? BeforeSecondLook { get; init; }

    public TableId Table => table;

    public string Constraint => constraint;

    /// <summary>Rows that have been looked at.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <returns>The outcome; null where somebody has dropped the constraint meanwhile.</returns>
    /// <exception cref="HeliosException">The write path has failed or stopped, or a row cannot be read: the constraint is as it was.</exception>
    public async Task<FillResult?> RunAsync(CancellationToken cancellationToken)
    {
        var name = _plan.Definition.Name;
        ConstraintLog.Began(logger, constraint, name);
        var failing = new List<(RowId Row, string Why)>();
        for (RowId? next = default(RowId); next is not null && failing.Count == 0;)
        {
            while (next is not null && _suspects.Count < MaxFailing)
                next = await LookAsync(next.Value, cancellationToken).ConfigureAwait(false) is { } last ? new RowId(last.Value + 1) : null;

            // They may have been mended since they were read: where all are, the rows behind them are still to be seen.
            if (BeforeSecondLook is not null)
                await BeforeSecondLook().ConfigureAwait(false);
            failing = await LookAgainAsync(cancellationToken).ConfigureAwait(false);
            _suspects.Clear();
        }

        var altered = await SchemaCommit.AlterAsync(engine.Path, engine.Parts.Plans, table,
            _ => !Follow() ? null : failing.Count == 0 ? SchemaChange.Validate(_plan.Definition, constraint) : SchemaChange.Drop(_plan.Definition, constraint), cancellationToken).ConfigureAwait(false);
        if (altered is null)
            return null;
        if (failing.Count == 0)
            ConstraintLog.Valid(logger, constraint, name, Rows);
        else
            ConstraintLog.Dropped(logger, constraint, name, failing.Count, $"row {failing[0].Row}: {failing[0].Why}");
        return new FillResult(failing.Count == 0, failing.Count, failing);
    }

    /// <summary>Goes over to the table's plan of now; false where the constraint has gone on the way, even if there is one of that name again.</summary>
    private bool Follow()
    {
        while (_plan.Definition.Pending.Contains(constraint) && _plan.Next is { } next)
            _plan = next;
        return _plan.Definition.Pending.Contains(constraint);
    }

    /// <summary>Looks at the next rows; returns the last one, or null where there are no more.</summary>
    private async Task<RowId?> LookAsync(RowId from, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Follow())
                return null;
            var plan = _plan;
            using var view = new ReadView(engine.Parts.Store, engine.Parts.Rows, engine.Snapshots);
            using var batch = new FillBatch(plan, constraint, view);
            var (last, rows) = Read(view, plan, batch, from, _batchRows);
            if (!await FinishAsync(batch, cancellationToken).ConfigureAwait(false))
            {
                _batchRows = Math.Max(_batchRows / 2, LeastRows); // so much is changed that a large batch does not get through
                continue;
            }

            _batchRows = Math.Min(_batchRows * 2, BatchRows);
            Volatile.Write(ref _rows, _rows + rows);
            foreach (var (row, why) in batch.Failing)
                _suspects[row] = why;
            return last;
        }
    }

    private static (RowId? Last, int Rows) Read(ReadView view, TablePlan plan, FillBatch batch, RowId from, int most)
    {
        using var cursor = view.Scan(plan, from);
        RowId? last = null;
        var rows = 0;
        while (rows < most && batch.Fill.Bytes < BatchKeyBytes && cursor.MoveNext())
        {
            batch.Add(cursor.Row, cursor.RowId, cursor.Version);
            last = cursor.RowId;
            rows++;
        }

        return (last, rows);
    }

    private async Task<List<(RowId Row, string Why)>> LookAgainAsync(CancellationToken cancellationToken)
    {
        var failing = new List<(RowId, string)>();
        using var row = new ByteBuffer();
        foreach (var some in _suspects.Keys.Order().Chunk(BatchRows))
        {
            while (true)
            {
                if (!Follow())
                    return failing;
                var plan = _plan;
                using var view = new ReadView(engine.Parts.Store, engine.Parts.Rows, engine.Snapshots);
                using var batch = new FillBatch(plan, constraint, view);
                foreach (var id in some)
                {
                    if (view.TryRead(plan, id, row, out var version))
                        batch.Add(row.Written, id, version);
                }

                if (!await FinishAsync(batch, cancellationToken).ConfigureAwait(false))
                    continue;
                failing.AddRange(batch.Failing);
                break;
            }
        }

        return failing;
    }

    /// <summary>Enters the batch's keys; false where it is to be read again.</summary>
    private async Task<bool> FinishAsync(FillBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Fill.Count == 0)
            return true;
        await SchemaCommit.FillAsync(engine.Path, batch.Fill, cancellationToken).ConfigureAwait(false);
        if (batch.Fill.Failure is { } failure)
            throw failure as HeliosException ?? new HeliosException(HeliosErrorKind.Internal, "internal", $"The index of {constraint} could not be filled: {failure.Message} Nothing else was changed.", failure);
        if (batch.Fill.IsStale)
            return false;
        batch.TakeConflicts();
        return true;
    }
}
