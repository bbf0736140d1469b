using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>How a query is carried out. Immutable.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="Path">Where rows are looked for.</param>
/// <param name="Condition">Decides over every row that is found there; null takes all.</param>
/// <param name="Syntax">The same with its constants computed; null takes all.</param>
/// <param name="Context">The moment of now(), the same in all rows.</param>
/// <param name="SortsInMemory">Are the rows sorted after they were found? Else the path has them in the order asked for.</param>
/// <param name="Notes">What a reader of the plan should know: why a better way was not taken.</param>
internal sealed record QueryPlan(QueryRequest Request, AccessPath Path, CompiledExpression? Condition, ExpressionSyntax? Syntax, EvaluationContext Context, bool SortsInMemory, ImmutableArray<string> Notes);
