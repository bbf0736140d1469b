using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Makes C# mean what <see cref="LambdaCondition"/> says that a condition means: arithmetic is checked, and doubles have the order of the engine. What does not depend on the row is C# alone.</summary>
internal sealed class EngineMeaning(LambdaExpression lambda) : ExpressionVisitor
{
    private readonly LambdaConstants _constants = new(lambda);

    [return: NotNullIfNotNull(nameof(node))]
    public override Expression? Visit(Expression? node) => node is LambdaExpression || (node is not null && _constants.IsOfRow(node)) ? base.Visit(node) : node;

    protected override Expression VisitBinary(BinaryExpression node)
    {
        var (left, right) = (Visit(node.Left), Visit(node.Right));
        if ((Nullable.GetUnderlyingType(left.Type) ?? left.Type) != typeof(double))
        {
            return node.NodeType switch
            {
                ExpressionType.Add when node.Method is null => Expression.AddChecked(left, right),
                ExpressionType.Subtract when node.Method is null => Expression.SubtractChecked(left, right),
                ExpressionType.Multiply when node.Method is null => Expression.MultiplyChecked(left, right),
                _ => node.Update(left, node.Conversion, right),
            };
        }

        if (node.NodeType == ExpressionType.Coalesce)
            return node.Update(left, node.Conversion, right);
        var (a, b) = (Expression.Convert(left, typeof(double?)), Expression.Convert(right, typeof(double?)));
        return node.Type == typeof(bool)
            ? Expression.Call(((Func<ExpressionType, double?, double?, bool>)Holds).Method, Expression.Constant(node.NodeType), a, b)
            : Expression.Convert(Expression.Call(((Func<ExpressionType, double?, double?, double?>)Compute).Method, Expression.Constant(node.NodeType), a, b), node.Type);
    }

    protected override Expression VisitUnary(UnaryExpression node) =>
        node.NodeType == ExpressionType.Negate ? Expression.NegateChecked(Visit(node.Operand)) : base.VisitUnary(node);

    private static bool Holds(ExpressionType operation, double? left, double? right)
    {
        if (operation is ExpressionType.Equal or ExpressionType.NotEqual)
            return (left is { } x && right is { } y ? Order(x, y) == 0 : left is null && right is null) == (operation == ExpressionType.Equal);
        if (left is not { } a || right is not { } b)
            return false;
        return operation switch
        {
            ExpressionType.LessThan => Order(a, b) < 0,
            ExpressionType.LessThanOrEqual => Order(a, b) <= 0,
            ExpressionType.GreaterThan => Order(a, b) > 0,
            _ => Order(a, b) >= 0,
        };
    }

    private static int Order(double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? double.IsNaN(a).CompareTo(double.IsNaN(b)) : a.CompareTo(b);

    private static double? Compute(ExpressionType operation, double? left, double? right)
    {
        if (left is not { } a || right is not { } b)
            return null;
        if (b == 0 && operation is ExpressionType.Divide or ExpressionType.Modulo)
            return b == 0 ? throw new DivideByZeroException() : a % b;
        var result = operation switch
        {
            ExpressionType.Add => a + b,
            ExpressionType.Subtract => a - b,
            ExpressionType.Multiply => a * b,
            ExpressionType.Divide => a / b,
            _ => a % b,
        };
        return double.IsInfinity(result) && double.IsFinite(a) && double.IsFinite(b) ? throw new OverflowException() : result;
    }
}
