using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Writes an expression in its one form: keywords in capitals, functions in small letters, no parentheses but those that are needed.</summary>
internal static class ExpressionPrinter
{
    // How tight each binds, loosest first.
    private const int Or = 1, And = 2, Not = 3, Comparison = 4, Concatenation = 5, Sum = 6, Product = 7, Sign = 8, Primary = 9;

    public static string Print(ExpressionSyntax syntax)
    {
        var into = new StringBuilder();
        Write(syntax, 0, into);
        return into.ToString();
    }

    /// <summary>How an operator is written.</summary>
    public static string Symbol(BinaryOperator operation) => operation switch
    {
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Modulo => "%",
        BinaryOperator.Equal => "=",
        BinaryOperator.NotEqual => "<>",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.IsDistinctFrom => "IS DISTINCT FROM",
        _ => "IS NOT DISTINCT FROM",
    };

    private static int Tightness(ExpressionSyntax syntax) => syntax switch
    {
        ChainSyntax chain => chain.Operator switch { ChainOperator.Or => Or, ChainOperator.And => And, _ => Concatenation },
        UnarySyntax unary => unary.Operator switch { UnaryOperator.Not => Not, UnaryOperator.Negate => Sign, _ => Comparison },
        BinarySyntax binary => binary.Operator switch
        {
            BinaryOperator.Add or BinaryOperator.Subtract => Sum,
            BinaryOperator.Multiply or BinaryOperator.Divide or BinaryOperator.Modulo => Product,
            _ => Comparison,
        },
        BetweenSyntax or InSyntax or LikeSyntax => Comparison,
        _ => Primary,
    };

    private static void Write(ExpressionSyntax syntax, int least, StringBuilder into)
    {
        if (Tightness(syntax) < least)
        {
            into.Append('(');
            WriteBare(syntax, into);
            into.Append(')');
        }
        else
        {
            WriteBare(syntax, into);
        }
    }

    private static void WriteBare(ExpressionSyntax syntax, StringBuilder into)
    {
        switch (syntax)
        {
            case LiteralSyntax literal:
                into.Append(ExpressionLiterals.Format(literal));
                break;
            case NameSyntax name:
                WriteName(name.Name, into);
                break;
            case UnarySyntax unary:
                WriteUnary(unary, into);
                break;
            case BinarySyntax binary:
                var own = Tightness(binary);
                Write(binary.Left, own == Comparison ? own + 1 : own, into); // a sum goes on at its right end; comparisons do not chain
                into.Append(' ').Append(Symbol(binary.Operator)).Append(' ');
                Write(binary.Right, own + 1, into);
                break;
            case ChainSyntax chain:
                var separator = chain.Operator switch { ChainOperator.Or => " OR ", ChainOperator.And => " AND ", _ => " || " };
                WriteList(chain.Items, separator, Tightness(chain) + 1, into);
                break;
            case BetweenSyntax between:
                Write(between.Operand, Comparison + 1, into);
                into.Append(between.IsNegated ? " NOT BETWEEN " : " BETWEEN ");
                Write(between.Low, Comparison + 1, into);
                into.Append(" AND ");
                Write(between.High, Comparison + 1, into);
                break;
            case InSyntax inside:
                Write(inside.Operand, Comparison + 1, into);
                into.Append(inside.IsNegated ? " NOT IN (" : " IN (");
                WriteList(inside.Items, ", ", 0, into);
                into.Append(')');
                break;
            case LikeSyntax like:
                Write(like.Operand, Comparison + 1, into);
                into.Append(like.IsNegated ? " NOT LIKE " : " LIKE ");
                Write(like.Pattern, Comparison + 1, into);
                if (like.Escape is not null)
                    into.Append(" ESCAPE '").Append(like.Escape == "'" ? "''" : like.Escape).Append('\'');
                break;
            case CaseSyntax choice:
                WriteCase(choice, into);
                break;
            case CallSyntax call:
                into.Append(call.Function).Append('(');
                WriteList(call.Arguments, ", ", 0, into);
                into.Append(')');
                break;
            default:
                throw new HeliosException(HeliosErrorKind.Internal, "internal", $"There is no text form for {syntax.GetType().Name}.");
        }
    }

    private static void WriteUnary(UnarySyntax unary, StringBuilder into)
    {
        switch (unary.Operator)
        {
            case UnaryOperator.Not:
                into.Append("NOT ");
                Write(unary.Operand, Not, into);
                break;
            case UnaryOperator.Negate:
                // -5 is a literal and --x a comment: both need the parentheses that make them a sign before a value.
                into.Append('-');
                Write(unary.Operand, unary.Operand is LiteralSyntax ? Primary + 1 : Primary, into);
                break;
            default:
                Write(unary.Operand, Comparison + 1, into);
                into.Append(unary.Operator == UnaryOperator.IsNull ? " IS NULL" : " IS NOT NULL");
                break;
        }
    }

    private static void WriteCase(CaseSyntax choice, StringBuilder into)
    {
        into.Append("CASE");
        for (var i = 0; i < choice.Conditions.Count; i++)
        {
            into.Append(" WHEN ");
            Write(choice.Conditions[i], 0, into);
            into.Append(" THEN ");
            Write(choice.Results[i], 0, into);
        }

        if (choice.Otherwise is not null)
        {
            into.Append(" ELSE ");
            Write(choice.Otherwise, 0, into);
        }

        into.Append(" END");
    }

    private static void WriteList(SyntaxList items, string separator, int least, StringBuilder into)
    {
        for (var i = 0; i < items.Count; i++)
        {
            into.Append(i == 0 ? "" : separator);
            Write(items[i], least, into);
        }
    }

    private static void WriteName(string name, StringBuilder into)
    {
        var isPlain = name.Length > 0 && !ExpressionParser.IsReserved(name);
        for (var i = 0; i < name.Length && isPlain; i++)
            isPlain = ExpressionLexer.IsNamePart(name[i], i == 0);
        if (isPlain)
            into.Append(name);
        else
            into.Append('"').Append(name.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }
}
