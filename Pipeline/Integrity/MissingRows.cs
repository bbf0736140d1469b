using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>A version that the log has and the store has not.</summary>
internal readonly record struct MissingRow(TableId Table, uint Partition, RowId Row, Lsn Lsn);

/// <summary>
/// Rows that the store does not have. Versions that were replaced or deleted may have been collected, so each one is looked for among the
/// updates and deletions that follow it in the log; the log holds all that follow whatever it holds.
/// </summary>
/// <remarks>Memory: the limit's rows; when they are reached, and at the end, the log is read on from the first of them.</remarks>
/// <param name="findings">Takes what is found.</param>
/// <param name="commitsFrom">Opens the log.</param>
/// <param name="applied">How far the store is.</param>
/// <param name="mark">What a later commit than this one replaced was not collected.</param>
/// <param name="limit">Rows that are looked for at once.</param>
internal sealed class MissingRows(Findings findings, Func<Lsn, CommitsOf> commitsFrom, Lsn applied, Lsn mark, int limit)
{
    /// <summary>A few MiB; a sound store of a program that deletes much needs one more pass over the log for as many.</summary>
    public const int Limit = 1 << 16;

    private readonly Dictionary<(uint Partition, ulong Row), MissingRow> _rows = [];

    public void Add(MissingRow row, CancellationToken cancellationToken)
    {
        _rows[(row.Partition, row.Row.Value)] = row; // the newest: what replaced it replaced the older ones too
        if (_rows.Count >= limit)
            Resolve(cancellationToken);
    }

    /// <summary>Forgets rows that were replaced or deleted later, reports the others, and begins anew.</summary>
    public void Resolve(CancellationToken cancellationToken)
    {
        if (_rows.Count == 0)
            return;
        using (var commits = commitsFrom(_rows.Values.Min(r => r.Lsn)))
        {
            commits.Read((lsn, operations) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (lsn > applied || _rows.Count == 0)
                    return false;
                RemoveDead(lsn, operations);
                return true;
            });
        }

        foreach (var row in _rows.Values.OrderBy(r => r.Lsn))
            findings.Add($"row {row.Row} of table {row.Table}, LSN {row.Lsn}: the log has it, the store has not");
        _rows.Clear();
    }

    private void RemoveDead(Lsn lsn, OperationReader operations)
    {
        while (operations.TryNext(out var operation))
        {
            if (operation.Kind == OperationKind.Delete && operation.AsDelete() is var delete)
                _rows.Remove((delete.Partition, delete.Row.Value));
            else if (operation.Kind == OperationKind.Update && lsn <= mark && operation.AsUpdate() is var update && _rows.TryGetValue((update.Partition, update.Row.Value), out var missing) && missing.Lsn < lsn)
                _rows.Remove((update.Partition, update.Row.Value));
        }
    }
}
