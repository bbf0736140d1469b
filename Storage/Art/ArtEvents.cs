namespace Helios.Pipeline.Storage;

/// <summary>How often the structure of a tree has changed in each way, since it was made. Written by the writer alone.</summary>
internal sealed class ArtEvents
{
    public long Grow4To16 { get; set; }

    public long Grow16To48 { get; set; }

    public long Grow48To256 { get; set; }

    public long Shrink256To48 { get; set; }

    public long Shrink48To16 { get; set; }

    public long Shrink16To4 { get; set; }

    /// <summary>A Node48 whose 48 cells had all been used, rebuilt because some had become free.</summary>
    public long Compact48 { get; set; }

    /// <summary>A leaf made way for a Node4 that holds it and a new leaf.</summary>
    public long LeafSplit { get; set; }

    /// <summary>A node's prefix was cut in two by a key that leaves it half way.</summary>
    public long PrefixSplit { get; set; }

    /// <summary>A Node4 with one inner child was joined with it.</summary>
    public long Merge { get; set; }

    /// <summary>A Node4 with one leaf left gave its place to that leaf.</summary>
    public long Collapse { get; set; }
}
