using System.Linq.Expressions;
using Helios.Pipeline.Storage;
using ExpressionType = Helios.Pipeline.Storage.ExpressionType;
using Node = System.Linq.Expressions.ExpressionType;

namespace Helios.Pipeline.Ingestion;

/// <summary>Operators.</summary>
internal sealed partial class LambdaTranslator
{
    private LambdaTerm Binary(BinaryExpression binary) => binary.NodeType switch
    {
        Node.AndAlso or Node.OrElse => Junction(binary),
        Node.And or Node.Or or Node.ExclusiveOr => Logic(binary),
        Node.Equal or Node.NotEqual => Equality(binary),
        Node.LessThan or Node.LessThanOrEqual or Node.GreaterThan or Node.GreaterThanOrEqual => Order(binary),
        Node.Coalesce => Coalesce(binary),
        Node.Add or Node.AddChecked when binary.Type == typeof(string) => Concatenation(binary),
        Node.Add or Node.AddChecked => Arithmetic(binary, BinaryOperator.Add),
        Node.Subtract or Node.SubtractChecked => Arithmetic(binary, BinaryOperator.Subtract),
        Node.Multiply or Node.MultiplyChecked => Arithmetic(binary, BinaryOperator.Multiply),
        Node.Divide => Arithmetic(binary, BinaryOperator.Divide),
        Node.Modulo => Arithmetic(binary, BinaryOperator.Modulo),
        _ => throw LambdaErrors.Refused(binary, $"the engine has no operator {binary.NodeType}"),
    };

    /// <summary>&amp;&amp; and ||: a chain is one level, however long it is; what a constant decides is left out.</summary>
    private LambdaTerm Junction(BinaryExpression whole)
    {
        var isOr = whole.NodeType == Node.OrElse;
        if (whole.Method is not null || whole.Type != typeof(bool))
            throw LambdaErrors.Refused(whole, "the engine has && and || of bool only");
        var parts = new Stack<Expression>();
        Expression first = whole;
        for (; first is BinaryExpression inner && inner.NodeType == whole.NodeType; first = inner.Left)
            parts.Push(inner.Right);
        parts.Push(first);

        var items = new List<LambdaTerm>();
        foreach (var part in parts)
        {
            if (constants.IsOfRow(part))
                items.Add(Condition(part));
            else if (LambdaConstants.Evaluate(part) is true == isOr)
            {
                // It decides, but what stands before it is looked at first, and that may fail.
                if (items.Count == 0 || !items.Exists(i => i.CanFail))
                    return LambdaTerm.Boolean(isOr);
                items.Add(LambdaTerm.Boolean(isOr));
                break;
            }
        }

        if (items.Count == 0)
            return LambdaTerm.Boolean(!isOr);
        if (!isOr)
        {
            // In SQL a NULL does not end an AND, in C# its false does: what follows must not fail for such a row.
            for (var i = items.FindLastIndex(t => t.CanFail) - 1; i >= 0; i--)
                items[i] = items[i].FalseForNull();
        }

        return items.Count == 1 ? items[0] : LambdaTerm.Condition(Chain(isOr ? ChainOperator.Or : ChainOperator.And, items), items.Exists(i => i.MayBeNull)) with { CanFail = items.Exists(i => i.CanFail) };
    }

    private static ChainSyntax Chain(ChainOperator operation, List<LambdaTerm> items)
    {
        // Those of a chain inside the chain join it: then any number of them is one level.
        var all = new List<ExpressionSyntax>();
        foreach (var item in items)
        {
            if (item.Syntax is ChainSyntax inner && inner.Operator == operation)
                foreach (var each in inner.Items)
                    all.Add(each);
            else
                all.Add(item.Syntax);
        }

        return new ChainSyntax(operation, new SyntaxList(all), 0);
    }

