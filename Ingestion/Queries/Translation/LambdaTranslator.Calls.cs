using System.Linq.Expressions;
using Helios.Pipeline.Storage;
using ExpressionType = Helios.Pipeline.Storage.ExpressionType;
using Node = System.Linq.Expressions.ExpressionType;

namespace Helios.Pipeline.Ingestion;

/// <summary>Calls of methods.</summary>
internal sealed partial class LambdaTranslator
{
    private LambdaTerm Call(MethodCallExpression call)
    {
        var (owner, name) = (call.Method.DeclaringType!, call.Method.Name);
        if (owner == typeof(string))
            return TextCall(call);
        if (name == nameof(Equals))
            return EqualsCall(call);
        if (name == "Contains")
            return Contains(call);
        if (name == nameof(Enumerable.SequenceEqual) && (owner == typeof(Enumerable) || owner == typeof(MemoryExtensions)))
            return SequenceEqual(call);
        if (Nullable.GetUnderlyingType(owner) is not null && name == nameof(Nullable<int>.GetValueOrDefault))
            return ValueOrDefault(call);
        if (owner == typeof(double) && name == nameof(double.IsNaN))
            return Equality(call, Value(call.Arguments[0]).Converted(), LambdaLiterals.Of(double.NaN, null, call), isNegated: false);
        if (owner == typeof(Math) && call.Method.ReturnType != typeof(float) && name is nameof(Math.Abs) or nameof(Math.Floor) or nameof(Math.Ceiling))
        {
            var number = Value(call.Arguments[0]).Converted();
            return number with { Syntax = LambdaTerm.Call(name == nameof(Math.Ceiling) ? "ceil" : name.ToLowerInvariant(), number.Syntax), CanFail = true };
        }

        throw LambdaErrors.Refused(call, $"{owner.Name}.{name} has no counterpart in the engine");
    }

    private LambdaTerm ValueOrDefault(MethodCallExpression call)
    {
        var value = Value(call.Object!);
        var otherwise = call.Arguments.Count == 0
            ? LambdaLiterals.Of(Activator.CreateInstance(call.Type), value, call)
            : Value(call.Arguments[0], value);
        return OneOf(call, [value, otherwise]) with
        {
            Syntax = LambdaTerm.Call("coalesce", value.Syntax, otherwise.Syntax),
            MayBeNull = value.MayBeNull && otherwise.MayBeNull,
            CanFail = value.CanFail || otherwise.CanFail,
        };
    }

    /// <summary><c>a.Equals(b)</c> and <c>object.Equals(a, b)</c> of values of one type.</summary>
    private LambdaTerm EqualsCall(MethodCallExpression call)
    {
        Expression[] sides = call.Object is null ? [.. call.Arguments] : [call.Object, .. call.Arguments];
        for (var i = 0; i < sides.Length; i++)
            while (sides[i] is UnaryExpression { NodeType: Node.Convert, Method: null } boxed && boxed.Type == typeof(object))
                sides[i] = boxed.Operand;
        if (sides.Length != 2 || sides[0].Type != sides[1].Type || (!sides[0].Type.IsValueType && sides[0].Type != typeof(string)))
            throw LambdaErrors.Refused(call, "it does not compare two values of one type", "use ==");
        var (left, right) = Both(sides[0], sides[1]);
        return Equality(call, left, right, isNegated: false);
    }

    private LambdaTerm SequenceEqual(MethodCallExpression call)
    {
        var (a, b) = (Unwrapped(call.Arguments[0]), Unwrapped(call.Arguments[1]));
        if (call.Arguments.Skip(2).Any(rest => constants.IsOfRow(rest) || LambdaConstants.Evaluate(rest) is not null) || a.Type != typeof(byte[]) || b.Type != typeof(byte[]))
            throw LambdaErrors.Refused(call, "it does not compare two byte[]");
        var (left, right) = Both(a, b);
        Together(call, left, right);
        // Of a null C# throws, or sees an empty span: neither is equal here.
        return LambdaTerm.Condition(new BinarySyntax(BinaryOperator.Equal, left.Syntax, right.Syntax, 0), left.MayBeNull || right.MayBeNull, left, right);
    }

    /// <summary>What an array was before the compiler made a span of it: a span is no value that can be kept.</summary>
    private static Expression Unwrapped(Expression part)
    {
        while (true)
        {
            if (part is MethodCallExpression { Object: null, Method.Name: "op_Implicit" or "AsSpan", Arguments: [var argument] } && part.Type.IsByRefLike)
                part = argument;
            else if (part is UnaryExpression { NodeType: Node.Convert } convert && (convert.Type.IsByRefLike || !convert.Type.IsValueType))
                part = convert.Operand;
            else
                return part;
        }
    }
}
