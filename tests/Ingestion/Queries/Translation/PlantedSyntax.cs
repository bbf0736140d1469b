using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Changes every part of an expression, from the inside out: how a translation that was wrong in one way would look.</summary>
internal static class PlantedSyntax
{
    public static ExpressionSyntax Change(ExpressionSyntax syntax, Func<ExpressionSyntax, ExpressionSyntax> change) => change(syntax switch
    {
        UnarySyntax unary => unary with { Operand = Change(unary.Operand, change) },
        BinarySyntax binary => binary with { Left = Change(binary.Left, change), Right = Change(binary.Right, change) },
        ChainSyntax chain => chain with { Items = Change(chain.Items, change) },
        InSyntax inside => inside with { Operand = Change(inside.Operand, change) },
        LikeSyntax like => like with { Operand = Change(like.Operand, change) },
        CaseSyntax choice => choice with { Conditions = Change(choice.Conditions, change), Results = Change(choice.Results, change), Otherwise = choice.Otherwise is null ? null : Change(choice.Otherwise, change) },
        CallSyntax call => call with { Arguments = Change(call.Arguments, change) },
        _ => syntax,
    });

    private static SyntaxList Change(SyntaxList items, Func<ExpressionSyntax, ExpressionSyntax> change)
    {
        var changed = new List<ExpressionSyntax>();
        foreach (var item in items)
            changed.Add(Change(item, change));
        return new SyntaxList(changed);
    }
}
