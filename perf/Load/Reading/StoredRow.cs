using System.Buffers.Binary;
using System.Text;

namespace Helios.Pipeline.Load;

/// <summary>Reads what <see cref="BulkRows.WriteKey"/> and <see cref="BulkRows.WriteValue"/> wrote.</summary>
internal static class StoredRow
{
    public static void WriteKey(long id, Span<byte> key) => BinaryPrimitives.WriteInt64BigEndian(key, id);

    public static long Id(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key);

    public static long Timestamp(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt64LittleEndian(value);

    public static double Value(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadDoubleLittleEndian(value[(9 + value[8])..]);

    public static LoadRow Row(long id, ReadOnlySpan<byte> value)
    {
        var device = value.Slice(9, value[8]);
        return new LoadRow(id, Timestamp(value), Encoding.UTF8.GetString(device), Value(value), value[(17 + device.Length)..].ToArray());
    }
}
