using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The number that a producer has given a commit.</summary>
/// <param name="Producer">Who sends it.</param>
/// <param name="Sequence">Its number, 0 or more.</param>
/// <param name="Content">Hash of what it is to write, see <see cref="ContentHash"/>.</param>
internal readonly record struct ProducerStamp(ProducerId Producer, long Sequence, ulong Content);
