using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Counters of one table as of the applied LSN. Absolute values: applying a commit twice cannot count it twice.
/// <code>
/// offset size field, little-endian
///      0    1 format, 1
///      1    8 live rows
///      9    8 highest row id handed out
/// </code>
/// </summary>
/// <param name="Rows">Live rows, 0 or more.</param>
/// <param name="HighestRowId">The highest row id that any commit up to the applied LSN carries.</param>
internal readonly record struct TableCounters(long Rows, RowId HighestRowId)
{
    public const int Size = 17;
    private const byte Format = 1;

    public void Write(Span<byte> value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(value[9..], HighestRowId.Value);
        BinaryPrimitives.WriteInt64LittleEndian(value[1..], Rows);
        value[0] = Format;
    }

    /// <exception cref="HeliosException">"corrupt", or "format_too_new" where a later version wrote it.</exception>
    public static TableCounters Read(ReadOnlySpan<byte> value)
    {
        StoreErrors.CheckFormat("table counters", value, Format, Size);
        return new TableCounters(
            BinaryPrimitives.ReadInt64LittleEndian(value[1..]),
            new RowId(BinaryPrimitives.ReadUInt64LittleEndian(value[9..])));
    }
}
