using System.Linq.Expressions;
using Helios.Pipeline.Storage;
using ExpressionType = Helios.Pipeline.Storage.ExpressionType;

namespace Helios.Pipeline.Ingestion;

/// <summary>Translates lambdas over typed rows to conditions that the engine evaluates over encoded ones.</summary>
/// <remarks>
/// The translation means what C# means, with these exceptions, each of which follows the engine:
/// <list type="bullet">
/// <item>NaN equals itself and is greater than every other number; −0.0 equals 0.0.</item>
/// <item>Integers are computed in 64 bits, and a result outside them fails. One that leaves an int or a uint neither wraps around nor fails.</item>
/// <item>decimal is exact to 38 digits, where C# rounds to 28.</item>
/// <item>A double divided by zero, or one that becomes infinite, fails.</item>
/// <item><c>.Value</c>, a method or an <c>Equals</c> of a null does not throw: the comparison that it stands in is one with null, and a condition is false.</item>
/// <item>StartsWith and EndsWith without a StringComparison are ordinal.</item>
/// <item>Columns of type Char compare without trailing blanks.</item>
/// <item>A DateTime of kind Local is converted to UTC beside a Timestamptz; C# would compare the ticks of both.</item>
/// </list>
/// What does not depend on the row is computed once, by the translation: at most once, for what a constant already decides is not looked at.
/// </remarks>
internal static class LambdaCondition
{
    /// <summary>Translates a lambda. A row is in the answer where the result is TRUE; it may be NULL where C# says false.</summary>
    /// <exception cref="NotSupportedException">A part of it cannot be translated; says which, and what to do instead. Nothing is ever evaluated elsewhere.</exception>
    /// <remarks>What computing a value throws, it throws here.</remarks>
    public static ExpressionSyntax Translate<T>(Expression<Func<T, bool>> lambda, RowShape<T> shape)
    {
        ArgumentNullException.ThrowIfNull(lambda);
        var constants = new LambdaConstants(lambda);
        return new LambdaTranslator(constants, new LambdaColumns(lambda.Parameters[0], shape.Columns)).Condition(lambda.Body).Syntax;
    }
}
