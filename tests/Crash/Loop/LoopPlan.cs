namespace Helios.Pipeline.Crash.Tests;

/// <summary>When the child of a cycle is killed.</summary>
/// <param name="Target">The phase that it is killed in, where it comes to it.</param>
/// <param name="Times">Which time that it enters the phase counts.</param>
/// <param name="Delay">So long after that; milliseconds.</param>
internal readonly record struct LoopPlan(LoopPhase Target, int Times, int Delay)
{
    /// <summary>One kill in four, and a few more, falls into a recovery; of the other phases half the time the one that has had the fewest.</summary>
    /// <param name="random">Of the cycle.</param>
    /// <param name="owed">Has the log frames to apply, and was there too little to recover when a recovery was drawn before?</param>
    /// <param name="encrypted">Is there a key to rotate?</param>
    /// <param name="kills">How many kills have fallen into each phase.</param>
    public static LoopPlan Draw(Random random, bool owed, bool encrypted, IReadOnlyDictionary<LoopPhase, int> kills)
    {
        // An encrypted life is the only one that rotates: first in its list, where kills are as few, and with half as many vacuums.
        LoopPhase[] vacuums = encrypted && random.Next(2) == 0 ? [] : [random.Next(2) == 0 ? LoopPhase.Vacuum : LoopPhase.Rewrite];
        LoopPhase[] others = [.. encrypted ? (LoopPhase[])[LoopPhase.Rotation] : [], LoopPhase.Ingest, LoopPhase.Checkpoint, LoopPhase.Backup, .. vacuums];
        var target = random.Next(16) switch
        {
            _ when owed => LoopPhase.Recovery,
            < 5 => LoopPhase.Recovery,
            5 => LoopPhase.Starting,
            6 => LoopPhase.Close,
            < 11 => others.MinBy(phase => kills.GetValueOrDefault(phase)),
            _ => others[random.Next(others.Length)],
        };
        return target switch
        {
            LoopPhase.Starting => new LoopPlan(target, 0, random.Next(500)),
            LoopPhase.Recovery => new LoopPlan(target, 1, random.Next(12)),
            LoopPhase.Ingest => new LoopPlan(target, 1 + random.Next(30), random.Next(20)),
            LoopPhase.Checkpoint => new LoopPlan(target, 1 + random.Next(3), random.Next(10)),
            LoopPhase.Backup => new LoopPlan(target, 1 + random.Next(2), random.Next(40)),
            LoopPhase.Rotation => new LoopPlan(target, 1 + random.Next(6), random.Next(3)),
            LoopPhase.Vacuum => new LoopPlan(target, 1 + random.Next(4), random.Next(8)),
            LoopPhase.Rewrite => new LoopPlan(target, 1 + random.Next(6), random.Next(12)),
            _ => new LoopPlan(target, 1, random.Next(10)),
        };
    }
}
