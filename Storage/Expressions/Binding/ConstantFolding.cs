namespace Helios.Pipeline.Storage;

/// <summary>Puts the value in the place of what is the same for every row of a statement: <c>now() - INTERVAL '1:00:00'</c>, <c>2 * 3</c>.</summary>
/// <remarks>uuid() stays, for it is another one in each row; so does what cannot be computed: it fails with the row that asks for it.</remarks>
internal static class ConstantFolding
{
    /// <param name="syntax">An expression that fits the table.</param>
    /// <param name="schema">The table.</param>
    /// <param name="context">The statement's: the rest of it must be evaluated with the same one.</param>
    public static ExpressionSyntax Fold(ExpressionSyntax syntax, TableSchema schema, in EvaluationContext context)
    {
        var folded = FoldParts(syntax, schema, context);
        if (folded is LiteralSyntax or NameSyntax || !AreLiterals(folded) || folded is CallSyntax { Function: "uuid" })
            return folded;
        var compiled = ExpressionBinder.Compile(folded, schema);
        var literal = ExpressionLiterals.Of(compiled.Evaluate([], [], context), syntax.Position);
        // A NULL that is a number makes a number of what stands beside it: coalesce(nullif(0.5, 0.5), i) is a Numeric. The literal would not. Among conditions it makes no difference.
        return literal is not null && (literal.Type == compiled.ResultType || compiled.ResultType == ExpressionType.Boolean) ? literal : folded;
    }

    private static ExpressionSyntax FoldParts(ExpressionSyntax syntax, TableSchema schema, in EvaluationContext context) => syntax switch
    {
        UnarySyntax unary => new UnarySyntax(unary.Operator, Fold(unary.Operand, schema, context), unary.Position),
        BinarySyntax binary => new BinarySyntax(binary.Operator, Fold(binary.Left, schema, context), Fold(binary.Right, schema, context), binary.Position),
        ChainSyntax chain => new ChainSyntax(chain.Operator, Fold(chain.Items, schema, context), chain.Position),
        BetweenSyntax between => new BetweenSyntax(Fold(between.Operand, schema, context), Fold(between.Low, schema, context), Fold(between.High, schema, context), between.IsNegated, between.Position),
        InSyntax inside => new InSyntax(Fold(inside.Operand, schema, context), Fold(inside.Items, schema, context), inside.IsNegated, inside.Position),
        LikeSyntax like => new LikeSyntax(Fold(like.Operand, schema, context), Fold(like.Pattern, schema, context), like.Escape, like.IsNegated, like.Position),
        CaseSyntax choice => new CaseSyntax(Fold(choice.Conditions, schema, context), Fold(choice.Results, schema, context), choice.Otherwise is null ? null : Fold(choice.Otherwise, schema, context), choice.Position),
        CallSyntax call => new CallSyntax(call.Function, Fold(call.Arguments, schema, context), call.Position),
        _ => syntax,
    };

    private static SyntaxList Fold(SyntaxList items, TableSchema schema, in EvaluationContext context)
    {
        var folded = new List<ExpressionSyntax>(items.Count);
        foreach (var item in items)
            folded.Add(Fold(item, schema, context));
        return new SyntaxList(folded);
    }

    private static bool AreLiterals(ExpressionSyntax syntax) => syntax switch
    {
        UnarySyntax unary => unary.Operand is LiteralSyntax,
        BinarySyntax binary => binary is { Left: LiteralSyntax, Right: LiteralSyntax },
        ChainSyntax chain => AreLiterals(chain.Items),
        BetweenSyntax between => between is { Operand: LiteralSyntax, Low: LiteralSyntax, High: LiteralSyntax },
        InSyntax inside => inside.Operand is LiteralSyntax && AreLiterals(inside.Items),
        LikeSyntax like => like is { Operand: LiteralSyntax, Pattern: LiteralSyntax },
        CaseSyntax choice => AreLiterals(choice.Conditions) && AreLiterals(choice.Results) && choice.Otherwise is null or LiteralSyntax,
        CallSyntax call => AreLiterals(call.Arguments),
        _ => false,
    };

    private static bool AreLiterals(SyntaxList items)
    {
        foreach (var item in items)
        {
            if (item is not LiteralSyntax)
                return false;
        }

        return true;
    }
}
