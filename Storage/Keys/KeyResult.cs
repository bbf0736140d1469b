namespace Helios.Pipeline.Storage;

/// <summary>What became of a key.</summary>
/// <param name="Length">Its bytes; 0 where it is too long.</param>
/// <param name="HasNull">A component is NULL: the key collides with none and belongs into no unique index.</param>
/// <param name="IsTooLong">It would have more than <see cref="RowFormat.MaxKeyBytes"/>; nothing was appended.</param>
internal readonly record struct KeyResult(int Length, bool HasNull, bool IsTooLong);
