using Helios.Pipeline.Storage;
using ExpressionType = Helios.Pipeline.Storage.ExpressionType;

namespace Helios.Pipeline.Ingestion;

/// <summary>What a part of a lambda became.</summary>
/// <param name="Syntax">The expression.</param>
/// <param name="Type">What it must count as for its neighbours: the type that C# converted it to.</param>
/// <param name="MayBeNull">Can it be NULL? Of a <c>bool</c> NULL means false; of everything else it means null.</param>
internal sealed record LambdaTerm(ExpressionSyntax Syntax, ExpressionType Type, bool MayBeNull)
{
    /// <summary>What it is by itself: an Integer that C# converted to a double stays one until it meets a Float.</summary>
    public ExpressionType Actual { get; init; } = Type;

    /// <summary>Can its computation fail for a row? Then what C# would not look at must not be looked at.</summary>
    public bool CanFail { get; init; }

    /// <summary>The enum whose names it holds, also where C# sees the number; null for anything else.</summary>
    public Type? Enum { get; init; }

    /// <summary>Is it the literal NULL?</summary>
    public bool IsNullLiteral => Syntax is LiteralSyntax { Type: ExpressionType.Null };

    public static LambdaTerm Boolean(bool value) => new(new LiteralSyntax(ExpressionType.Boolean, value ? "TRUE" : "FALSE", 0), ExpressionType.Boolean, false);

    public static LambdaTerm Condition(ExpressionSyntax syntax, bool mayBeNull, params ReadOnlySpan<LambdaTerm> of) =>
        new(syntax, ExpressionType.Boolean, mayBeNull) { CanFail = AnyFails(of) };

    public static bool AnyFails(ReadOnlySpan<LambdaTerm> terms)
    {
        foreach (var term in terms)
            if (term.CanFail)
                return true;
        return false;
    }

    public static bool AnyNull(ReadOnlySpan<LambdaTerm> terms)
    {
        foreach (var term in terms)
            if (term.MayBeNull)
                return true;
        return false;
    }

    /// <summary>The same with FALSE for NULL.</summary>
    public LambdaTerm FalseForNull() => MayBeNull ? this with { Syntax = Call("coalesce", Syntax, Boolean(false).Syntax), MayBeNull = false } : this;

    /// <summary>The same, where needed computed in the type that C# has: a sum with zero converts and changes nothing.</summary>
    public LambdaTerm Converted()
    {
        if (Type == Actual || IsNullLiteral)
            return this;
        var zero = new LiteralSyntax(Type, Type == ExpressionType.Float ? "0E0" : "0.0", 0);
        return this with { Syntax = new BinarySyntax(BinaryOperator.Add, Syntax, zero, 0), Actual = Type };
    }

    public static CallSyntax Call(string function, params List<ExpressionSyntax> arguments) => new(function, new SyntaxList(arguments), 0);
}
