namespace Helios.Pipeline.Storage;

/// <summary>A part of a condition, asked what it may give over a block. Immutable; any number of threads may ask it. Allocates nothing.</summary>
/// <param name="canMissTrue">Is there a block with rows of which it says that it is never TRUE?</param>
/// <param name="canMissFalse">Never FALSE?</param>
internal abstract class JudgeNode(bool canMissTrue, bool canMissFalse)
{
    public bool CanMissTrue { get; } = canMissTrue;

    public bool CanMissFalse { get; } = canMissFalse;

    public abstract Outcomes Judge(scoped in BlockView block);

    /// <summary>The columns whose bloom filters, saying no, leave no row of any block for which it is TRUE.</summary>
    public virtual IEnumerable<BloomProbe> ProbesOfTrue => [];

    /// <summary>The same for FALSE.</summary>
    public virtual IEnumerable<BloomProbe> ProbesOfFalse => [];
}

/// <summary>The same over every block.</summary>
internal sealed class FixedJudge(Outcomes outcomes) : JudgeNode((outcomes & Outcomes.True) == 0, (outcomes & Outcomes.False) == 0)
{
    /// <summary>Nothing can be said.</summary>
    public static readonly FixedJudge Unknown = new(Outcomes.Any);

    public override Outcomes Judge(scoped in BlockView block) => outcomes;
}

/// <summary>A column beside a constant.</summary>
/// <param name="column">Its ordinal.</param>
/// <param name="range">Where the constant stands.</param>
/// <param name="less">Of a row whose value is less.</param>
/// <param name="equal">Of a row whose value is equal.</param>
/// <param name="greater">Of a row whose value is greater.</param>
/// <param name="null">Of a row without one.</param>
internal sealed class CompareJudge(int column, ZoneRange range, Outcomes less, Outcomes equal, Outcomes greater, Outcomes @null) : JudgeNode(true, true)
{
    public override IEnumerable<BloomProbe> ProbesOfTrue => Probes(Outcomes.True);

    public override IEnumerable<BloomProbe> ProbesOfFalse => Probes(Outcomes.False);

    public override Outcomes Judge(scoped in BlockView block)
    {
        var outcomes = block.HasNull(column) ? @null : Outcomes.None;
        var (least, greatest) = block.Zone(column);
        if (least > greatest)
            return outcomes;
        var overlaps = Math.Max(least, range.Low) <= Math.Min(greatest, range.High);
        var isBlurred = overlaps && !range.IsExact;
        if (least < range.Low || isBlurred)
            outcomes |= less;
        if (greatest > range.High || isBlurred)
            outcomes |= greater;
        if (overlaps && (outcomes & equal) == 0 && (range.Hash is not { } hash || block.MayContain(column, hash)))
            outcomes |= equal;
        return outcomes;
    }

    private IEnumerable<BloomProbe> Probes(Outcomes outcome) =>
        range.Hash is not null && equal == outcome && ((less | greater | @null) & outcome) == 0 ? [new BloomProbe(column, IsList: false)] : [];
}

/// <summary>A column in a list of constants.</summary>
/// <param name="column">Its ordinal.</param>
/// <param name="ranges">Ordered, both ends of them.</param>
/// <param name="other">Of a row whose value is none of the list: FALSE, or NULL where a NULL is in it.</param>
internal sealed class ListJudge(int column, ZoneRange[] ranges, Outcomes other) : JudgeNode(true, true)
{
    /// <summary>Filter lookups for one block: beyond, it is cheaper to look at its rows.</summary>
    private const int MostLookups = 32;

    public override IEnumerable<BloomProbe> ProbesOfTrue =>
        ranges.Count(r => r.Low <= r.High) is >= 1 and <= MostLookups && ranges.All(r => r.Low > r.High || r.Hash is not null) ? [new BloomProbe(column, IsList: true)] : [];

    public override Outcomes Judge(scoped in BlockView block)
    {
        var outcomes = block.HasNull(column) ? Outcomes.Null : Outcomes.None;
        var (least, greatest) = block.Zone(column);
        if (least > greatest)
            return outcomes;
        var first = FirstAbove(least);
        var isCovered = false;
        for (var i = first; i < ranges.Length && ranges[i].Low <= greatest; i++)
        {
            ref readonly var range = ref ranges[i];
            if (range.Low > range.High)
                continue; // no value can be equal
            isCovered |= range.IsExact && range.Low <= least && range.High >= greatest;
            if (i - first >= MostLookups || range.Hash is not { } hash || block.MayContain(column, hash))
            {
                outcomes |= Outcomes.True;
                break;
            }
        }

        return isCovered ? outcomes : outcomes | other;
    }

