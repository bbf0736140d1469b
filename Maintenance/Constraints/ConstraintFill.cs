using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What became of a constraint that was added to a table with rows.</summary>
/// <param name="IsValid">Does it hold for every row?</param>
/// <param name="Count">Rows that do not meet it; where <see cref="ConstraintFill.MaxFailing"/> were found, nobody looked for more.</param>
/// <param name="Failing">The first of them, and why.</param>
internal sealed record FillResult(bool IsValid, long Count, IReadOnlyList<(RowId Row, string Why)> Failing);

/// <summary>
/// Looks at the rows of a table from before a constraint was added, while commits go on: each batch is read as of a snapshot of its own, and Constrain enters
/// the keys of rows that have not changed since. Then the constraint is valid, or dropped. Begun anew after a failure: what is entered already is found there.
/// </summary>
internal sealed class ConstraintFill(RecoveredPath engine, TableId table, string constraint, ILogger logger)
{
    /// <summary>So many rows that do not meet it are enough to drop it.</summary>
    public const int MaxFailing = 10_000;

    private const int BatchRows = 1024;
    private const int BatchKeyBytes = 256 << 10;

    private readonly Dictionary<RowId, string> _suspects = [];
    private TablePlan _plan = engine.Parts.Plans[table];
    private long _rows;

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
        var next = default(RowId);
        while (await LookAsync(next, cancellationToken).ConfigureAwait(false) is { } last && _suspects.Count < MaxFailing)
            next = new RowId(last.Value + 1);

        // They may have been mended since they were read.
        var failing = await LookAgainAsync(cancellationToken).ConfigureAwait(false);
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
            var (last, rows) = Read(view, plan, batch, from);
            if (!await FinishAsync(batch, cancellationToken).ConfigureAwait(false))
                continue;
            Volatile.Write(ref _rows, _rows + rows);
            foreach (var (row, why) in batch.Failing)
                _suspects[row] = why;
            return last;
        }
    }

    private static (RowId? Last, int Rows) Read(ReadView view, TablePlan plan, FillBatch batch, RowId from)
    {
        using var cursor = view.Scan(plan, from);
        RowId? last = null;
        var rows = 0;
        while (rows < BatchRows && batch.Fill.Bytes < BatchKeyBytes && cursor.MoveNext())
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
        if (batch.Fill.IsStale)
            return false;
        batch.TakeConflicts();
        return true;
    }
}
