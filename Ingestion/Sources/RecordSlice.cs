namespace Helios.Pipeline.Ingestion;

/// <summary>One record of a batch: where its bytes are, without the line ending.</summary>
/// <param name="Start">First byte, counted from the first byte of the batch.</param>
/// <param name="Length">Bytes that the batch keeps; of a flawed record at most the excerpt that a reject shows.</param>
/// <param name="RawBytes">The whole length in the input; differs from <paramref name="Length"/> only where a flawed record was shortened.</param>
/// <param name="Flaw">Why the record must be rejected, or none.</param>
internal readonly record struct RecordSlice(int Start, int Length, long RawBytes, RecordFlaw Flaw);
