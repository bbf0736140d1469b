[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Tests that kill processes or measure by their timing: one after the other, alone on the machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CrashTestGroup
{
    public const string Name = "crash";
}
