namespace Helios.Pipeline.Storage;

/// <summary>One evaluation of a condition over a batch: its rows, what was read of them, and how far they still matter.</summary>
/// <remarks>
/// A loop over the rows ends at the first that fails. Here items are evaluated for many rows each, so a later row may fail before an earlier one:
/// the lowest failure so far is kept, and no row behind it matters any more.
/// </remarks>
internal sealed class BatchFrame(ColumnOffsets offsets, ColumnNumbers[] numbers, VectorWidth width)
{
    /// <summary>Where so few of the rows are left, reading a column for all of them costs more than evaluating those.</summary>
    private const int FewRows = 16;

    private readonly int[] _rowOffsets = new int[offsets.Ordinals.IsEmpty ? 0 : offsets.Ordinals[^1] + 1];
    private RowBatch? _rows;
    private EvaluationContext _context;
    private RowFault _fault;

    public RowBatch Rows => _rows!;

    /// <summary>Words of a bitmap that hold rows.</summary>
    public int Words { get; private set; }

    /// <summary>Rows before the first that failed; all of them where none did.</summary>
    public int Limit { get; private set; }

    public VectorWidth Width => width;

    public ref readonly EvaluationContext Context => ref _context;

    /// <summary>Of the row at <see cref="Limit"/>; the default where none failed.</summary>
    public RowFault Fault => _fault;

    public void Begin(RowBatch rows, in EvaluationContext context)
    {
        (_rows, _context, _fault) = (rows, context, default);
        Limit = rows.Count;
        Words = (rows.Count + 63) / 64;
        foreach (var column in numbers)
            column.Forget();
        offsets.Find(rows);
    }

    /// <summary>Lets go of what belongs to the caller.</summary>
    public void End() => (_rows, _context) = (null, default);

    public ReadOnlySpan<int> Offsets(int slot) => offsets.Of(slot);

    /// <summary>Is the column read already, or are there rows enough to read it for?</summary>
    public bool IsWorthReading(ColumnNumbers column, in RowBitmap open) => column.IsRead || open.Count() * FewRows > Rows.Count;

    public ColumnNumbers Read(ColumnNumbers column)
    {
        column.Read(Rows, offsets.Of(column.Slot));
        return column;
    }

    /// <summary>A row as a node takes it. Valid until the next call.</summary>
    public EvaluationFrame Row(int row)
    {
        var ordinals = offsets.Ordinals;
        for (var slot = 0; slot < ordinals.Length; slot++)
            _rowOffsets[ordinals[slot]] = offsets.Of(slot)[row];
        return new EvaluationFrame(Rows.All[..Rows.Start(row + 1)], _rowOffsets, _context); // the offsets count from the first row
    }

    public void Fail(int row, RowFault fault)
    {
        if (row >= Limit)
            return;
        Limit = row;
        _fault = fault;
    }
}
