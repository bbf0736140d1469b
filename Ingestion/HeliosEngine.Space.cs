using Helios.Pipeline.Maintenance;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    /// <summary>Is there less free disk than <see cref="HeliosOptions.FreeSpaceFloor"/>, so that commits that insert are refused?</summary>
    /// <remarks>As of the last sample, <see cref="HeliosOptions.FreeSpaceInterval"/> ago at most. Becomes false by itself once a quarter more than the floor is free.</remarks>
    public bool IsLowOnSpace => Parts.Options.Space.IsLow;

    /// <summary>Measures now.</summary>
    internal void SampleSpace() => _space.Sample();

    /// <inheritdoc cref="MemoryTask.Sample"/>
    internal MemoryUse SampleMemory() => _memory.Sample();
}
