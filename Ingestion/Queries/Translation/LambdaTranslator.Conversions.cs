using System.Linq.Expressions;
using System.Numerics;
using Helios.Pipeline.Storage;
using ExpressionType = Helios.Pipeline.Storage.ExpressionType;
using Node = System.Linq.Expressions.ExpressionType;

namespace Helios.Pipeline.Ingestion;

/// <summary>Signs, NOT, and conversions.</summary>
internal sealed partial class LambdaTranslator
{
    private static readonly Dictionary<Type, (BigInteger Least, BigInteger Most)> s_integers = new()
    {
        [typeof(sbyte)] = (sbyte.MinValue, sbyte.MaxValue),
        [typeof(byte)] = (byte.MinValue, byte.MaxValue),
        [typeof(short)] = (short.MinValue, short.MaxValue),
        [typeof(ushort)] = (ushort.MinValue, ushort.MaxValue),
        [typeof(int)] = (int.MinValue, int.MaxValue),
        [typeof(uint)] = (uint.MinValue, uint.MaxValue),
        [typeof(long)] = (long.MinValue, long.MaxValue),
        [typeof(ulong)] = (ulong.MinValue, ulong.MaxValue),
        [typeof(Int128)] = (Int128.MinValue, Int128.MaxValue),
        [typeof(UInt128)] = (UInt128.MinValue, UInt128.MaxValue),
    };

    private LambdaTerm Unary(UnaryExpression unary)
    {
        switch (unary.NodeType)
        {
            case Node.Not when Underlying(unary.Type) == typeof(bool):
                var operand = Value(unary.Operand); // of a bool? NULL stays NULL, as in C#
                return LambdaTerm.Condition(new UnarySyntax(UnaryOperator.Not, operand.Syntax, 0), operand.MayBeNull, operand);
            case Node.Negate or Node.NegateChecked:
                return Negation(unary);
            case Node.UnaryPlus:
                return Value(unary.Operand);
            case Node.Convert or Node.ConvertChecked:
                return Conversion(unary);
            default:
                throw LambdaErrors.Refused(unary, $"the engine has no operator {unary.NodeType}");
        }
    }

    private LambdaTerm Negation(UnaryExpression unary)
    {
        var operand = Value(unary.Operand).Converted(); // -0 is another number as a double
        if (operand.Enum is not null || (!operand.Type.IsNumber() && operand.Type != ExpressionType.Interval))
            throw LambdaErrors.Refused(unary, $"the engine has no such operator for {unary.Type.Name}");
        return operand with { Syntax = new UnarySyntax(UnaryOperator.Negate, operand.Syntax, 0), CanFail = true };
    }

    private LambdaTerm Conversion(UnaryExpression unary)
    {
        var term = Value(unary.Operand);
        var (from, to) = (Underlying(unary.Operand.Type), Underlying(unary.Type));
        if (from == to || term.IsNullLiteral)
            return term;
        if (!to.IsValueType)
            return from.IsValueType ? throw LambdaErrors.Refused(unary, "a value is boxed", "compare values of one type") : term;
        if (term.Enum is not null)
        {
            // How C# compares enums: by their numbers. What stands beside it becomes a name in turn.
            return from == term.Enum && IsWithin(from.GetEnumUnderlyingType(), to)
                ? term
                : throw LambdaErrors.Refused(unary, "enums are stored by their names, and have no number to convert");
        }

        if (IsWithin(from, to) || (from == typeof(float) && to == typeof(double)))
            return term;
        var is64Bits = IsWithin(from, typeof(long)) || from == typeof(ulong);
        if (is64Bits && to == typeof(decimal))
            return term with { Type = ExpressionType.Numeric };
        if (is64Bits && to == typeof(double))
            return term with { Type = ExpressionType.Float };
        throw LambdaErrors.Refused(unary, $"a conversion from {from.Name} to {to.Name} may change the value", "compare in the type of the column");
    }

    /// <summary>Does one type of integers hold every number of another?</summary>
    private static bool IsWithin(Type from, Type to) => s_integers.TryGetValue(from, out var narrow)
        && (to == typeof(BigInteger) || (s_integers.TryGetValue(to, out var wide) && wide.Least <= narrow.Least && narrow.Most <= wide.Most));
}
