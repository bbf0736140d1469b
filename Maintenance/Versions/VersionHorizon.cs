using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>Where what commits made dead may be removed: nobody reads before it, nobody will, and no power loss takes it back.</summary>
internal static class VersionHorizon
{
    /// <summary>The newest LSN as of which versions may be removed.</summary>
    /// <param name="engine">Whose versions.</param>
    /// <param name="retained">Newest commits whose predecessors are kept in any case.</param>
    public static Lsn Now(RecoveredPath engine, long retained)
    {
        // Durable first: it is of no use to remove what a commit replaced that may be lost. Then the readers: one that opens later sees at least Visible as of now.
        var durable = engine.Parts.Durable.Value;
        var horizon = engine.Snapshots.Horizon();
        if (durable < horizon)
            horizon = durable;
        return new Lsn(horizon.Value - Math.Min(horizon.Value, (ulong)retained));
    }
}
