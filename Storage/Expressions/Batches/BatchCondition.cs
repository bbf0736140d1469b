namespace Helios.Pipeline.Storage;

/// <summary>A condition over batches of rows: for each row what <see cref="CompiledExpression.EvaluateCondition"/> says, for many of them at once.</summary>
/// <remarks>
/// One scan's, one thread at a time; after its first batch it allocates nothing but what nodes do that it evaluates row by row. Comparisons of columns with
/// constants and with each other, IS NULL, LIKE, IN and BETWEEN have kernels, AND, OR and NOT work on bitmaps; every other node is evaluated itself,
/// for the rows that the items before it left undecided.
/// The rows are ones that <see cref="RowRules"/> took. Damaged bytes throw: also in a row, or a column, that a loop over the rows would not have come to.
/// </remarks>
internal sealed class BatchCondition
{
    private readonly ColumnOffsets _offsets;
    private readonly BatchItem _root;
    private readonly BatchFrame _frame;

    /// <param name="condition">What is asked of each row.</param>
    /// <param name="schema">The table that it was compiled for.</param>
    public BatchCondition(CompiledExpression condition, TableSchema schema) : this(condition, schema, VectorWidths.Widest)
    {
    }

    internal BatchCondition(CompiledExpression condition, TableSchema schema, VectorWidth width)
    {
        if (condition.ResultType is not (ExpressionType.Boolean or ExpressionType.Null))
            throw new InvalidOperationException($"An expression that gives {condition.ResultType} is no condition.");
        _offsets = new ColumnOffsets(condition.References, schema.Columns.Length);
        var planner = new BatchPlanner(_offsets);
        _root = planner.PlanCondition(condition);
        _frame = new BatchFrame(_offsets, planner.Numbers, width);
        ItemsByRow = planner.ItemsByRow;
    }

    /// <summary>Is every row evaluated by itself, because no part of the condition has a kernel?</summary>
    internal bool IsByRow => _root is RowItem;

    /// <summary>Parts of the condition that no kernel does.</summary>
    internal int ItemsByRow { get; }

    /// <summary>The place of the row that the latest <see cref="Select"/> failed at, or -1.</summary>
    public int FailedRow { get; private set; } = -1;

    /// <summary>Finds the rows for which the condition is TRUE.</summary>
    /// <param name="rows">Any number of rows, also none.</param>
    /// <param name="context">For what is not in a row.</param>
    /// <param name="selected">Takes their places, ascending; as long as there are rows. Where a row fails, of those before it.</param>
    /// <param name="fault">Why the first row that failed, at <see cref="FailedRow"/>, could not be computed; its code is null where none failed.</param>
    /// <returns>How many.</returns>
    /// <exception cref="HeliosException">Corrupt: a row is damaged.</exception>
    public int Select(RowBatch rows, in EvaluationContext context, Span<ushort> selected, out RowFault fault)
    {
        FailedRow = -1;
        fault = default;
        if (rows.Count == 0)
            return 0;
        try
        {
            _frame.Begin(rows, context);
            RowBitmap holds = default, nulls = default;
            _root.Evaluate(_frame, RowBitmap.Before(rows.Count), ref holds, ref nulls);
            fault = _frame.Fault;
            FailedRow = _frame.Limit < rows.Count ? _frame.Limit : -1;
            return holds.CopyTo(selected, _frame.Limit);
        }
        finally
        {
            _frame.End();
        }
    }

    /// <summary>Only the walk over the rows, for who measures it.</summary>
    internal void FindOffsets(RowBatch rows) => _offsets.Find(rows);
}
