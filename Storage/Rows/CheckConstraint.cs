namespace Helios.Pipeline.Storage;

/// <summary>A condition that every row must meet. A row of which it cannot be told, because a value is NULL, meets it.</summary>
/// <param name="Name">Names the constraint inside its table.</param>
/// <param name="Expression">The condition over the table's columns, up to 16 KiB of UTF-8; it may use nothing that changes from one evaluation to the next.</param>
public sealed record CheckConstraint(string Name, string Expression)
{
    /// <summary>The constraint in the words of SQL.</summary>
    public override string ToString() => $"{Name} CHECK ({Expression})";
}
