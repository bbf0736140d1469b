using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Finds what a condition demands of single columns: the parts of an AND that compare a column with a literal.</summary>
/// <remarks>Constants must be folded before. What it does not understand it leaves out: the bounds are wider then, never wrong.</remarks>
internal sealed class BoundsReader
{
    private readonly TableSchema _schema;
    private readonly Dictionary<int, ColumnBounds> _bounds = [];

    private BoundsReader(TableSchema schema)
    {
        _schema = schema;
    }

    /// <summary>The bounds of each column that has any, by its ordinal.</summary>
    public static IReadOnlyDictionary<int, ColumnBounds> Read(ExpressionSyntax condition, TableSchema schema)
    {
        var reader = new BoundsReader(schema);
        reader.ReadPart(condition);
        return reader._bounds;
    }

    private void ReadPart(ExpressionSyntax part)
    {
        switch (part)
        {
            case ChainSyntax { Operator: ChainOperator.And } chain:
                foreach (var item in chain.Items)
                    ReadPart(item);
                break;
            case NameSyntax name:
                Add(name, BinaryOperator.Equal, new LiteralSyntax(ExpressionType.Boolean, "TRUE", name.Position));
                break;
            case UnarySyntax { Operator: UnaryOperator.IsNotNull, Operand: NameSyntax name }:
                AddNotNull(name);
                break;
            case UnarySyntax { Operator: UnaryOperator.Not, Operand: NameSyntax name }:
                Add(name, BinaryOperator.Equal, new LiteralSyntax(ExpressionType.Boolean, "FALSE", name.Position));
                break;
            case BinarySyntax { Left: NameSyntax name, Right: LiteralSyntax literal } binary:
                Add(name, binary.Operator, literal);
                break;
            case BinarySyntax { Left: LiteralSyntax literal, Right: NameSyntax name } binary:
                Add(name, Mirrored(binary.Operator), literal);
                break;
            case BetweenSyntax { IsNegated: false, Operand: NameSyntax name, Low: LiteralSyntax low, High: LiteralSyntax high }:
                AddBetween(name, low, high);
                break;
            case InSyntax { IsNegated: false, Operand: NameSyntax name } inside:
                AddIn(name, inside.Items);
                break;
            case LikeSyntax { IsNegated: false, Operand: NameSyntax name, Pattern: LiteralSyntax { Type: ExpressionType.Text } pattern } like:
                AddPrefix(name, LikePrefix(pattern.Text, like.Escape));
                break;
            case CallSyntax { Function: "starts_with", Arguments: { Count: 2 } arguments } when arguments[0] is NameSyntax name && arguments[1] is LiteralSyntax { Type: ExpressionType.Text } prefix:
                AddPrefix(name, prefix.Text);
                break;
            default:
                break;
        }
    }

    private static BinaryOperator Mirrored(BinaryOperator operation) => operation switch
    {
        BinaryOperator.Less => BinaryOperator.Greater,
        BinaryOperator.LessOrEqual => BinaryOperator.GreaterOrEqual,
        BinaryOperator.Greater => BinaryOperator.Less,
        BinaryOperator.GreaterOrEqual => BinaryOperator.LessOrEqual,
        _ => operation,
    };

    private void Add(NameSyntax name, BinaryOperator operation, LiteralSyntax literal)
    {
        var ordinal = _schema.OrdinalOf(name.Name);
        if (ordinal >= 0 && LiteralBounds.Of(_schema.Columns[ordinal], operation, literal, _schema) is { } bounds)
            Add(ordinal, bounds);
    }

    private void AddNotNull(NameSyntax name)
    {
        if (_schema.OrdinalOf(name.Name) is >= 0 and var ordinal)
            Add(ordinal, ColumnBounds.Range([OrderedEncoding.ValueTag], null));
    }

    private void AddBetween(NameSyntax name, LiteralSyntax low, LiteralSyntax high)
    {
        var ordinal = _schema.OrdinalOf(name.Name);
        var areFloats = low.Type == ExpressionType.Float || high.Type == ExpressionType.Float;
        if (ordinal >= 0 && (!areFloats || IsSameAsFloat(ordinal, low)))
            Add(name, BinaryOperator.GreaterOrEqual, low);
        if (ordinal >= 0 && (!areFloats || IsSameAsFloat(ordinal, high)))
            Add(name, BinaryOperator.LessOrEqual, high);
    }

    private void AddIn(NameSyntax name, SyntaxList items)
    {
        var ordinal = _schema.OrdinalOf(name.Name);
        if (ordinal < 0)
            return;
        var areFloats = false;
        foreach (var item in items)
            areFloats |= item is LiteralSyntax { Type: ExpressionType.Float };
        var points = new SortedSet<byte[]>(Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        foreach (var item in items)
        {
            if (item is not LiteralSyntax literal || (areFloats && !IsSameAsFloat(ordinal, literal)) || LiteralBounds.Of(_schema.Columns[ordinal], BinaryOperator.Equal, literal, _schema) is not { Points: { } found })
                return; // one that is not understood may be any value: nothing is known then
            points.UnionWith(found);
        }

        Add(ordinal, new ColumnBounds([.. points], null, null));
    }

    /// <summary>Does the literal mean the same to a column that is compared with it as a Float, because another one beside it is a Float?</summary>
    /// <remarks>Both sides are rounded then: beyond 2^53 and behind the point several values become one.</remarks>
    private bool IsSameAsFloat(int ordinal, LiteralSyntax literal) => literal.Type is ExpressionType.Float or ExpressionType.Null || ExpressionTypes.Of(_schema.Columns[ordinal].Type) switch
    {
        ExpressionType.Integer => literal.Type == ExpressionType.Integer && Int128.Abs(long.Parse(literal.Text, CultureInfo.InvariantCulture)) < LiteralBounds.ExactIntegers,
        var type => type == ExpressionType.Float,
    };

    private void AddPrefix(NameSyntax name, string prefix)
    {
        var ordinal = _schema.OrdinalOf(name.Name);
        if (ordinal < 0 || prefix.Length == 0 || _schema.Columns[ordinal].Type is not (ColumnType.Varchar or ColumnType.Text))
            return; // the trailing blanks of a Char are not in its keys
        using var key = new ByteBuffer();
        key.Append(OrderedEncoding.ValueTag);
        OrderedEncoding.AppendBytes(key, Encoding.UTF8.GetBytes(prefix));
        var begins = key.Written[..^2].ToArray(); // without its end
        Add(ordinal, ColumnBounds.Range(begins, begins));
    }

    private void Add(int ordinal, ColumnBounds bounds) =>
        _bounds[ordinal] = _bounds.TryGetValue(ordinal, out var known) ? known.And(bounds) : bounds;

    /// <summary>What every text that the pattern takes begins with.</summary>
    private static string LikePrefix(string pattern, string? escape)
    {
        var end = pattern.AsSpan().IndexOfAny('%', '_');
        if (escape is not null && pattern.IndexOf(escape, StringComparison.Ordinal) is >= 0 and var at && (end < 0 || at < end))
            end = at;
        return end < 0 ? pattern : pattern[..end];
    }
}
