namespace Helios.Pipeline.Storage;

/// <summary>A part of a compiled expression. Immutable; any number of threads may evaluate it.</summary>
/// <remarks>An operator looks at its operands from left to right, and at no other once one was NULL or failed, unless its own class says else.</remarks>
internal abstract class ExpressionNode(ExpressionType type, int position)
{
    /// <summary>Of every value that it gives; <see cref="ExpressionType.Null"/> where it gives none.</summary>
    public ExpressionType Type { get; } = type;

    /// <summary>The character of the text that a failure names, from 0.</summary>
    public int Position { get; } = position;

    public abstract ExpressionValue Evaluate(scoped in EvaluationFrame frame);
}

/// <summary>A column of the row.</summary>
internal sealed class ColumnNode(Column column, int ordinal, int position) : ExpressionNode(ExpressionTypes.Of(column.Type), position)
{
    public Column Column => column;

    public int Ordinal => ordinal;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var value = frame[ordinal];
        if (value.IsNull)
            return default;
        switch (Type)
        {
            case ExpressionType.Boolean: return ExpressionValue.Of(value.GetBoolean());
            case ExpressionType.Float: return ExpressionValue.Of(column.Type == ColumnType.Float4 ? value.GetSingle() : value.GetDouble());
            case ExpressionType.Numeric: return new ExpressionValue(value.GetNumeric());
            case ExpressionType.Text or ExpressionType.Char or ExpressionType.Json: return new ExpressionValue(Type, value.GetUtf8());
            case ExpressionType.Bytea or ExpressionType.Uuid or ExpressionType.Vector: return new ExpressionValue(Type, value.GetBytes());
            case ExpressionType.Array: return new ExpressionValue(Type, value.Raw);
            default: return ExpressionValue.Of(value.GetInt64(), Type);
        }
    }
}

/// <summary>A value that is known before any row.</summary>
internal sealed class LiteralNode : ExpressionNode
{
    private readonly long _integer;
    private readonly double _double;
    private readonly Numeric38 _numeric;
    private readonly byte[] _bytes = [];

    private LiteralNode(ExpressionType type, int position) : base(type, position)
    {
    }

    public LiteralNode(long integer, ExpressionType type, int position) : base(type, position)
    {
        _integer = integer;
    }

    public LiteralNode(double value, int position) : base(ExpressionType.Float, position)
    {
        _double = value;
    }

    public LiteralNode(in Numeric38 value, int position) : base(ExpressionType.Numeric, position)
    {
        _numeric = value;
    }

    public LiteralNode(byte[] bytes, ExpressionType type, int position) : base(type, position)
    {
        _bytes = bytes;
    }

    public static LiteralNode Null(int position) => new(ExpressionType.Null, position);

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame) => Type switch
    {
        ExpressionType.Null => default,
        ExpressionType.Boolean => ExpressionValue.Of(_integer != 0),
        ExpressionType.Float => ExpressionValue.Of(_double),
        ExpressionType.Numeric => new ExpressionValue(_numeric),
        ExpressionType.Text or ExpressionType.Bytea or ExpressionType.Uuid => new ExpressionValue(Type, _bytes),
        _ => ExpressionValue.Of(_integer, Type),
    };
}

/// <summary>Integer as Numeric or Float, Numeric as Float (the nearest), Char as Text (without trailing blanks). None can fail.</summary>
internal sealed class ConvertNode(ExpressionNode operand, ExpressionType type) : ExpressionNode(type, operand.Position)
{
    public ExpressionNode Operand => operand;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var value = operand.Evaluate(frame);
        if (!value.HasValue)
            return value;
        return (value.Type, Type) switch
        {
            (ExpressionType.Integer, ExpressionType.Numeric) => new ExpressionValue(NumericArithmetic.From(value.Int64)),
            (ExpressionType.Integer, ExpressionType.Float) => ExpressionValue.Of((double)value.Int64),
            (ExpressionType.Numeric, ExpressionType.Float) => ExpressionValue.Of(NumericArithmetic.ToDouble(value.Numeric)),
            (ExpressionType.Char, ExpressionType.Text) => new ExpressionValue(ExpressionType.Text, value.Bytes.TrimEnd((byte)' ')),
            _ => value,
        };
    }
}
