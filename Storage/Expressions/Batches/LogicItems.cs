namespace Helios.Pipeline.Storage;

/// <summary>NOT.</summary>
internal sealed class NotItem(BatchItem operand) : BatchItem
{
    public override void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls)
    {
        operand.Evaluate(frame, open, ref holds, ref nulls);
        for (var w = 0; w < frame.Words; w++)
            holds[w] = open[w] & ~(holds[w] | nulls[w]);
    }
}

/// <summary>AND and OR, from left to right: an item is evaluated for the rows that those before it left undecided.</summary>
internal sealed class JunctionItem(BatchItem[] items, bool isOr) : BatchItem
{
    public override void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls)
    {
        var undecided = open;
        foreach (var item in items)
        {
            if (undecided.IsEmpty)
                break;
            RowBitmap itemHolds = default, itemNulls = default;
            item.Evaluate(frame, undecided, ref itemHolds, ref itemNulls);
            for (var w = 0; w < frame.Words; w++)
            {
                var before = undecided[w];
                nulls[w] |= itemNulls[w];
                undecided[w] = isOr ? before & ~itemHolds[w] : before & (itemHolds[w] | itemNulls[w]);
                if (isOr)
                    holds[w] |= before & itemHolds[w];
            }
        }

        for (var w = 0; w < frame.Words; w++)
        {
            nulls[w] &= undecided[w]; // a row that was decided is not NULL, whatever an item before said
            if (!isOr)
                holds[w] = undecided[w] & ~nulls[w];
        }
    }
}

/// <summary>TRUE, FALSE or NULL for every row.</summary>
internal sealed class ConstantItem(bool? value) : BatchItem
{
    public override void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls)
    {
        if (value is null)
            nulls = open;
        else if (value.GetValueOrDefault())
            holds = open;
    }
}

/// <summary>IS [NOT] NULL of a column.</summary>
internal sealed class NullTestItem(int slot, bool isNegated) : BatchItem
{
    public override void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls)
    {
        var all = frame.Rows.All;
        var offsets = frame.Offsets(slot);
        for (var row = 0; row < frame.Rows.Count; row++)
            holds[row >> 6] |= (all[offsets[row]] == MessagePackToken.Nil) != isNegated ? 1UL << row : 0;
    }
}

/// <summary>IS [NOT] DISTINCT FROM a value that is not NULL: not equal, with NULL taken as a value.</summary>
internal sealed class DistinctItem(BatchItem equal, bool isNegated) : BatchItem
{
    public override void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls)
    {
        equal.Evaluate(frame, open, ref holds, ref nulls);
        nulls = default; // a row is distinct where the column is NULL: it is not equal there
        for (var w = 0; w < frame.Words; w++)
            holds[w] = isNegated ? open[w] & holds[w] : open[w] & ~holds[w];
    }
}
