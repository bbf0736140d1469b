namespace Helios.Pipeline.Ingestion;

/// <summary>How far a source has been read: always the boundary between two records.</summary>
/// <param name="Offset">Bytes before the position, counted from the very start of the input, a byte order mark included.</param>
/// <param name="Record">Number of the last record before the position; 0 where there is none.</param>
/// <param name="Crc">CRC-32C of every byte before the position.</param>
internal readonly record struct SourcePosition(long Offset, long Record, uint Crc);
