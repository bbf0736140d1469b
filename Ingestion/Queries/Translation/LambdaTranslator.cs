using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;
using ExpressionType = Helios.Pipeline.Storage.ExpressionType;

namespace Helios.Pipeline.Ingestion;

/// <summary>One translation: goes down a lambda's body, part by part. <see cref="LambdaCondition"/> says what the result means.</summary>
internal sealed partial class LambdaTranslator(LambdaConstants constants, LambdaColumns columns)
{
    /// <summary>A part of type bool where NULL may stand for false: in AND, OR and WHEN, and as the whole.</summary>
    public LambdaTerm Condition(Expression part)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return constants.IsOfRow(part) ? OfRow(part) : LambdaLiterals.Of(LambdaConstants.Evaluate(part), null, part);
    }

    /// <summary>A part of any type; where it is a bool it is never NULL.</summary>
    /// <param name="part">The part.</param>
    /// <param name="beside">What a value stands beside.</param>
    private LambdaTerm Value(Expression part, LambdaTerm? beside = null)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (!constants.IsOfRow(part))
            return LambdaLiterals.Of(LambdaConstants.Evaluate(part), beside, part);
        var term = OfRow(part);
        return part.Type == typeof(bool) ? term.FalseForNull() : term;
    }

    /// <summary>Two parts that stand beside each other; a value takes its type from the other.</summary>
    private (LambdaTerm Left, LambdaTerm Right) Both(Expression left, Expression right)
    {
        if (!constants.IsOfRow(left))
        {
            var known = Value(right);
            return (Value(left, known), known);
        }

        var first = Value(left);
        return (first, Value(right, first));
    }

    private LambdaTerm OfRow(Expression part) => part switch
    {
        MemberExpression member => Member(member),
        BinaryExpression binary => Binary(binary),
        UnaryExpression unary => Unary(unary),
        ConditionalExpression choice => Choice(choice),
        MethodCallExpression call => Call(call),
        ParameterExpression => throw LambdaErrors.Refused(part, "the engine has the columns of a row, and no object"),
        _ => throw LambdaErrors.Refused(part, $"a {part.NodeType} of the row has no counterpart in the engine"),
    };

    private LambdaTerm Member(MemberExpression member)
    {
        var ordinal = columns.OrdinalOf(member);
        if (ordinal >= 0)
            return Column(ordinal);
        if (columns.IsRow(member.Expression))
            throw LambdaErrors.Refused(member, $"{member.Member.Name} is no column of the table");
        if (Nullable.GetUnderlyingType(member.Expression!.Type) is not null)
        {
            var value = Value(member.Expression);
            return member.Member.Name == nameof(Nullable<int>.HasValue) ? NullTest(value, isNegated: true) : value;
        }

        throw member.Member is { Name: nameof(string.Length), DeclaringType: var type } && type == typeof(string)
            ? LambdaErrors.Refused(member, "C# counts UTF-16 units and the engine counts characters", "compare with \"\" to find empty text")
            : LambdaErrors.Refused(member, $"{member.Member.DeclaringType?.Name}.{member.Member.Name} has no counterpart in the engine");
    }

    private LambdaTerm Column(int ordinal)
    {
        var column = columns[ordinal];
        var clr = Nullable.GetUnderlyingType(column.Property.PropertyType) ?? column.Property.PropertyType;
        return new LambdaTerm(new NameSyntax(column.Column.Name, 0), ExpressionTypes.Of(column.Column.Type), column.Column.IsNullable) { Enum = clr.IsEnum ? clr : null };
    }

    private LambdaTerm Choice(ConditionalExpression choice)
    {
        if (!constants.IsOfRow(choice.Test))
            return Value(LambdaConstants.Evaluate(choice.Test) is true ? choice.IfTrue : choice.IfFalse);
        var test = Condition(choice.Test);
        var (yes, no) = Both(choice.IfTrue, choice.IfFalse);
        LambdaTerm[] results = [yes, no];
        var term = OneOf(choice, results);
        return term with
        {
            Syntax = new CaseSyntax(new SyntaxList([test.Syntax]), new SyntaxList([results[0].Syntax]), results[1].Syntax, 0),
            MayBeNull = LambdaTerm.AnyNull(results),
            CanFail = test.CanFail || LambdaTerm.AnyFails(results),
        };
    }

    /// <summary>What one of several terms gives, of which a row chooses; its syntax is for the caller to set.</summary>
    private static LambdaTerm OneOf(Expression part, LambdaTerm[] terms)
    {
        var type = Together(part, terms);
        var actual = ExpressionType.Null;
        foreach (var term in terms)
            actual = ExpressionTypes.Common(actual, term.Actual)!.Value;
        return terms[0] with { Type = type, Actual = actual, Enum = terms.FirstOrDefault(t => t.Enum is not null)?.Enum };
    }

    /// <summary>The type that terms have together.</summary>
    private static ExpressionType Together(Expression part, params ReadOnlySpan<LambdaTerm> terms)
    {
        var type = ExpressionType.Null;
        Type? names = null;
        foreach (var term in terms)
        {
            if (!term.Type.IsComparable())
                throw LambdaErrors.Refused(part, $"the engine does not look into {term.Type}; a comparison with null is all there is");
            type = ExpressionTypes.Common(type, term.Type) ?? throw LambdaErrors.Refused(part, $"{type} and {term.Type} do not go together");
            if (term.Enum is not null && names is not null && term.Enum != names)
                throw LambdaErrors.Refused(part, $"{names.Name} and {term.Enum.Name} are stored by their names and have no numbers to compare");
            names ??= term.Enum;
        }

        return type;
    }
}
