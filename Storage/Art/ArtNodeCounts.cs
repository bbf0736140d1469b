namespace Helios.Pipeline.Storage;

/// <summary>How many slots of each kind a tree holds, without those that wait to be freed.</summary>
internal readonly record struct ArtNodeCounts(long Node4, long Node16, long Node48, long Node256, long Leaves, long Versions);
