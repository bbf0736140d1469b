namespace Helios.Pipeline.Storage;

/// <summary>What a condition may give over the rows of a block. None: there is no row.</summary>
[Flags]
internal enum Outcomes : byte
{
    None = 0,
    True = 1,
    False = 2,
    Null = 4,

    /// <summary>It may fail.</summary>
    Failure = 8,

    Any = True | False | Null | Failure,
}

/// <summary>How sets of outcomes combine: as their members do, each with each.</summary>
internal static class OutcomeLogic
{
    private static readonly Outcomes[] s_and = MakePairs(static (a, b) => And(a, b));
    private static readonly Outcomes[] s_or = MakePairs(static (a, b) => Not(And(Not(a), Not(b))));

    /// <summary>AND, or OR, of two sets.</summary>
    public static Outcomes Combine(Outcomes a, Outcomes b, bool isOr) => (isOr ? s_or : s_and)[((int)a << 4) | (int)b];

    /// <summary>TRUE and FALSE change places; NULL and a failure stay.</summary>
    public static Outcomes Not(Outcomes outcomes) =>
        (outcomes & ~(Outcomes.True | Outcomes.False)) | (Outcomes)(((int)outcomes & 1) << 1) | (Outcomes)(((int)outcomes >> 1) & 1);

    public static Outcomes Of(bool value) => value ? Outcomes.True : Outcomes.False;

    /// <summary>Of one outcome each: from left to right, as <see cref="JunctionNode"/> goes.</summary>
    private static Outcomes And(Outcomes a, Outcomes b)
    {
        if (a is Outcomes.False or Outcomes.Failure)
            return a; // the second is not looked at
        return b is Outcomes.False or Outcomes.Failure ? b : (a | b) == Outcomes.True ? Outcomes.True : Outcomes.Null;
    }

    private static Outcomes[] MakePairs(Func<Outcomes, Outcomes, Outcomes> combine)
    {
        Outcomes[] single = [Outcomes.True, Outcomes.False, Outcomes.Null, Outcomes.Failure];
        var pairs = new Outcomes[256];
        for (var i = 0; i < pairs.Length; i++)
            foreach (var a in single)
                foreach (var b in single)
                    if ((i >> 4 & (int)a) != 0 && (i & (int)b) != 0)
                        pairs[i] |= combine(a, b);
        return pairs;
    }
}
