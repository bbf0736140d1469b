using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>A foreign key between two tables that are there.</summary>
internal sealed class ForeignKeyPlan(ForeignKey key, TablePlan child, int childIndex, TablePlan parent, int parentIndex)
{
    private ArtCursor? _children;

    public ForeignKey Key { get; } = key;

    /// <summary>The table that refers.</summary>
    public TablePlan Child { get; } = child;

    /// <summary>Its index over the columns that refer.</summary>
    public int ChildIndex { get; } = childIndex;

    /// <summary>The table that is referred to; it may be the same one.</summary>
    public TablePlan Parent { get; } = parent;

    /// <summary>Its unique index that is referred to.</summary>
    public int ParentIndex { get; } = parentIndex;

    public ArtTree Parents => Parent.Trees[ParentIndex];

    public ArtTree Children => Child.Trees[ChildIndex];

    /// <summary>A child that refers to a key by now, if there is one. Called by Constrain only.</summary>
    public bool TryFindChild(ReadOnlySpan<byte> key, out KeyVersion child)
    {
        _children ??= Children.OpenCursor(Lsn.Max);
        _children.SeekPrefix(key);
        var found = _children.MoveNext();
        child = found ? _children.Version : default;
        return found;
    }
}
