using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Load;

/// <summary>A row as a program has it.</summary>
internal sealed record LoadRow([property: Key] long Id, long Ts, string Device, double Value, ReadOnlyMemory<byte> Payload);