    /// <summary>&amp; | ^ of bool and bool?: the latter have three values in C# as in SQL.</summary>
    private LambdaTerm Logic(BinaryExpression binary)
    {
        if (Underlying(binary.Type) != typeof(bool))
            throw LambdaErrors.Refused(binary, "the engine has no operators over bits");
        var (left, right) = Both(binary.Left, binary.Right);
        var mayBeNull = left.MayBeNull || right.MayBeNull;
        ExpressionSyntax syntax = binary.NodeType == Node.ExclusiveOr
            ? new BinarySyntax(BinaryOperator.NotEqual, left.Syntax, right.Syntax, 0)
            : Chain(binary.NodeType == Node.Or ? ChainOperator.Or : ChainOperator.And, [left, right]);
        return LambdaTerm.Condition(syntax, mayBeNull, left, right);
    }

    private LambdaTerm Equality(BinaryExpression binary)
    {
        if (binary.IsLiftedToNull)
            throw LambdaErrors.Refused(binary, "it is a comparison that may be null, which C# does not write");
        if (TextOrder(binary) is { } text)
            return text;
        var (left, right) = Both(binary.Left, binary.Right);
        var isNegated = binary.NodeType == Node.NotEqual;
        if (binary.Method is null && !binary.Left.Type.IsValueType && !left.IsNullLiteral && !right.IsNullLiteral)
            throw LambdaErrors.Refused(binary, $"it asks whether two {binary.Left.Type.Name} are the same object", "use SequenceEqual for bytes and == of string for text");
        return Equality(binary, left, right, isNegated);
    }

    /// <summary>Null equals null here, and nothing else.</summary>
    private static LambdaTerm Equality(Expression part, LambdaTerm left, LambdaTerm right, bool isNegated)
    {
        if (right.IsNullLiteral)
            return NullTest(left, isNegated);
        if (left.IsNullLiteral)
            return NullTest(right, isNegated);
        Align(part, ref left, ref right);
        var (operation, mayBeNull) = (isNegated, left.MayBeNull, right.MayBeNull) switch
        {
            (true, false, false) => (BinaryOperator.NotEqual, false),
            (true, _, _) => (BinaryOperator.IsDistinctFrom, false),
            (false, true, true) => (BinaryOperator.IsNotDistinctFrom, false),
            (false, var leftNull, var rightNull) => (BinaryOperator.Equal, leftNull || rightNull),
        };
        return LambdaTerm.Condition(new BinarySyntax(operation, left.Syntax, right.Syntax, 0), mayBeNull, left, right);
    }

    private static LambdaTerm NullTest(LambdaTerm term, bool isNegated) =>
        LambdaTerm.Condition(new UnarySyntax(isNegated ? UnaryOperator.IsNotNull : UnaryOperator.IsNull, term.Syntax, 0), false, term);

    private LambdaTerm Order(BinaryExpression binary)
    {
        if (binary.IsLiftedToNull)
            throw LambdaErrors.Refused(binary, "it is a comparison that may be null, which C# does not write");
        if (TextOrder(binary) is { } text)
            return text;
        var (left, right) = Both(binary.Left, binary.Right);
        if (left.Enum is not null || right.Enum is not null)
            throw LambdaErrors.Refused(binary, "enums are stored by their names, whose order is another", "name the members: members.Contains(row.Property)");
        Align(binary, ref left, ref right);
        return LambdaTerm.Condition(new BinarySyntax(OrderOperator(binary.NodeType), left.Syntax, right.Syntax, 0), left.MayBeNull || right.MayBeNull, left, right);
    }

    private static BinaryOperator OrderOperator(Node operation) => operation switch
    {
        Node.LessThan => BinaryOperator.Less,
        Node.LessThanOrEqual => BinaryOperator.LessOrEqual,
        Node.GreaterThan => BinaryOperator.Greater,
        Node.GreaterThanOrEqual => BinaryOperator.GreaterOrEqual,
        Node.Equal => BinaryOperator.Equal,
        _ => BinaryOperator.NotEqual,
    };

