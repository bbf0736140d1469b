namespace Helios.Pipeline.Storage;

/// <summary>Calls.</summary>
internal sealed partial class ExpressionBinder
{
    /// <summary>Makes the node of a call whose number of arguments is right.</summary>
    private delegate ExpressionNode BindFunction(ExpressionBinder binder, CallSyntax call, ExpressionNode[] arguments);

    private sealed record Function(int Least, int Most, BindFunction Bind);

    private static readonly Dictionary<string, Function> s_functions = new(StringComparer.Ordinal)
    {
        ["length"] = new(1, 1, static (_, call, a) => OfText(call, a, ScalarFunctions.Length, ExpressionType.Integer)),
        ["lower"] = new(1, 1, static (_, call, a) => OfText(call, a, ScalarFunctions.Lower, ExpressionType.Text)),
        ["upper"] = new(1, 1, static (_, call, a) => OfText(call, a, ScalarFunctions.Upper, ExpressionType.Text)),
        ["trim"] = new(1, 1, static (_, call, a) => OfText(call, a, ScalarFunctions.Trim, ExpressionType.Text)),
        ["octet_length"] = new(1, 1, static (_, call, a) => OctetLength(call, a)),
        ["substring"] = new(2, 3, static (_, call, a) => new SubstringNode(AsText(a[0], call.Function), AsInteger(a[1], call.Function), a.Length == 2 ? null : AsInteger(a[2], call.Function), call.Position)),
        ["starts_with"] = new(2, 2, static (_, call, a) => OfTexts(call, a, ScalarFunctions.StartsWith)),
        ["ends_with"] = new(2, 2, static (_, call, a) => OfTexts(call, a, ScalarFunctions.EndsWith)),
        ["abs"] = new(1, 1, static (_, call, a) => OfNumber(call, a, ScalarFunctions.Abs)),
        ["floor"] = new(1, 1, static (_, call, a) => OfNumber(call, a, ScalarFunctions.Floor)),
        ["ceil"] = new(1, 1, static (_, call, a) => OfNumber(call, a, ScalarFunctions.Ceil)),
        ["round"] = new(1, 2, static (_, call, a) => Round(call, a)),
        ["coalesce"] = new(1, int.MaxValue, static (_, call, a) => Choice(call, a)),
        ["nullif"] = new(2, 2, static (_, call, a) => NullIf(call, a)),
        ["greatest"] = new(1, int.MaxValue, static (_, call, a) => Extreme(call, a, isGreatest: true)),
        ["least"] = new(1, int.MaxValue, static (_, call, a) => Extreme(call, a, isGreatest: false)),
        ["array_length"] = new(1, 1, static (_, call, a) => Counted(call, a, ExpressionType.Array, ScalarFunctions.ArrayLength)),
        ["cardinality"] = new(1, 1, static (_, call, a) => Counted(call, a, ExpressionType.Array, ScalarFunctions.ArrayLength)),
        ["dimensions"] = new(1, 1, static (_, call, a) => Counted(call, a, ExpressionType.Vector, ScalarFunctions.Dimensions)),
        ["now"] = new(0, 0, static (binder, call, _) => binder.FromContext(call, ExpressionType.Timestamptz)),
        ["today"] = new(0, 0, static (binder, call, _) => binder.FromContext(call, ExpressionType.Date)),
        ["uuid"] = new(0, 0, static (binder, call, _) => binder.FromContext(call, ExpressionType.Uuid)),
    };

    /// <summary>The functions there are.</summary>
    public static IReadOnlyCollection<string> FunctionNames => s_functions.Keys;

    private ExpressionNode BindCall(CallSyntax call)
    {
        if (!s_functions.TryGetValue(call.Function, out var function))
            throw ExpressionErrors.At(call.Position, $"there is no function {ExpressionErrors.Excerpt(call.Function)}");
        if (call.Arguments.Count < function.Least || call.Arguments.Count > function.Most)
            throw ExpressionErrors.At(call.Position, $"{call.Function} takes {DescribeCount(function)}, found {call.Arguments.Count}");
        return function.Bind(this, call, Bind(call.Arguments));
    }

