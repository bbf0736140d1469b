using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// How far the store is: written with every batch, so that it and the rows can never disagree.
/// <code>
/// offset size field, little-endian
///      0    1 format, 1
///      1    8 LSN of the last commit applied
///      9    8 commit time of that commit, 100 ns ticks
///     17    8 epoch of the log it came from
/// </code>
/// </summary>
/// <param name="Lsn">Every commit up to it is in the store, none after it.</param>
/// <param name="CommitTime">Time of that commit in 100 ns ticks.</param>
/// <param name="LogEpoch">Epoch of the log that carried it.</param>
internal readonly record struct AppliedState(Lsn Lsn, long CommitTime, ulong LogEpoch)
{
    public const int Size = 25;
    private const byte Format = 1;

    public void Write(Span<byte> value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(value[17..], LogEpoch);
        BinaryPrimitives.WriteInt64LittleEndian(value[9..], CommitTime);
        BinaryPrimitives.WriteUInt64LittleEndian(value[1..], Lsn.Value);
        value[0] = Format;
    }

    /// <exception cref="HeliosException">"corrupt", or "format_too_new" where a later version wrote it.</exception>
    public static AppliedState Read(ReadOnlySpan<byte> value)
    {
        StoreErrors.CheckFormat("applied state", value, Format, Size);
        return new AppliedState(
            new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(value[1..])),
            BinaryPrimitives.ReadInt64LittleEndian(value[9..]),
            BinaryPrimitives.ReadUInt64LittleEndian(value[17..]));
    }
}
