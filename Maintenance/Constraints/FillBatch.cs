using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>Rows from before a constraint was added, as of one snapshot: holds a condition against them, or gathers their keys for an index. One thread.</summary>
internal sealed class FillBatch : IDisposable
{
    private readonly TablePlan _plan;
    private readonly ReadView _view;
    private readonly ForeignKeyPlan? _reference;
    private readonly int _check;
    private readonly int _index;
    private readonly int[] _offsets;

    /// <param name="plan">The table as it is now.</param>
    /// <param name="constraint">The constraint.</param>
    /// <param name="view">What the rows are read as of; open until Constrain has had them.</param>
    public FillBatch(TablePlan plan, string constraint, ReadView view)
    {
        _plan = plan;
        _view = view;
        _offsets = new int[plan.Definition.Schema.Columns.Length];
        _check = plan.Definition.Schema.Checks.Index().Where(c => c.Item.Name == constraint).Select(c => c.Index).DefaultIfEmpty(-1).First();
        _index = plan.Definition.Indexes.Index().Where(i => !i.Item.IsPrimary && i.Item.Name == constraint).Select(i => i.Index).DefaultIfEmpty(-1).First();
        _reference = plan.ForeignKeys.FirstOrDefault(link => link.ChildIndex == _index);
        Fill = new IndexFill(plan, view.Lsn);
    }

    /// <summary>Keys for Constrain; empty for a condition.</summary>
    public IndexFill Fill { get; }

    /// <summary>Rows that are known not to meet it, and why.</summary>
    public List<(RowId Row, string Why)> Failing { get; } = [];

    public void Add(ReadOnlySpan<byte> row, RowId id, Lsn version)
    {
        RowView.ReadOffsets(row, _offsets);
        if (_check >= 0)
        {
            if (_plan.Checks!.Check(_check, row, _offsets, number: 0) is { } refused)
                Failing.Add((id, refused.Message));
            return;
        }

        var start = Fill.Keys.Length;
        var key = _plan.Encoders[_index].Append(row, _offsets, Fill.Keys);
        if (key.IsTooLong)
            Failing.Add((id, $"its key of {_plan.IndexName(_index)} is longer than {RowFormat.MaxKeyBytes} bytes"));
        if (key.IsTooLong || key.HasNull)
            Fill.Keys.Truncate(start);
        else
            Fill.Add(_index, id, version, start, _reference is null ? default : _view.Look(_reference.Parent, _reference.ParentIndex, Fill.Keys.Written[start..]));
    }

    /// <summary>Takes over what Constrain has found.</summary>
    public void TakeConflicts()
    {
        foreach (var conflict in Fill.Conflicts)
        {
            var columns = string.Join(", ", _plan.Definition.Indexes[_index].Ordinals.Select(o => _plan.Definition.Schema.Columns[o].Name));
            Failing.Add((conflict.Row, conflict.Other == default
                ? $"the row that it refers to by ({columns}) is not there"
                : $"row {conflict.Other} has the same value of ({columns})"));
        }
    }

    public void Dispose() => Fill.Dispose();
}