    private static string DescribeCount(Function function) => (function.Least, function.Most) switch
    {
        (0, 0) => "no argument",
        (1, 1) => "1 argument",
        (var least, int.MaxValue) => $"{least} argument or more",
        (var least, var most) when least == most => $"{least} arguments",
        (var least, var most) => $"{least} or {most} arguments",
    };

    private static UnaryFunctionNode OfText(CallSyntax call, ExpressionNode[] arguments, UnaryFunction function, ExpressionType result) =>
        new(function, AsText(arguments[0], call.Function), result, call.Position);

    private static BinaryFunctionNode OfTexts(CallSyntax call, ExpressionNode[] arguments, BinaryFunction function) =>
        new(function, AsText(arguments[0], call.Function), AsText(arguments[1], call.Function), ExpressionType.Boolean, call.Position);

    private static UnaryFunctionNode OctetLength(CallSyntax call, ExpressionNode[] arguments) =>
        new(ScalarFunctions.OctetLength, arguments[0].Type == ExpressionType.Bytea ? arguments[0] : AsText(arguments[0], call.Function), ExpressionType.Integer, call.Position);

    private static UnaryFunctionNode OfNumber(CallSyntax call, ExpressionNode[] arguments, UnaryFunction function) =>
        IsNumberOrNull(arguments[0].Type)
            ? new(function, arguments[0], arguments[0].Type, call.Position)
            : throw Mismatch(arguments[0].Position, call.Function, "a number", arguments[0].Type);

    private static ExpressionNode Round(CallSyntax call, ExpressionNode[] arguments)
    {
        if (arguments.Length == 1)
            return OfNumber(call, arguments, ScalarFunctions.Round);
        if (arguments[0].Type is not (ExpressionType.Integer or ExpressionType.Numeric or ExpressionType.Null))
            throw Mismatch(arguments[0].Position, "round with digits", "Numeric", arguments[0].Type); // a Float has no decimal digits to round to
        return new BinaryFunctionNode(ScalarFunctions.RoundTo, ExpressionConversion.To(ExpressionType.Numeric, arguments[0]), AsInteger(arguments[1], call.Function), ExpressionType.Numeric, call.Position);
    }

    private static CoalesceNode Choice(CallSyntax call, ExpressionNode[] arguments) =>
        new(arguments, Unify(arguments, call.Function, isCompared: false), call.Position);

    private static NullIfNode NullIf(CallSyntax call, ExpressionNode[] arguments)
    {
        ExpressionNode[] sides = [.. arguments];
        var type = Unify(sides, call.Function, isCompared: true);
        return new NullIfNode(arguments[0], sides[0], sides[1], type, call.Position);
    }

    private static ExtremeNode Extreme(CallSyntax call, ExpressionNode[] arguments, bool isGreatest)
    {
        foreach (var argument in arguments)
            if (!argument.Type.IsComparable())
                throw ExpressionErrors.At(argument.Position, $"{call.Function} does not take {argument.Type}");
        return new ExtremeNode(arguments, isGreatest, Unify(arguments, call.Function, isCompared: false), call.Position);
    }

    private static UnaryFunctionNode Counted(CallSyntax call, ExpressionNode[] arguments, ExpressionType type, UnaryFunction function) =>
        arguments[0].Type == type || arguments[0].Type == ExpressionType.Null
            ? new(function, arguments[0], ExpressionType.Integer, call.Position)
            : throw Mismatch(arguments[0].Position, call.Function, type.ToString(), arguments[0].Type);

    private static ExpressionNode AsInteger(ExpressionNode node, string owner) =>
        node.Type is ExpressionType.Integer or ExpressionType.Null ? node : throw Mismatch(node.Position, owner, "an Integer", node.Type);

    private ContextNode FromContext(CallSyntax call, ExpressionType type)
    {
        _isDeterministic = false;
        return new ContextNode(type, call.Position);
    }
}
