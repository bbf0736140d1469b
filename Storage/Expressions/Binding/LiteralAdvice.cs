using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>What to write instead of a text that is meant as a value of another type, as databases take it that convert texts by themselves.</summary>
internal static class LiteralAdvice
{
    /// <param name="nodes">What does not go together.</param>
    /// <param name="wanted">The type that one of them has.</param>
    /// <returns>The end of a message; empty where no text among them is such a value.</returns>
    public static string For(ReadOnlySpan<ExpressionNode> nodes, ExpressionType wanted)
    {
        foreach (var node in nodes)
        {
            if (node is LiteralNode { Type: ExpressionType.Text } && Written(Encoding.UTF8.GetString(node.Evaluate(default).Bytes), wanted) is { } literal)
                return $"; write {literal}";
        }

        return "";
    }

    private static string? Written(string text, ExpressionType wanted) => wanted switch
    {
        ExpressionType.Boolean => bool.TryParse(text, out var known) ? known ? "TRUE" : "FALSE" : null,
        ExpressionType.Integer or ExpressionType.Numeric or ExpressionType.Float =>
            double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? text : null,
        ExpressionType.Bytea or ExpressionType.Date or ExpressionType.Time or ExpressionType.Timestamp or ExpressionType.Timestamptz or ExpressionType.Interval or ExpressionType.Uuid =>
            ExpressionLiterals.TryNormalize(wanted, text) is { } value ? ExpressionLiterals.Format(new LiteralSyntax(wanted, value, 0)) : null,
        _ => null,
    };
}
