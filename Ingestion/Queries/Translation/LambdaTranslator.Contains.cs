using System.Collections;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Linq.Expressions;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary><c>values.Contains(row.Property)</c> in all its forms: IN.</summary>
internal sealed partial class LambdaTranslator
{
    // Those that compare as == does. A collection of a user may compare as it likes.
    private static readonly HashSet<Type> s_collections =
    [
        typeof(List<>), typeof(Collection<>), typeof(ReadOnlyCollection<>), typeof(ImmutableArray<>), typeof(ImmutableList<>),
        typeof(Queue<>), typeof(Stack<>), typeof(LinkedList<>),
    ];

    private LambdaTerm Contains(MethodCallExpression call)
    {
        Expression[] all = call.Object is null ? [.. call.Arguments] : [call.Object, .. call.Arguments];
        if (all.Length is < 2 or > 3)
            throw LambdaErrors.Refused(call, $"{call.Method.DeclaringType?.Name}.{call.Method.Name} has no counterpart in the engine");
        var source = Unwrapped(all[0]);
        if (constants.IsOfRow(source))
            throw LambdaErrors.Refused(call, "the engine does not look into a column's value");
        if (all.Length == 3 && (constants.IsOfRow(all[2]) || !IsDefault(LambdaConstants.Evaluate(all[2]))))
            throw LambdaErrors.Refused(call, "it compares in a way of its own", "leave out the comparer");
        if (!all[1].Type.IsValueType && all[1].Type != typeof(string))
            throw LambdaErrors.Refused(call, $"it asks whether two {all[1].Type.Name} are the same object");
        var values = Values(call, LambdaConstants.Evaluate(source));
        return In(call, Value(all[1]), values);
    }

    private static LambdaTerm In(Expression part, LambdaTerm operand, IEnumerable values)
    {
        var items = new List<ExpressionSyntax>();
        var hasNull = false;
        foreach (var value in values)
        {
            var item = LambdaLiterals.Of(value, operand, part);
            hasNull |= item.IsNullLiteral;
            if (item.IsNullLiteral)
                continue;
            Together(part, operand, item);
            items.Add(item.Syntax);
        }

        var isNull = NullTest(operand, isNegated: false);
        if (items.Count == 0)
            return hasNull ? isNull : LambdaTerm.Boolean(false);
        var inside = LambdaTerm.Condition(new InSyntax(operand.Syntax, new SyntaxList(items), false, 0), operand.MayBeNull, operand);
        return hasNull && operand.MayBeNull
            ? inside with { Syntax = Chain(ChainOperator.Or, [inside, isNull]), MayBeNull = false }
            : inside;
    }

    private static IEnumerable Values(MethodCallExpression call, object? source)
    {
        if (source is not IEnumerable values)
            throw LambdaErrors.Refused(call, source is null ? "what it looks into is null" : $"a {source.GetType()} is no list of values");
        var type = source.GetType();
        if (type.IsSZArray || (type.IsGenericType && s_collections.Contains(type.GetGenericTypeDefinition())))
            return values;
        var comparer = type.GetProperty("Comparer")?.GetValue(source) ?? type.GetProperty("KeyComparer")?.GetValue(source);
        if (comparer is not null ? IsDefault(comparer) : type.Assembly == typeof(Enumerable).Assembly || !IsCollection(type))
            return values;
        throw LambdaErrors.Refused(call, $"a {type} may compare in a way of its own", "copy its values to an array");
    }

    // Enumerable.Contains asks a collection itself, and goes through everything else by ==.
    private static bool IsCollection(Type type) => type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ICollection<>));

    private static bool IsDefault(object? comparer) =>
        comparer is null || comparer == (object)StringComparer.Ordinal || IsDefaultOf(comparer);

    private static bool IsDefaultOf(object comparer)
    {
        var compared = comparer.GetType().GetInterfaces().FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEqualityComparer<>));
        return compared is not null
            && comparer.Equals(typeof(EqualityComparer<>).MakeGenericType(compared.GetGenericArguments()).GetProperty("Default")!.GetValue(null));
    }
}
