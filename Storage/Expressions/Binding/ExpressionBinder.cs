using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Finds the columns and the types of an expression, and makes what can be evaluated.</summary>
internal sealed partial class ExpressionBinder
{
    private readonly TableSchema _schema;
    private readonly SortedSet<int> _references = [];
    private bool _isDeterministic = true;

    private ExpressionBinder(TableSchema schema)
    {
        _schema = schema;
    }

    /// <summary>Compiles an expression over the rows of a table.</summary>
    /// <exception cref="HeliosException">Invalid, <c>invalid_expression</c>: it is none, or does not fit the table; the message says where.</exception>
    public static CompiledExpression Compile(string text, TableSchema schema)
    {
        var syntax = ExpressionParser.Parse(text, out var canonical);
        return Compile(syntax, canonical, schema);
    }

    /// <summary>Compiles an expression that was not made from text. It may be longer than text may be, but not deeper.</summary>
    /// <exception cref="HeliosException">Invalid, <c>invalid_expression</c>: it does not fit the table, or is deeper than an expression may be.</exception>
    public static CompiledExpression Compile(ExpressionSyntax syntax, TableSchema schema)
    {
        if (syntax.Depth > ExpressionParser.MaxDepth)
            throw ExpressionErrors.At(syntax.Position, $"operators, calls and CASE stand in each other more than {ExpressionParser.MaxDepth} levels deep");
        return Compile(syntax, ExpressionPrinter.Print(syntax), schema);
    }

    private static CompiledExpression Compile(ExpressionSyntax syntax, string canonical, TableSchema schema)
    {
        var binder = new ExpressionBinder(schema);
        var root = binder.Bind(syntax);
        return new CompiledExpression(root, canonical, [.. binder._references], binder._isDeterministic);
    }

    /// <summary>Compiles a condition: an expression that is true, false or NULL.</summary>
    /// <exception cref="HeliosException">Invalid, <c>invalid_expression</c>: as for <see cref="Compile"/>, or it is no condition.</exception>
    public static CompiledExpression CompileCondition(string text, TableSchema schema)
    {
        var compiled = Compile(text, schema);
        return compiled.ResultType is ExpressionType.Boolean or ExpressionType.Null
            ? compiled
            : throw ExpressionErrors.At(0, $"a condition is needed, and this gives {compiled.ResultType}");
    }

    /// <summary>Compiles what a column is given: its default, or its new value.</summary>
    /// <exception cref="HeliosException">Invalid, <c>invalid_expression</c>: as for <see cref="Compile"/>, or no value of it is one of the column's.</exception>
    public static CompiledExpression CompileValue(string text, TableSchema schema, Column target)
    {
        var compiled = Compile(text, schema);
        return compiled.CanWrite(target)
            ? compiled
            : throw ExpressionErrors.At(0, $"column {target.Name} takes {ExpressionAssignment.Describe(target)}, and this gives {compiled.ResultType}");
    }

    private ExpressionNode Bind(ExpressionSyntax syntax) => syntax switch
    {
        LiteralSyntax literal => BindLiteral(literal),
        NameSyntax name => BindName(name),
        UnarySyntax unary => BindUnary(unary),
        BinarySyntax binary => BindBinary(binary),
        ChainSyntax chain => BindChain(chain),
        BetweenSyntax between => BindBetween(between),
        InSyntax inside => BindIn(inside),
        LikeSyntax like => BindLike(like),
        CaseSyntax choice => BindCase(choice),
        CallSyntax call => BindCall(call),
        _ => throw new HeliosException(HeliosErrorKind.Internal, "internal", $"{syntax.GetType().Name} cannot be bound."),
    };

    private ExpressionNode[] Bind(SyntaxList items)
    {
        var bound = new ExpressionNode[items.Count];
        for (var i = 0; i < bound.Length; i++)
            bound[i] = Bind(items[i]);
        return bound;
    }

