namespace Helios.Pipeline.Storage;

/// <summary>Where a constant stands among the codes of a column that it is compared with.</summary>
/// <param name="Low">Values with a lower code are less than the constant.</param>
/// <param name="High">Values with a higher code are greater. One below <paramref name="Low"/> where no value can be equal.</param>
/// <param name="IsExact">Are values with a code in between equal to the constant? If not, they may be less, equal or greater.</param>
/// <param name="Hash">The hash of every value that is equal; null where several hashes are possible.</param>
internal readonly record struct ZoneRange(ulong Low, ulong High, bool IsExact, ulong? Hash)
{
    /// <summary>Finds it.</summary>
    /// <param name="column">Its type has codes.</param>
    /// <param name="operands">The type in which both are compared: the column's own, or one that it is converted to.</param>
    /// <param name="constant">A value.</param>
    public static ZoneRange Of(Column column, ExpressionType operands, scoped in ExpressionValue constant)
    {
        switch (ExpressionTypes.Of(column.Type))
        {
            case ExpressionType.Integer when operands != ExpressionType.Integer:
                return AmongIntegers(operands, constant);
            case ExpressionType.Numeric when operands == ExpressionType.Float:
                return AmongNumerics(constant.Double);
            case ExpressionType.Numeric:
                return At(ZoneCode.Of(constant.Numeric), isExact: false, constant);
            case ExpressionType.Float:
                return At(ZoneCode.Of(constant.Double), isExact: true, constant);
            case ExpressionType.Text when operands == ExpressionType.Char:
                // Without trailing blanks, while the column's codes have them: 'a' is less than 'a ' there and not here. The hashes have none.
                return new ZoneRange(0, ulong.MaxValue, false, ValueHash.Of(constant));
            case ExpressionType.Char when operands == ExpressionType.Char:
                return At(ZoneCode.Of(constant.Bytes.TrimEnd((byte)' ')), isExact: false, constant);
            case ExpressionType.Text or ExpressionType.Char or ExpressionType.Bytea or ExpressionType.Uuid:
                return At(ZoneCode.Of(constant.Bytes), isExact: false, constant);
            default:
                return At(ZoneCode.Of(constant.Int64), isExact: true, constant);
        }
    }

    private static ZoneRange At(ulong code, bool isExact, scoped in ExpressionValue constant) => new(code, code, isExact, ValueHash.Of(constant));

    /// <summary>Asks the comparison itself, by halving: rounding to double and all.</summary>
    private static ZoneRange AmongIntegers(ExpressionType operands, scoped in ExpressionValue constant)
    {
        var notLess = First(operands, constant, 0);
        var greater = First(operands, constant, 1);
        if (notLess is not { } low)
            return new ZoneRange(ulong.MaxValue, ulong.MaxValue, false, null); // all less; of the last code alone that cannot be said here
        if (greater == 0)
            return new ZoneRange(0, 0, false, null);
        var high = (greater ?? 0) - 1; // all the way up where none is greater
        return new ZoneRange(low, high, true, low == high ? ValueHash.Of((long)(low ^ ZoneCode.Zero)) : null);
    }

    /// <summary>The first code of an Integer whose order beside the constant is at least <paramref name="order"/>; null where there is none.</summary>
    private static ulong? First(ExpressionType operands, scoped in ExpressionValue constant, int order)
    {
        if (Compare(operands, ulong.MaxValue, constant) < order)
            return null;
        ulong from = 0, to = ulong.MaxValue;
        while (from < to)
        {
            var middle = from + ((to - from) / 2);
            if (Compare(operands, middle, constant) >= order)
                to = middle;
            else
                from = middle + 1;
        }

        return from;
    }

    private static int Compare(ExpressionType operands, ulong code, scoped in ExpressionValue constant)
    {
        var integer = (long)(code ^ ZoneCode.Zero);
        return operands == ExpressionType.Numeric
            ? NumericArithmetic.From(integer).CompareTo(constant.Numeric)
            : ExpressionValue.Compare(operands, ExpressionValue.Of((double)integer), constant);
    }

    /// <summary>A Numeric is rounded to the nearest double before it is compared: the doubles on both sides of the constant bound what may become it.</summary>
    private static ZoneRange AmongNumerics(double constant)
    {
        const double wholeIsItself = 1L << 53;
        if (double.IsNaN(constant) || double.IsPositiveInfinity(constant))
            return new ZoneRange(ulong.MaxValue, ulong.MaxValue, false, null); // above every Numeric, whose codes end before
        if (double.IsNegativeInfinity(constant))
            return new ZoneRange(0, 0, false, null);
        var low = ZoneCode.AmongNumerics(Math.Max(Math.BitDecrement(constant), double.MinValue));
        var high = ZoneCode.AmongNumerics(Math.Min(Math.BitIncrement(constant), double.MaxValue));
        return new ZoneRange(low, high, false, Math.Abs(constant) < wholeIsItself ? ValueHash.Of(constant) : null);
    }
}
