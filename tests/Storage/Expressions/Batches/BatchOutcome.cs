namespace Helios.Pipeline.Storage.Tests;

/// <summary>What a condition says of a batch: the rows it took before the first that failed, which one that was, and why.</summary>
internal sealed record BatchOutcome(string Selected, int FailedRow, RowFault Fault)
{
    /// <summary>Row by row, as every reader did before there were batches.</summary>
    public static BatchOutcome ByRow(CompiledExpression condition, TableSchema schema, RowBatch rows)
    {
        var context = Context();
        var selected = new List<int>();
        var offsets = new int[schema.Columns.Length];
        for (var row = 0; row < rows.Count; row++)
        {
            RowView.ReadOffsets(rows[row], offsets);
            var holds = condition.EvaluateCondition(rows[row], offsets, context, out var fault);
            if (fault.Code is not null)
                return new BatchOutcome(string.Join(',', selected), row, fault);
            if (holds == true)
                selected.Add(row);
        }

        return new BatchOutcome(string.Join(',', selected), -1, default);
    }

    public static BatchOutcome ByBatch(BatchCondition condition, RowBatch rows)
    {
        var selected = new ushort[rows.Count];
        var count = condition.Select(rows, Context(), selected, out var fault);
        return new BatchOutcome(string.Join(',', selected[..count]), condition.FailedRow, fault);
    }

    /// <summary>One in which the UUIDs come in the same order every time.</summary>
    private static EvaluationContext Context()
    {
        var random = new Random(1);
        return new EvaluationContext(new FixedTime(), () =>
        {
            var bytes = new byte[16];
            random.NextBytes(bytes);
            return new Guid(bytes);
        });
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Expressions.Now;
    }
}
