using System.Linq.Expressions;
using System.Text;
using Helios.Pipeline.Storage;
using ExpressionType = Helios.Pipeline.Storage.ExpressionType;
using Node = System.Linq.Expressions.ExpressionType;

namespace Helios.Pipeline.Ingestion;

/// <summary>Methods of string.</summary>
internal sealed partial class LambdaTranslator
{
    private const char Escape = '\\';

    private LambdaTerm TextCall(MethodCallExpression call)
    {
        switch (call.Method.Name)
        {
            case nameof(string.StartsWith):
                return Affix(call, "starts_with");
            case nameof(string.EndsWith):
                return Affix(call, "ends_with");
            case nameof(string.Contains):
                return Inside(call);
            case nameof(string.IsNullOrEmpty):
                var text = TextOf(call.Arguments[0]);
                var isEmpty = new BinarySyntax(BinaryOperator.Equal, text.Syntax, new LiteralSyntax(ExpressionType.Text, "", 0), 0);
                return LambdaTerm.Condition(text.MayBeNull ? new ChainSyntax(ChainOperator.Or, new SyntaxList([NullTest(text, isNegated: false).Syntax, isEmpty]), 0) : isEmpty, false, text);
            case nameof(string.Equals):
                var sides = call.Object is null ? (call.Arguments[0], call.Arguments[1]) : (call.Object, call.Arguments[0]);
                RequireOrdinal(call, call.Object is null ? 2 : 1);
                if (sides.Item1.Type != typeof(string) || sides.Item2.Type != typeof(string))
                    return EqualsCall(call);
                var (left, right) = Both(sides.Item1, sides.Item2);
                return Equality(call, left, right, isNegated: false);
            case nameof(string.Concat) when call.Arguments is [{ } first, { } second] && first.Type == typeof(string):
                return Concatenation(Expression.Add(first, second, call.Method));
            case nameof(string.Compare) or nameof(string.CompareTo) or nameof(string.CompareOrdinal):
                throw LambdaErrors.Refused(call, "an order of text is translated only where it is compared with 0", "use string.CompareOrdinal(row.Property, value) with <, <=, >, >=, == or != 0");
            case nameof(string.ToLower) or nameof(string.ToUpper) or nameof(string.ToLowerInvariant) or nameof(string.ToUpperInvariant):
                throw LambdaErrors.Refused(call, "C# and the engine have tables of letters of their own");
            default:
                throw LambdaErrors.Refused(call, $"String.{call.Method.Name} has no counterpart in the engine");
        }
    }

    private LambdaTerm Affix(MethodCallExpression call, string function)
    {
        RequireOrdinal(call, 1);
        var (text, affix) = (TextOf(call.Object!), TextOf(call.Arguments[0]));
        return LambdaTerm.Condition(LambdaTerm.Call(function, text.Syntax, affix.Syntax), text.MayBeNull || affix.MayBeNull, text, affix);
    }

    private LambdaTerm Inside(MethodCallExpression call)
    {
        RequireOrdinal(call, 1);
        if (constants.IsOfRow(call.Arguments[0]))
            throw LambdaErrors.Refused(call, "the engine looks for values in text, not for what another column has");
        var text = TextOf(call.Object!);
        var part = TextOf(call.Arguments[0]);
        if (part.Syntax is not LiteralSyntax { Type: ExpressionType.Text } literal)
            return LambdaTerm.Boolean(false); // a null, which C# would not look for
        var pattern = new StringBuilder("%");
        var isEscaped = false;
        foreach (var character in literal.Text)
        {
            if (character is '%' or '_' or Escape)
            {
                pattern.Append(Escape);
                isEscaped = true;
            }

            pattern.Append(character);
        }

        pattern.Append('%');
        var like = new LikeSyntax(text.Syntax, new LiteralSyntax(ExpressionType.Text, pattern.ToString(), 0), isEscaped ? Escape.ToString() : null, false, 0);
        return LambdaTerm.Condition(like, text.MayBeNull, text);
    }

    private LambdaTerm TextOf(Expression part)
    {
        var term = Value(part);
        return IsText(term) ? term : throw LambdaErrors.Refused(part, $"the engine does not look into {term.Type}");
    }

    /// <summary>What stands behind the text may only say "ordinal".</summary>
    private void RequireOrdinal(MethodCallExpression call, int from)
    {
        for (var i = from; i < call.Arguments.Count; i++)
        {
            if (constants.IsOfRow(call.Arguments[i]) || LambdaConstants.Evaluate(call.Arguments[i]) is not StringComparison.Ordinal)
                throw LambdaErrors.Refused(call, "the engine compares text by its bytes", "give StringComparison.Ordinal");
        }
    }

    /// <summary>
    /// <c>string.CompareOrdinal(row.Text, value) &lt; 0</c> and the like, or null where it is none. C# compares UTF-16 units and the engine bytes of
    /// UTF-8: where the value has no unit from U+D800 up, the first difference decides alike in both.
    /// </summary>
    private LambdaTerm? TextOrder(BinaryExpression binary)
    {
        if (binary.Left is not MethodCallExpression { Method: { Name: nameof(string.Compare) or nameof(string.CompareOrdinal) or nameof(string.CompareTo) } method } call
            || method.DeclaringType != typeof(string))
            return null;
        if (method.Name == nameof(string.CompareTo) || call.Object is not null || call.Arguments[0].Type != typeof(string) || call.Arguments[1].Type != typeof(string)
            || (method.Name == nameof(string.Compare) && call.Arguments.Count != 3) || (method.Name == nameof(string.CompareOrdinal) && call.Arguments.Count != 2))
            throw LambdaErrors.Refused(binary, "it depends on a culture, or compares parts", "use string.CompareOrdinal(row.Property, value)");
        RequireOrdinal(call, 2);
        if (constants.IsOfRow(binary.Right) || LambdaConstants.Evaluate(binary.Right) is not 0)
            throw LambdaErrors.Refused(binary, "an order of text is translated only where it is compared with 0");
        if (!constants.IsOfRow(call.Arguments[0]) || constants.IsOfRow(call.Arguments[1]) || LambdaConstants.Evaluate(call.Arguments[1]) is not string value || value.Any(c => c >= '\uD800'))
            throw LambdaErrors.Refused(binary, "only a column can be compared, and only with text below U+D800, where UTF-16 and UTF-8 have one order");

        var (text, literal) = (TextOf(call.Arguments[0]), LambdaLiterals.Of(value, null, call));
        if (binary.NodeType is Node.Equal or Node.NotEqual)
            return Equality(binary, text, literal, binary.NodeType == Node.NotEqual);
        var compared = LambdaTerm.Condition(new BinarySyntax(OrderOperator(binary.NodeType), text.Syntax, literal.Syntax, 0), text.MayBeNull, text);
        if (!text.MayBeNull || binary.NodeType is Node.GreaterThan or Node.GreaterThanOrEqual)
            return compared;
        // For C# null is less than every text.
        return compared with { Syntax = Chain(ChainOperator.Or, [compared, NullTest(text, isNegated: false)]), MayBeNull = false };
    }
}
