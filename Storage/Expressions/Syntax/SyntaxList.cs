namespace Helios.Pipeline.Storage;

/// <summary>Nodes in their order; equal where each is.</summary>
internal readonly struct SyntaxList(List<ExpressionSyntax> items) : IEquatable<SyntaxList>
{
    private readonly ExpressionSyntax[] _items = [.. items];

    public int Count => _items.Length;

    /// <summary>Levels of the deepest one; 0 where there is none.</summary>
    public int Depth { get; } = items.Count == 0 ? 0 : items.Max(i => i.Depth);

    public ExpressionSyntax this[int index] => _items[index];

    public ReadOnlySpan<ExpressionSyntax>.Enumerator GetEnumerator() => new ReadOnlySpan<ExpressionSyntax>(_items).GetEnumerator();

    public bool Equals(SyntaxList other) => _items.AsSpan().SequenceEqual(other._items);

    public override bool Equals(object? obj) => obj is SyntaxList other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in _items)
            hash.Add(item);
        return hash.ToHashCode();
    }
}
