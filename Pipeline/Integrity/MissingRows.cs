using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>A version that the log has and the store has not.</summary>
internal readonly record struct MissingRow(TableId Table, uint Partition, RowId Row, Lsn Lsn);

/// <summary>
/// Rows that the store does not have. Versions of deleted rows may have been collected, so each one is looked for among the
/// deletions that follow it in the log; the log holds all that follow whatever it holds.
/// </summary>
/// <remarks>Memory: the limit's rows; when they are reached, and at the end, the log is read on from the first of them.</remarks>
internal sealed class MissingRows(Findings findings, Func<Lsn, CommitsOf> commitsFrom, Lsn applied, int limit)
{
    /// <summary>A few MiB; a sound store of a program that deletes much needs one more pass over the log for as many.</summary>
    public const int Limit = 1 << 16;

    private readonly Dictionary<(uint Partition, ulong Row), MissingRow> _rows = [];

    public void Add(MissingRow row, CancellationToken cancellationToken)
    {
        _rows.TryAdd((row.Partition, row.Row.Value), row);
        if (_rows.Count >= limit)
            Resolve(cancellationToken);
    }

    /// <summary>Forgets rows that were deleted later, reports the others, and begins anew.</summary>
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
                RemoveDeleted(operations);
                return true;
            });
        }

        foreach (var row in _rows.Values.OrderBy(r => r.Lsn))
            findings.Add($"row {row.Row} of table {row.Table}, LSN {row.Lsn}: the log has it, the store has not");
        _rows.Clear();
    }

    private void RemoveDeleted(OperationReader operations)
    {
        while (operations.TryNext(out var operation))
        {
            if (operation.Kind != OperationKind.Delete)
                continue;
            var delete = operation.AsDelete();
            _rows.Remove((delete.Partition, delete.Row.Value));
        }
    }
}
