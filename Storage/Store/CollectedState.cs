using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// How far versions that nobody can see any more have been removed: written with every batch that removes some, so that it and the rows can never disagree.
/// <code>
/// offset size field, little-endian
///      0    1 format, 1
///      1    8 LSN up to which everything that commits made dead has been removed
///      9    8 highest LSN that anything was removed as of
///     17    8 LSN that a sweep over all versions removes as of; 0 where none is under way
///     25    4 partition that the sweep goes on in
///     29    8 row that it goes on with
/// </code>
/// </summary>
/// <param name="Through">No version that a commit at or before it replaced or deleted is left, nor the deletion, nor a key that was given up.</param>
/// <param name="Mark">Versions that a commit at or before it replaced or deleted may be missing, those of a later commit never.</param>
/// <param name="Sweep">What a sweep removes as of: when it has ended, <paramref name="Through"/>.</param>
/// <param name="Partition">Where the sweep goes on.</param>
/// <param name="Row">Where the sweep goes on.</param>
internal readonly record struct CollectedState(Lsn Through, Lsn Mark, Lsn Sweep = default, uint Partition = 0, RowId Row = default)
{
    public const int Size = 37;
    private const byte Format = 1;

    public void Write(Span<byte> value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(value[29..], Row.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(value[25..], Partition);
        BinaryPrimitives.WriteUInt64LittleEndian(value[17..], Sweep.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(value[9..], Mark.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(value[1..], Through.Value);
        value[0] = Format;
    }

    /// <exception cref="HeliosException">"corrupt", or "format_too_new" where a later version wrote it.</exception>
    public static CollectedState Read(ReadOnlySpan<byte> value)
    {
        StoreErrors.CheckFormat("note of removed versions", value, Format, Size);
        return new CollectedState(
            new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(value[1..])),
            new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(value[9..])),
            new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(value[17..])),
            BinaryPrimitives.ReadUInt32LittleEndian(value[25..]),
            new RowId(BinaryPrimitives.ReadUInt64LittleEndian(value[29..])));
    }
}
