namespace Helios.Pipeline.Crash.Tests;

/// <summary>A record of the generated input and what must become of it.</summary>
/// <param name="Number">1 is the first after the header.</param>
/// <param name="Offset">Its first byte in the file.</param>
/// <param name="Code">Why it must be rejected, or null where it must be stored.</param>
internal sealed record InputRecord(int Number, long Offset, string? Code, long Id, string Name, long? Amount);
