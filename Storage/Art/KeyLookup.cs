namespace Helios.Pipeline.Storage;

/// <summary>What the tree knows of a key as of an LSN.</summary>
internal enum KeyLookup
{
    /// <summary>The tree holds no version that old and has trimmed none: the key was free.</summary>
    Absent,

    /// <summary>A row held the key.</summary>
    Live,

    /// <summary>The key was free, and the tree knows since when.</summary>
    Vacated,

    /// <summary>Every version kept is newer and older ones were trimmed away: the store's history knows.</summary>
    Older,
}
