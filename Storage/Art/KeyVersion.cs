namespace Helios.Pipeline.Storage;

/// <summary>Which row holds a key from a commit on.</summary>
/// <param name="Row">The row; of a vacated version, the row that held the key before.</param>
/// <param name="Lsn">The commit from which on this holds.</param>
/// <param name="Vacated">True where the key is free from this commit on.</param>
internal readonly record struct KeyVersion(RowId Row, Lsn Lsn, bool Vacated);