    private static LiteralNode BindLiteral(LiteralSyntax literal)
    {
        var (text, at) = (literal.Text, literal.Position);
        switch (literal.Type)
        {
            case ExpressionType.Null: return LiteralNode.Null(at);
            case ExpressionType.Boolean: return new LiteralNode(text == "TRUE" ? 1 : 0, literal.Type, at);
            case ExpressionType.Integer: return new LiteralNode(long.Parse(text, CultureInfo.InvariantCulture), literal.Type, at);
            case ExpressionType.Float: return new LiteralNode(double.Parse(text, CultureInfo.InvariantCulture), at);
            case ExpressionType.Numeric:
                Numeric38.TryParse(Encoding.ASCII.GetBytes(text), out var numeric);
                return new LiteralNode(numeric, at);
            case ExpressionType.Text: return new LiteralNode(Encoding.UTF8.GetBytes(text), literal.Type, at);
            case ExpressionType.Bytea: return new LiteralNode(Convert.FromHexString(text), literal.Type, at);
            case ExpressionType.Uuid: return new LiteralNode(Guid.Parse(text).ToByteArray(bigEndian: true), literal.Type, at);
            case ExpressionType.Interval: return new LiteralNode(TimeSpan.ParseExact(text, "c", CultureInfo.InvariantCulture).Ticks, literal.Type, at);
            default: return new LiteralNode(ExpressionLiterals.TryTicks(literal.Type, text).GetValueOrDefault(), literal.Type, at);
        }
    }

    private ColumnNode BindName(NameSyntax name)
    {
        var ordinal = _schema.OrdinalOf(name.Name);
        if (ordinal < 0)
            throw ExpressionErrors.At(name.Position, $"there is no column {ExpressionErrors.Excerpt(name.Name)}");
        _references.Add(ordinal);
        return new ColumnNode(_schema.Columns[ordinal], ordinal, name.Position);
    }

    private ExpressionNode BindUnary(UnarySyntax unary)
    {
        switch (unary.Operator)
        {
            case UnaryOperator.Not:
                return new NotNode(BindBoolean(unary.Operand, "NOT"), unary.Position);
            case UnaryOperator.Negate:
                var operand = Bind(unary.Operand);
                if (!operand.Type.IsNumber() && operand.Type is not (ExpressionType.Interval or ExpressionType.Null))
                    throw Mismatch(unary.Position, "-", "a number or an Interval", operand.Type);
                return new NegateNode(operand, unary.Position);
            default:
                return new NullTestNode(Bind(unary.Operand), unary.Operator == UnaryOperator.IsNotNull, unary.Position);
        }
    }

    private ExpressionNode BindChain(ChainSyntax chain)
    {
        if (chain.Operator == ChainOperator.Concatenate)
            return BindConcatenation(chain);
        var isOr = chain.Operator == ChainOperator.Or;
        var items = new ExpressionNode[chain.Items.Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = BindBoolean(chain.Items[i], isOr ? "OR" : "AND");
        return new JunctionNode(items, isOr, chain.Position);
    }

    private ConcatenateNode BindConcatenation(ChainSyntax chain)
    {
        var items = Bind(chain.Items);
        var isBytes = items.Any(i => i.Type == ExpressionType.Bytea);
        for (var i = 0; i < items.Length; i++)
        {
            var type = items[i].Type;
            if (type != ExpressionType.Null && (isBytes ? type != ExpressionType.Bytea : !type.IsText()))
                throw Mismatch(items[i].Position, "||", isBytes ? "Bytea with Bytea" : "Text", type);
            if (type == ExpressionType.Char)
                items[i] = ExpressionConversion.To(ExpressionType.Text, items[i]);
        }

        return new ConcatenateNode(items, isBytes ? ExpressionType.Bytea : ExpressionType.Text, chain.Position);
    }

    private CaseNode BindCase(CaseSyntax choice)
    {
        var conditions = new ExpressionNode[choice.Conditions.Count];
        for (var i = 0; i < conditions.Length; i++)
            conditions[i] = BindBoolean(choice.Conditions[i], "WHEN");
        ExpressionNode[] results = [.. Bind(choice.Results), .. choice.Otherwise is null ? [] : new[] { Bind(choice.Otherwise) }];
        var type = Unify(results, "CASE", isCompared: false);
        return new CaseNode(conditions, results[..conditions.Length], choice.Otherwise is null ? null : results[^1], type, choice.Position);
    }

    private ExpressionNode BindBoolean(ExpressionSyntax syntax, string owner)
    {
        var node = Bind(syntax);
        return node.Type is ExpressionType.Boolean or ExpressionType.Null ? node : throw Mismatch(syntax.Position, owner, "a Boolean", node.Type);
    }

    private static HeliosException Mismatch(int position, string owner, string expected, ExpressionType found) =>
        ExpressionErrors.At(position, $"{owner} takes {expected}, found {found}");
}
