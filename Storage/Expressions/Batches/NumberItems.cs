namespace Helios.Pipeline.Storage;

/// <summary>A column that lies in one of some ranges: a comparison with constants, BETWEEN, IN.</summary>
/// <param name="column">The column.</param>
/// <param name="ranges">A row is found where its value lies in any of them.</param>
/// <param name="isNegated">Are the rows wanted that lie in none?</param>
/// <param name="hasNull">Is a NULL in the list? Then a row that is not found is NULL.</param>
/// <param name="byRow">The same, row by row.</param>
internal sealed class RangeItem(ColumnNumbers column, LongRange[] ranges, bool isNegated, bool hasNull, RowItem byRow) : BatchItem
{
    public override void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls)
    {
        if (!frame.IsWorthReading(column, open))
        {
            byRow.Evaluate(frame, open, ref holds, ref nulls);
            return;
        }

        frame.Read(column);
        RowBitmap found = default;
        foreach (var range in ranges)
        {
            if (range.IsEmpty)
                continue;
            RangeKernel.Find(column.Values, range, frame.Words, frame.Width, ref found);
            for (var w = 0; w < frame.Words; w++)
                holds[w] |= found[w];
        }

        Finish(column, frame, isNegated, hasNull, ref holds, ref nulls);
    }

    /// <summary>Turns the rows that were found into the answer.</summary>
    public static void Finish(ColumnNumbers column, BatchFrame frame, bool isNegated, bool hasNull, ref RowBitmap holds, ref RowBitmap nulls)
    {
        for (var w = 0; w < frame.Words; w++)
        {
            var (there, found) = (~column.Nulls[w], holds[w]);
            nulls[w] = hasNull ? ~(there & found) : ~there;
            holds[w] = there & (!isNegated ? found : hasNull ? 0 : ~found);
        }
    }
}

/// <summary>IN with a list too long to compare with one by one.</summary>
internal sealed class MemberItem(ColumnNumbers column, HashSet<long> members, bool isNegated, bool hasNull, RowItem byRow) : BatchItem
{
    public override void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls)
    {
        if (!frame.IsWorthReading(column, open))
        {
            byRow.Evaluate(frame, open, ref holds, ref nulls);
            return;
        }

        var values = frame.Read(column).Values;
        for (var row = 0; row < frame.Rows.Count; row++)
            holds[row >> 6] |= members.Contains(values[row]) ? 1UL << row : 0;
        RangeItem.Finish(column, frame, isNegated, hasNull, ref holds, ref nulls);
    }
}

/// <summary>A comparison whose constants need the context: one for a whole batch, and only a failing one is computed for each row.</summary>
internal sealed class MomentItem(ColumnNumbers column, RowItem byRow) : BatchItem
{
    private readonly LongRange[] _range = new LongRange[1];

    public override void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls)
    {
        if (!frame.IsWorthReading(column, open) || !ConstantRange.TryMake(byRow.Node, frame.Context, out var range, out var isNegated))
        {
            byRow.Evaluate(frame, open, ref holds, ref nulls);
            return;
        }

        frame.Read(column);
        if (!range.IsEmpty)
            RangeKernel.Find(column.Values, range, frame.Words, frame.Width, ref holds);
        RangeItem.Finish(column, frame, isNegated, hasNull: false, ref holds, ref nulls);
    }
}

/// <summary>Two columns, compared.</summary>
internal sealed class PairItem<T>(ColumnNumbers left, ColumnNumbers right, bool isNegated, RowItem byRow) : BatchItem
    where T : struct, IPairComparison
{
    public override void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls)
    {
        if (!frame.IsWorthReading(left, open) && !frame.IsWorthReading(right, open))
        {
            byRow.Evaluate(frame, open, ref holds, ref nulls);
            return;
        }

        PairKernel.Find<T>(frame.Read(left).Values, frame.Read(right).Values, frame.Words, frame.Width, ref holds);
        for (var w = 0; w < frame.Words; w++)
        {
            nulls[w] = left.Nulls[w] | right.Nulls[w];
            holds[w] = (isNegated ? ~holds[w] : holds[w]) & ~nulls[w];
        }
    }
}
