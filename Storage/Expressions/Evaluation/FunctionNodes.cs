namespace Helios.Pipeline.Storage;

/// <summary>What a function does with its arguments, none of which is NULL; fails at <paramref name="position"/>.</summary>
internal delegate ExpressionValue UnaryFunction(ExpressionValue a, int position);

/// <inheritdoc cref="UnaryFunction"/>
internal delegate ExpressionValue BinaryFunction(ExpressionValue a, ExpressionValue b, int position);

/// <summary>A function of one argument; NULL of NULL.</summary>
internal sealed class UnaryFunctionNode(UnaryFunction function, ExpressionNode argument, ExpressionType type, int position) : ExpressionNode(type, position)
{
    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var a = argument.Evaluate(frame);
        return a.HasValue ? function(a, Position) : a;
    }
}

/// <summary>A function of two arguments; NULL where one is.</summary>
internal sealed class BinaryFunctionNode(BinaryFunction function, ExpressionNode first, ExpressionNode second, ExpressionType type, int position)
    : ExpressionNode(type, position)
{
    public BinaryFunction Function => function;

    public ExpressionNode First => first;

    public ExpressionNode Second => second;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var a = first.Evaluate(frame);
        if (!a.HasValue)
            return a;
        var b = second.Evaluate(frame);
        return b.HasValue ? function(a, b, Position) : b;
    }
}

/// <summary>substring: of the characters counted from 1, <c>start</c> to <c>start + count - 1</c>, as many of them as there are.</summary>
internal sealed class SubstringNode(ExpressionNode text, ExpressionNode start, ExpressionNode? count, int position)
    : ExpressionNode(ExpressionType.Text, position)
{
    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var whole = text.Evaluate(frame);
        if (!whole.HasValue)
            return whole;
        var from = start.Evaluate(frame);
        if (!from.HasValue)
            return from;
        if (count is null)
            return new ExpressionValue(Type, Utf8Characters.Slice(whole.Bytes, from.Int64, long.MaxValue));
        var length = count.Evaluate(frame);
        if (!length.HasValue)
            return length;
        if (length.Int64 < 0)
            return ExpressionValue.Failed("a substring of fewer than no characters", Position);
        var end = Int128.Min((Int128)from.Int64 + length.Int64, long.MaxValue);
        return new ExpressionValue(Type, Utf8Characters.Slice(whole.Bytes, from.Int64, (long)end));
    }
}

/// <summary>|| over texts or bytes. Allocates its result.</summary>
internal sealed class ConcatenateNode(ExpressionNode[] items, ExpressionType type, int position) : ExpressionNode(type, position)
{
    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        using var joined = new ByteBuffer();
        foreach (var item in items)
        {
            var value = item.Evaluate(frame);
            if (!value.HasValue)
                return value;
            if (value.Bytes.Length > RowFormat.MaxRowBytes - joined.Length)
                return ExpressionValue.Failed($"the result of || has more than {RowFormat.MaxRowBytes} bytes", Position);
            joined.Append(value.Bytes);
        }

        return new ExpressionValue(Type, joined.Written.ToArray());
    }
}

/// <summary>now(), today(), uuid(): what the context says.</summary>
internal sealed class ContextNode(ExpressionType type, int position) : ExpressionNode(type, position)
{
    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame) => Type switch
    {
        ExpressionType.Timestamptz => ExpressionValue.Of(frame.Context.UtcTicks, Type),
        ExpressionType.Date => ExpressionValue.Of(frame.Context.UtcTicks / TimeSpan.TicksPerDay, Type),
        _ => new ExpressionValue(Type, frame.Context.NewUuid().ToByteArray(bigEndian: true)),
    };
}
