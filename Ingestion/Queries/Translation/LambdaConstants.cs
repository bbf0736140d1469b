using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Ingestion;

/// <summary>Tells the parts of a lambda that depend on the row from those that are values, and computes these.</summary>
internal sealed class LambdaConstants : ExpressionVisitor
{
    private readonly ParameterExpression _row;
    private readonly HashSet<Expression> _dependent = [];
    private bool _sawRow;

    public LambdaConstants(LambdaExpression lambda)
    {
        _row = lambda.Parameters[0];
        Visit(lambda.Body);
    }

    /// <summary>Does a part depend on the row?</summary>
    public bool IsOfRow(Expression part) => _dependent.Contains(part);

    /// <summary>The value of a part that does not depend on the row. Whoever asks twice computes twice.</summary>
    public static object? Evaluate(Expression part) => part switch
    {
        ConstantExpression constant => constant.Value,
        // Captured variables and static members, nearly always: compiling would cost a thousand times as much.
        MemberExpression { Expression: null, Member: FieldInfo field } => field.GetValue(null),
        MemberExpression { Expression: { } owner, Member: FieldInfo field } when Evaluate(owner) is { } instance => field.GetValue(instance),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(part, typeof(object))).Compile(preferInterpretation: true)(),
    };

    public override Expression? Visit(Expression? node)
    {
        if (node is null)
            return null;
        RuntimeHelpers.EnsureSufficientExecutionStack(); // a tree that a program built may be as deep as it likes
        var before = _sawRow;
        _sawRow = false;
        base.Visit(node);
        if (_sawRow)
            _dependent.Add(node);
        _sawRow |= before;
        return node;
    }

    protected override Expression VisitParameter(ParameterExpression node)
    {
        _sawRow |= node == _row;
        return node;
    }
}
