namespace Helios.Pipeline.Storage;

/// <summary>The first byte of every slot.</summary>
internal enum ArtKind : byte
{
    None = 0,
    Node4 = 1,
    Node16 = 2,
    Node48 = 3,
    Node256 = 4,

    /// <summary>A key with its newest version.</summary>
    Leaf = 5,

    /// <summary>An older version of a key, reached from its leaf alone.</summary>
    Version = 6,

    /// <summary>On a free list. A reader that sees it has outlived its epoch, which is a defect and is reported as one.</summary>
    Free = 0xDD,
}
