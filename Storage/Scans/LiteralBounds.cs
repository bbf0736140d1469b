namespace Helios.Pipeline.Storage;

/// <summary>What a comparison of a column with a literal says about the column's value, as components of keys.</summary>
/// <remarks>
/// Ends are always included and may be wider than the comparison: where a literal is no value of the column, its neighbour within the
/// column takes its place. What no value of the column can equal gives no point (a key of 4,294,967,297 is not found among Int4).
/// </remarks>
internal static class LiteralBounds
{
    /// <summary>Doubles below this hold each integer.</summary>
    public const long ExactIntegers = 1L << 53;

    /// <returns>Null where nothing can be said.</returns>
    public static ColumnBounds? Of(Column column, BinaryOperator operation, LiteralSyntax literal, TableSchema schema)
    {
        if (operation is BinaryOperator.IsNotDistinctFrom && literal.Type == ExpressionType.Null)
            return null;
        if (operation is not (BinaryOperator.Equal or BinaryOperator.IsNotDistinctFrom or BinaryOperator.Less or BinaryOperator.LessOrEqual or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual))
            return null;
        if (literal.Type == ExpressionType.Null)
            return ColumnBounds.None; // compared with NULL nothing is true
        var value = ExpressionBinder.Compile(literal, schema).Evaluate([], [], default);
        var target = ExpressionTypes.Of(column.Type);
        return target == ExpressionType.Integer ? OfInteger(column, operation, value)
            : target == value.Type || (target == ExpressionType.Float && value.Type.IsNumber())
              || (target == ExpressionType.Numeric && value.Type == ExpressionType.Integer) || (target.IsText() && value.Type.IsText())
                ? OfSame(column, operation, value)
                : null;
    }

    private static ColumnBounds? OfInteger(Column column, BinaryOperator operation, scoped ExpressionValue value)
    {
        Int128 below, above; // the nearest integers on both sides; the same where it is one
        switch (value.Type)
        {
            case ExpressionType.Integer:
                below = above = value.Int64;
                break;
            case ExpressionType.Numeric:
                below = above = 0;
                if (NumericArithmetic.TryToInteger(value.Numeric, out var whole))
                    below = above = whole;
                else if (value.Numeric.IsNegative)
                    (below, above) = (whole - 1, whole);
                else
                    (below, above) = (whole, whole + 1);
                break;
            case ExpressionType.Float when Math.Abs(value.Double) < ExactIntegers: // false for NaN
                (below, above) = ((Int128)Math.Floor(value.Double), (Int128)Math.Ceiling(value.Double));
                break;
            default:
                return null;
        }

        var (least, most) = column.Type switch
        {
            ColumnType.Int2 => (short.MinValue, short.MaxValue),
            ColumnType.Int4 => (int.MinValue, int.MaxValue),
            _ => (long.MinValue, long.MaxValue),
        };
        // Among integers the ends can be as strict as the comparison.
        if (below == above && operation == BinaryOperator.Less)
            below--;
        if (below == above && operation == BinaryOperator.Greater)
            above++;
        switch (operation)
        {
            case BinaryOperator.Equal or BinaryOperator.IsNotDistinctFrom:
                return below != above || below < least || below > most ? ColumnBounds.None : ColumnBounds.Point(Key(column, (long)below));
            case BinaryOperator.Less or BinaryOperator.LessOrEqual:
                return below < least ? ColumnBounds.None : ColumnBounds.Range(Key(column, least), Key(column, (long)Int128.Min(below, most)));
            default:
                return above > most ? ColumnBounds.None : ColumnBounds.Range(Key(column, (long)Int128.Max(above, least)), null);
        }
    }

    private static byte[] Key(Column column, long value)
    {
        using var encoded = new ByteBuffer(16);
        using var key = new ByteBuffer(16);
        var writer = new RowWriter(encoded);
        writer.Begin(1, 1);
        writer.WriteInt64(value);
        writer.End();
        KeyEncoder.TryAppendValue(column, new RowView(encoded.Written)[0].Raw, key);
        return key.Written.ToArray();
    }

    private static ColumnBounds? OfSame(Column column, BinaryOperator operation, scoped ExpressionValue value)
    {
        using var encoded = new ByteBuffer();
        using var key = new ByteBuffer();
        var writer = new RowWriter(encoded);
        writer.Begin(1, 1);
        if (column.Type == ColumnType.Float4)
            writer.WriteSingle((float)ToDouble(value)); // rounding keeps the order, and the ends are included
        else if (!ExpressionAssignment.TryWrite(column with { IsNullable = true, Length = 0 }, value, ref writer, out _))
            return null;
        writer.End();
        if (!KeyEncoder.TryAppendValue(column, new RowView(encoded.Written)[0].Raw, key))
            return null;
        var bytes = key.Written.ToArray();
        return operation switch
        {
            BinaryOperator.Equal or BinaryOperator.IsNotDistinctFrom => ColumnBounds.Point(bytes),
            BinaryOperator.Less or BinaryOperator.LessOrEqual => ColumnBounds.Range([OrderedEncoding.ValueTag], bytes),
            _ => ColumnBounds.Range(bytes, null),
        };
    }

    private static double ToDouble(scoped ExpressionValue value) => value.Type switch
    {
        ExpressionType.Integer => value.Int64,
        ExpressionType.Numeric => NumericArithmetic.ToDouble(value.Numeric),
        _ => value.Double,
    };
}