    /// <summary>The first whose end is not below the code.</summary>
    private int FirstAbove(ulong code)
    {
        var (from, to) = (0, ranges.Length);
        while (from < to)
        {
            var middle = (from + to) >>> 1;
            if (ranges[middle].High >= code)
                to = middle;
            else
                from = middle + 1;
        }

        return from;
    }
}

/// <summary>A text column that begins with, or is, some text.</summary>
/// <param name="column">Its ordinal.</param>
/// <param name="low">The lowest code of a text that does.</param>
/// <param name="high">The highest.</param>
/// <param name="isDecided">Does every text with a code in between match?</param>
/// <param name="hash">Of the only text that matches; null where there are several.</param>
internal sealed class PrefixJudge(int column, ulong low, ulong high, bool isDecided, ulong? hash) : JudgeNode(true, true)
{
    public override IEnumerable<BloomProbe> ProbesOfTrue => hash is not null ? [new BloomProbe(column, IsList: false)] : [];

    public override Outcomes Judge(scoped in BlockView block)
    {
        var outcomes = block.HasNull(column) ? Outcomes.Null : Outcomes.None;
        var (least, greatest) = block.Zone(column);
        if (least > greatest)
            return outcomes;
        if (least <= high && greatest >= low && (hash is not { } only || block.MayContain(column, only)))
            outcomes |= Outcomes.True;
        return isDecided && least >= low && greatest <= high ? outcomes : outcomes | Outcomes.False;
    }
}

/// <summary>A column that is, or is not, NULL.</summary>
internal sealed class NullJudge(int column, bool isNegated) : JudgeNode(true, true)
{
    public override Outcomes Judge(scoped in BlockView block) =>
        (block.HasNull(column) ? OutcomeLogic.Of(!isNegated) : Outcomes.None) | (block.HasValue(column) ? OutcomeLogic.Of(isNegated) : Outcomes.None);
}

/// <summary>A condition that is, or is not, NULL.</summary>
internal sealed class NullConditionJudge(JudgeNode operand, bool isNegated) : JudgeNode(true, true)
{
    public override Outcomes Judge(scoped in BlockView block)
    {
        var found = operand.Judge(block);
        return (found & Outcomes.Failure) | ((found & Outcomes.Null) != 0 ? OutcomeLogic.Of(!isNegated) : Outcomes.None)
            | ((found & (Outcomes.True | Outcomes.False)) != 0 ? OutcomeLogic.Of(isNegated) : Outcomes.None);
    }
}

internal sealed class NotJudge(JudgeNode operand) : JudgeNode(operand.CanMissFalse, operand.CanMissTrue)
{
    public override IEnumerable<BloomProbe> ProbesOfTrue => operand.ProbesOfFalse;

    public override IEnumerable<BloomProbe> ProbesOfFalse => operand.ProbesOfTrue;

    public override Outcomes Judge(scoped in BlockView block) => OutcomeLogic.Not(operand.Judge(block));
}

/// <summary>AND and OR.</summary>
internal sealed class JunctionJudge(JudgeNode[] items, bool isOr) : JudgeNode(
    isOr ? items.All(i => i.CanMissTrue) : items.Any(i => i.CanMissTrue), isOr ? items.Any(i => i.CanMissFalse) : items.All(i => i.CanMissFalse))
{
    public override IEnumerable<BloomProbe> ProbesOfTrue => Probes(static i => i.ProbesOfTrue, needsAll: isOr);

    public override IEnumerable<BloomProbe> ProbesOfFalse => Probes(static i => i.ProbesOfFalse, needsAll: !isOr);

    public override Outcomes Judge(scoped in BlockView block)
    {
        var outcomes = items[0].Judge(block);
        for (var i = 1; i < items.Length && outcomes != OutcomeLogic.Of(isOr); i++) // the rest is not looked at in any row
            outcomes = OutcomeLogic.Combine(outcomes, items[i].Judge(block), isOr);
        return outcomes;
    }

    /// <summary>Where one item is enough, those of each; where all have to be, each must have some: then all of them count.</summary>
    private IEnumerable<BloomProbe> Probes(Func<JudgeNode, IEnumerable<BloomProbe>> of, bool needsAll) =>
        needsAll && !items.All(i => of(i).Any()) ? [] : items.SelectMany(of);
}
