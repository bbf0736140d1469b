using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Counters of one table as of the applied LSN. Absolute values: applying a commit twice cannot count it twice.
/// <code>
/// offset size field, little-endian
///      0    1 format: 1, or 2 where a number was given
///      1    8 live rows
///      9    8 highest row id handed out
///     17    8 format 2: highest number in the auto-increment column
/// </code>
/// </summary>
/// <param name="Rows">Live rows, 0 or more.</param>
/// <param name="HighestRowId">The highest row id that any commit up to the applied LSN carries.</param>
/// <param name="HighestNumber">The highest number that any committed row had in the auto-increment column; 0 where there is none.</param>
internal readonly record struct TableCounters(long Rows, RowId HighestRowId, long HighestNumber = 0)
{
    public const int MaxSize = 25;
    private const int FirstSize = 17;
    private const byte FirstFormat = 1;
    private const byte Format = 2;

    /// <summary>Bytes that it takes: tables without numbers stay readable for versions that do not know them.</summary>
    public int Size => HighestNumber == 0 ? FirstSize : MaxSize;

    public void Write(Span<byte> value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(value[9..], HighestRowId.Value);
        BinaryPrimitives.WriteInt64LittleEndian(value[1..], Rows);
        value[0] = HighestNumber == 0 ? FirstFormat : Format;
        if (HighestNumber != 0)
            BinaryPrimitives.WriteInt64LittleEndian(value[17..], HighestNumber);
    }

    /// <exception cref="HeliosException">"corrupt", or "format_too_new" where a later version wrote it.</exception>
    public static TableCounters Read(ReadOnlySpan<byte> value)
    {
        var isFirst = !value.IsEmpty && value[0] == FirstFormat;
        StoreErrors.CheckFormat("table counters", value, isFirst ? FirstFormat : Format, isFirst ? FirstSize : MaxSize);
        var number = isFirst ? 0 : BinaryPrimitives.ReadInt64LittleEndian(value[17..]);
        if (!isFirst && number <= 0)
            throw StoreErrors.Corrupt($"The store's table counters are damaged: format {Format} is for a number above 0, not {number}.");
        return new TableCounters(
            BinaryPrimitives.ReadInt64LittleEndian(value[1..]),
            new RowId(BinaryPrimitives.ReadUInt64LittleEndian(value[9..])),
            number);
    }
}