    /// <summary>Makes the engine compare in the type in which C# does.</summary>
    private static void Align(Expression part, ref LambdaTerm left, ref LambdaTerm right)
    {
        var type = Together(part, left, right);
        // Integers as decimals compare as they do by themselves. As doubles, large ones do not.
        if (type == ExpressionType.Float && left.Actual != type && right.Actual != type)
            left = (left with { Type = type }).Converted();
    }

    private LambdaTerm Coalesce(BinaryExpression binary)
    {
        if (binary.Conversion is not null)
            throw LambdaErrors.Refused(binary, "its left operand is converted by a method");
        if (!constants.IsOfRow(binary.Left))
        {
            var known = LambdaConstants.Evaluate(binary.Left);
            return known is null ? Value(binary.Right) : LambdaLiterals.Of(known, null, binary.Left);
        }

        var (left, right) = Both(binary.Left, binary.Right);
        return OneOf(binary, [left, right]) with
        {
            Syntax = LambdaTerm.Call("coalesce", left.Syntax, right.Syntax),
            MayBeNull = left.MayBeNull && right.MayBeNull,
            CanFail = left.CanFail || right.CanFail,
        };
    }

    private LambdaTerm Arithmetic(BinaryExpression binary, BinaryOperator operation)
    {
        var (left, right) = Both(binary.Left, binary.Right);
        if (left.Enum is not null || right.Enum is not null)
            throw LambdaErrors.Refused(binary, "enums are stored by their names, and have no number to compute with");
        var mayBeNull = left.MayBeNull || right.MayBeNull;
        if (Underlying(binary.Type) is var clr && (clr == typeof(DateTime) || clr == typeof(DateTimeOffset) || clr == typeof(TimeSpan))
            && operation <= BinaryOperator.Subtract && TimeArithmeticNode.ResultOf(left.Type, right.Type, operation == BinaryOperator.Subtract) is { } time)
            return new LambdaTerm(new BinarySyntax(operation, left.Syntax, right.Syntax, 0), time, mayBeNull) { CanFail = true };
        if (clr == typeof(float))
            throw LambdaErrors.Refused(binary, "C# computes it in single precision and the engine in double", "convert an operand to double");
        var type = Together(binary, left, right);
        if (!type.IsNumber())
            throw LambdaErrors.Refused(binary, $"the engine has no such operator for {clr.Name}");
        if (operation == BinaryOperator.Divide && type == ExpressionType.Numeric)
            throw LambdaErrors.Refused(binary, "the engine's quotient of such numbers has other digits than that of C#", "multiply the other side of the comparison");
        if (left.Actual != type && right.Actual != type)
            left = (left with { Type = type }).Converted();
        return new LambdaTerm(new BinarySyntax(operation, left.Syntax, right.Syntax, 0), type, mayBeNull) { CanFail = true };
    }

    /// <summary>+ of text, to which null adds nothing.</summary>
    private LambdaTerm Concatenation(BinaryExpression binary)
    {
        if (binary.Left.Type != typeof(string) || binary.Right.Type != typeof(string))
            throw LambdaErrors.Refused(binary, "it turns something else into text");
        var (left, right) = Both(binary.Left, binary.Right);
        if (!IsText(left) || !IsText(right))
            throw LambdaErrors.Refused(binary, $"{left.Type} and {right.Type} are not joined");
        return new LambdaTerm(Chain(ChainOperator.Concatenate, [EmptyForNull(left), EmptyForNull(right)]), ExpressionType.Text, false) { CanFail = true };
    }

    private static LambdaTerm EmptyForNull(LambdaTerm term) => term.MayBeNull
        ? term with { Syntax = LambdaTerm.Call("coalesce", term.Syntax, new LiteralSyntax(ExpressionType.Text, "", 0)), MayBeNull = false }
        : term;

    private static bool IsText(LambdaTerm term) => term.Type.IsText() || term.IsNullLiteral;

    private static Type Underlying(Type type) => Nullable.GetUnderlyingType(type) ?? type;
}
