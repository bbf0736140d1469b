namespace Helios.Pipeline.Storage;

/// <summary>Texts and bytes.</summary>
internal sealed partial class BatchPlanner
{
    private BatchItem? PlanTextCompare(CompareNode compare)
    {
        var isTurned = compare.Left is LiteralNode;
        var (side, other) = isTurned ? (compare.Right, compare.Left) : (compare.Left, compare.Right);
        if (!TryText(side, compare.Operands, out var slot, out var form) || TextOf(other, form) is not { } text)
            return null;
        return (isTurned ? ConstantRange.Turn(compare.Operation) : compare.Operation) switch
        {
            BinaryOperator.Equal => Text(slot, form, new EqualTest(text), isNegated: false),
            BinaryOperator.NotEqual => Text(slot, form, new EqualTest(text), isNegated: true),
            BinaryOperator.Less => Text(slot, form, new TextRangeTest(null, false, text, false), isNegated: false),
            BinaryOperator.LessOrEqual => Text(slot, form, new TextRangeTest(null, false, text, true), isNegated: false),
            BinaryOperator.Greater => Text(slot, form, new TextRangeTest(text, false, null, false), isNegated: false),
            _ => Text(slot, form, new TextRangeTest(text, true, null, false), isNegated: false),
        };
    }

    private BatchItem? PlanTextBetween(BetweenNode between) =>
        TryText(between.Operand, between.Operands, out var slot, out var form) && TextOf(between.Low, form) is { } low && TextOf(between.High, form) is { } high
            ? Text(slot, form, new TextRangeTest(low, true, high, true), between.IsNegated)
            : null;

    private BatchItem? PlanTextIn(InNode inside)
    {
        if (!TryText(inside.Operand, inside.Operands, out var slot, out var form))
            return null;
        var texts = new List<byte[]>();
        var hasNull = false;
        foreach (var item in inside.Items)
        {
            if (item is LiteralNode { Type: ExpressionType.Null })
                hasNull = true;
            else if (TextOf(item, form) is { } text)
                texts.Add(text);
            else
                return null;
        }

        texts.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        return new TextItem<TextMemberTest>(slot, form, new TextMemberTest([.. texts]), inside.IsNegated, hasNull);
    }

    private BatchItem? PlanLike(LikeNode like)
    {
        if (!TryText(like.Operand, ExpressionType.Text, out var slot, out var form) || TextOf(like.Pattern, TextForm.Text) is not { } pattern)
            return null;
        var escape = like.Escape.ToArray();
        var isPlain = escape.Length == 0 || pattern.AsSpan().IndexOf(escape) < 0;
        var (isFront, isBack) = (pattern is [(byte)'%', ..], pattern is [.., (byte)'%']);
        var words = pattern.AsSpan().Trim((byte)'%').ToArray();
        if (!isPlain || words.AsSpan().ContainsAny((byte)'%', (byte)'_'))
            return Text(slot, form, new PatternTest(pattern, escape), like.IsNegated);
        // UTF-8: whole characters are found where their bytes are found, and nowhere else.
        return (isFront, isBack) switch
        {
            (true, true) => Text(slot, form, new ContainsTest(words), like.IsNegated),
            (true, false) => Text(slot, form, new SuffixTest(words), like.IsNegated),
            (false, true) => Text(slot, form, new PrefixTest(words), like.IsNegated),
            _ => Text(slot, form, new EqualTest(words), like.IsNegated),
        };
    }

    private BatchItem? PlanCall(BinaryFunctionNode call)
    {
        if (!TryText(call.First, ExpressionType.Text, out var slot, out var form) || TextOf(call.Second, TextForm.Text) is not { } part)
            return null;
        if (call.Function == ScalarFunctions.StartsWith)
            return Text(slot, form, new PrefixTest(part), isNegated: false);
        return call.Function == ScalarFunctions.EndsWith ? Text(slot, form, new SuffixTest(part), isNegated: false) : null;
    }

    private static TextItem<T> Text<T>(int slot, TextForm form, T test, bool isNegated)
        where T : struct, ITextTest => new(slot, form, test, isNegated, hasNull: false);

    private bool TryText(ExpressionNode side, ExpressionType operands, out int slot, out TextForm form)
    {
        (slot, form) = (-1, default);
        if (operands is not (ExpressionType.Text or ExpressionType.Char or ExpressionType.Bytea or ExpressionType.Uuid))
            return false;
        form = operands switch { ExpressionType.Text => TextForm.Text, ExpressionType.Char => TextForm.Trimmed, _ => TextForm.Bytes };
        if (side is ConvertNode { Operand: ColumnNode { Type: ExpressionType.Char } inner, Type: ExpressionType.Text })
            (side, form) = (inner, TextForm.Trimmed);
        if (side is not ColumnNode column)
            return false;
        slot = offsets.SlotOf(column.Ordinal);
        return true;
    }

    /// <summary>A literal's bytes as they are compared; null where it is none.</summary>
    private static byte[]? TextOf(ExpressionNode node, TextForm form)
    {
        if (node is not LiteralNode { Type: not ExpressionType.Null })
            return null;
        var bytes = node.Evaluate(default).Bytes;
        return (form == TextForm.Trimmed ? bytes.TrimEnd((byte)' ') : bytes).ToArray();
    }
}
