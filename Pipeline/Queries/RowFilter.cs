using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Says which rows of a batch a query means. One thread.</summary>
internal sealed class RowFilter
{
    private readonly QueryPlan _plan;
    private readonly BatchCondition _condition;
    private readonly ushort[] _selected = new ushort[RowBatch.MaxRows];
    private RowFault _fault;
    private RowId _failed;

    public RowFilter(QueryPlan plan)
    {
        _plan = plan;
        _condition = new BatchCondition(plan.Condition!, plan.Request.Table.Definition.Schema);
    }

    /// <summary>The place in the batch of a row that is meant.</summary>
    public int this[int index] => _selected[index];

    /// <summary>Finds them, up to the first row for which the condition cannot be computed: <see cref="ThrowIfFailed"/> tells of that one.</summary>
    /// <returns>How many are meant.</returns>
    public int Select(RowBatch batch)
    {
        var count = _condition.Select(batch, _plan.Context, _selected, out _fault);
        if (_fault.Code is not null)
            _failed = batch.Id(_condition.FailedRow);
        return count;
    }

    /// <summary>Called when the rows before it have been given: whoever has enough by then is not told.</summary>
    /// <exception cref="HeliosException">Invalid <c>expression_failed</c>.</exception>
    public void ThrowIfFailed()
    {
        if (_fault.Code is null)
            return;
        var table = _plan.Request.Table.Definition;
        throw new HeliosException(HeliosErrorKind.Invalid, _fault.Code, $"Table {table.Name}, row {_failed}: the condition {_plan.Condition} cannot be computed: {_fault.Describe(table.Schema)}") { Table = table.Name };
    }
}
