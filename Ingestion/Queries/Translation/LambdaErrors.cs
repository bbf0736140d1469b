using System.Linq.Expressions;
using System.Text.RegularExpressions;

namespace Helios.Pipeline.Ingestion;

/// <summary>What cannot be translated, and what to do instead.</summary>
internal static partial class LambdaErrors
{
    public const string ReadAndFilter = "read the rows and filter them with LINQ after AsEnumerable";

    /// <param name="part">The part of the lambda.</param>
    /// <param name="why">Why, without a full stop.</param>
    /// <param name="instead">What else would do, in words that go on from "or"; null where there is nothing.</param>
    public static NotSupportedException Refused(Expression part, string why, string? instead = null) =>
        new($"'{Closure().Replace(part.ToString(), "")}' cannot be part of a condition that the engine evaluates: {why}. Instead, {(instead is null ? "" : instead + ", or ")}{ReadAndFilter}.");

    // A captured variable is a field of a class that the compiler named: the reader knows the variable.
    [GeneratedRegex(@"value\([^()]*DisplayClass[^()]*\)\.")]
    private static partial Regex Closure();
}
