namespace Helios.Pipeline.Storage;

/// <summary>A column whose bloom filter alone could keep a block from being read.</summary>
/// <param name="Column">Its ordinal.</param>
/// <param name="IsList">Is it asked for one of several values? Else for one.</param>
internal readonly record struct BloomProbe(int Column, bool IsList);
