using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>Says of a block of rows, from its summary alone, whether a condition can hold for one of them. Immutable; any number of threads may ask it.</summary>
/// <remarks>
/// "No" is never wrong for the rows that the summary covers; "perhaps" may be. The condition itself is for the caller to evaluate, over every row that
/// is left. A row that is left out is not evaluated, so nothing in it can fail: where <c>qty = 5 AND 1 / n > 0</c> cannot be TRUE because of the first
/// part, the second is nobody's concern. Asking allocates nothing.
/// </remarks>
internal sealed class BlockJudge
{
    private readonly JudgeNode _root;

    private BlockJudge(JudgeNode root, JudgeBuilder builder)
    {
        _root = root;
        ZoneColumns = [.. builder.ZoneColumns];
        BloomColumns = [.. builder.BloomColumns];
    }

    /// <summary>Ordinals of the columns whose bounds it looks at, ascending.</summary>
    public ImmutableArray<int> ZoneColumns { get; }

    /// <summary>Ordinals of the columns whose bloom filters it looks at, where they have some, ascending.</summary>
    public ImmutableArray<int> BloomColumns { get; }

    /// <summary>The columns of which a bloom filter alone could keep blocks from being read, whether or not they have one. Computed when it is asked for.</summary>
    public IEnumerable<BloomProbe> Probes => _root.ProbesOfTrue.Distinct();

    /// <summary>Can it say "no" of a block that has rows? Where it cannot, asking it is a waste.</summary>
    public bool IsUseful => _root.CanMissTrue;

    /// <summary>Makes the judge of a condition.</summary>
    /// <param name="condition">Bound to the schema of the <see cref="TableZones"/> that will be asked about, or to a later one with the same columns first.</param>
    /// <param name="context">The one with which the rows will be evaluated: makes now() and today() constants. Without it they may be anything.</param>
    public static BlockJudge Of(CompiledExpression condition, EvaluationContext? context = null)
    {
        if (condition.ResultType is not (ExpressionType.Boolean or ExpressionType.Null))
            throw new InvalidOperationException($"An expression that gives {condition.ResultType} is no condition.");
        var builder = new JudgeBuilder(context);
        return new BlockJudge(builder.Build(condition.Root), builder);
    }

    /// <summary>Can the condition be TRUE for a row of the block?</summary>
    public bool MayHold(scoped in BlockView block) => (_root.Judge(block) & Outcomes.True) != 0;

    /// <summary>Is the condition TRUE for every row of the block, without a failure? False where the block has no row.</summary>
    public bool HoldsForAll(scoped in BlockView block) => _root.Judge(block) == Outcomes.True;

    /// <summary>All that the condition may give over the block.</summary>
    public Outcomes Judge(scoped in BlockView block) => _root.Judge(block);
}
