using System.Numerics;

namespace Helios.Pipeline.Storage;

/// <summary>Any node, row by row: what no kernel does, and the only item that can fail.</summary>
internal sealed class RowItem(ExpressionNode node) : BatchItem
{
    public ExpressionNode Node => node;

    public override void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls)
    {
        for (var w = 0; w < frame.Words; w++)
        {
            for (var rest = open[w]; rest != 0; rest &= rest - 1)
            {
                var row = (w << 6) + BitOperations.TrailingZeroCount(rest);
                if (row >= frame.Limit)
                    return;
                var value = node.Evaluate(frame.Row(row));
                if (value.IsFailure)
                {
                    frame.Fail(row, value.Fault);
                    return;
                }

                if (!value.HasValue)
                    nulls.Add(row);
                else if (value.Boolean)
                    holds.Add(row);
            }
        }
    }
}
