namespace Helios.Pipeline.Storage;

/// <summary>+ - * / % over two numbers of one type; an overflow and a division by zero fail.</summary>
internal sealed class ArithmeticNode(BinaryOperator operation, ExpressionNode left, ExpressionNode right, ExpressionType type, int position)
    : ExpressionNode(type, position)
{
    public ExpressionNode Left => left;

    public ExpressionNode Right => right;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var a = left.Evaluate(frame);
        if (!a.HasValue)
            return a;
        var b = right.Evaluate(frame);
        if (!b.HasValue)
            return b;
        return Type switch
        {
            ExpressionType.Integer => Compute(a.Int64, b.Int64),
            ExpressionType.Numeric => Compute(a.Numeric, b.Numeric),
            _ => Compute(a.Double, b.Double),
        };
    }

    private ExpressionValue Compute(long a, long b)
    {
        if (b == 0 && operation is BinaryOperator.Divide or BinaryOperator.Modulo)
            return DivisionByZero();
        // Wide enough for every result, so nothing has to be caught.
        var result = operation switch
        {
            BinaryOperator.Add => (Int128)a + b,
            BinaryOperator.Subtract => (Int128)a - b,
            BinaryOperator.Multiply => (Int128)a * b,
            BinaryOperator.Divide => b == -1 ? -(Int128)a : a / b,
            _ => b == -1 ? 0 : a % b,
        };
        return result >= long.MinValue && result <= long.MaxValue ? ExpressionValue.Of((long)result) : Overflow();
    }

    private ExpressionValue Compute(scoped in Numeric38 a, scoped in Numeric38 b)
    {
        if (b.IsZero && operation is BinaryOperator.Divide or BinaryOperator.Modulo)
            return DivisionByZero();
        Numeric38 result;
        var fits = operation switch
        {
            BinaryOperator.Add => NumericArithmetic.TryAdd(a, b, out result),
            BinaryOperator.Subtract => NumericArithmetic.TryAdd(a, NumericArithmetic.Negate(b), out result),
            BinaryOperator.Multiply => NumericArithmetic.TryMultiply(a, b, out result),
            BinaryOperator.Divide => NumericArithmetic.TryDivide(a, b, out result),
            _ => NumericArithmetic.TryRemainder(a, b, out result),
        };
        return fits ? new ExpressionValue(result) : Overflow();
    }

    private ExpressionValue Compute(double a, double b)
    {
        if (b == 0 && operation is BinaryOperator.Divide or BinaryOperator.Modulo)
            return DivisionByZero();
        var result = operation switch
        {
            BinaryOperator.Add => a + b,
            BinaryOperator.Subtract => a - b,
            BinaryOperator.Multiply => a * b,
            BinaryOperator.Divide => a / b,
            _ => a % b,
        };
        return double.IsInfinity(result) && double.IsFinite(a) && double.IsFinite(b) ? Overflow() : ExpressionValue.Of(result);
    }

    private ExpressionValue DivisionByZero() => ExpressionValue.Failed("division by zero", Position);

    private ExpressionValue Overflow() => ExpressionValue.Failed($"the result of {ExpressionPrinter.Symbol(operation)} is outside {Type}", Position);
}

/// <summary>The sign before a number or an Interval.</summary>
internal sealed class NegateNode(ExpressionNode operand, int position) : ExpressionNode(operand.Type, position)
{
    public ExpressionNode Operand => operand;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var value = operand.Evaluate(frame);
        if (!value.HasValue)
            return value;
        if (Type == ExpressionType.Float)
            return ExpressionValue.Of(-value.Double);
        if (Type == ExpressionType.Numeric)
            return new ExpressionValue(NumericArithmetic.Negate(value.Numeric));
        return value.Int64 == long.MinValue ? ExpressionValue.Failed($"the result of - is outside {Type}", Position) : ExpressionValue.Of(-value.Int64, Type);
    }
}

/// <summary>+ and - over days and ticks: a date or time with a distance, two of them, two distances.</summary>
internal sealed class TimeArithmeticNode(ExpressionNode left, ExpressionNode right, bool isMinus, ExpressionType type, int position)
    : ExpressionNode(type, position)
{
    public ExpressionNode Left => left;

    public ExpressionNode Right => right;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var a = left.Evaluate(frame);
        if (!a.HasValue)
            return a;
        var b = right.Evaluate(frame);
        if (!b.HasValue)
            return b;
        var result = isMinus ? (Int128)a.Int64 - b.Int64 : (Int128)a.Int64 + b.Int64;
        var (least, most) = Type switch
        {
            ExpressionType.Date => (0, RowFormat.MaxDayNumber),
            ExpressionType.Timestamp or ExpressionType.Timestamptz => (0, RowFormat.MaxTimestampTicks),
            _ => (long.MinValue, long.MaxValue),
        };
        return result >= least && result <= most
            ? ExpressionValue.Of((long)result, Type)
            : ExpressionValue.Failed($"the result of {(isMinus ? "-" : "+")} is outside {Type}", Position);
    }

    /// <summary>The type of the result, or null where the two types do not go together.</summary>
    public static ExpressionType? ResultOf(ExpressionType left, ExpressionType right, bool isMinus) => (left, right) switch
    {
        (ExpressionType.Date, ExpressionType.Integer) => ExpressionType.Date,
        (ExpressionType.Integer, ExpressionType.Date) when !isMinus => ExpressionType.Date,
        (ExpressionType.Date, ExpressionType.Date) when isMinus => ExpressionType.Integer,
        (ExpressionType.Timestamp or ExpressionType.Timestamptz, ExpressionType.Interval) => left,
        (ExpressionType.Interval, ExpressionType.Timestamp or ExpressionType.Timestamptz) when !isMinus => right,
        (ExpressionType.Timestamp, ExpressionType.Timestamp) when isMinus => ExpressionType.Interval,
        (ExpressionType.Timestamptz, ExpressionType.Timestamptz) when isMinus => ExpressionType.Interval,
        (ExpressionType.Interval, ExpressionType.Interval) => ExpressionType.Interval,
        _ => null,
    };
}
