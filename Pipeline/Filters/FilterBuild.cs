using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Summaries of neighbouring blocks while they are made. <see cref="TableFilters"/> owns it.</summary>
internal sealed class FilterBuild(ulong first, ulong last, TableZones zones)
{
    public ulong First { get; } = first;

    public ulong Last { get; } = last;

    public TableZones Zones { get; } = zones;

    /// <summary>Blocks to which rows have been written that it was not told of.</summary>
    public HashSet<ulong> Spoiled { get; } = [];

    /// <summary>Has it not been told of some commits, to whatever blocks?</summary>
    public bool IsSpoiled { get; set; }
}
