using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// The statistics of a table as bytes, little-endian; stored as the value of a row, which has its own checksum. Nothing stands behind the last column.
/// <code>
/// offset size field
///      0    1 format, 1
///      1    8 rows
///      9    8 bytes of all rows
///     17    8 LSN of the snapshot
///     25    8 time, UTC ticks of 100 ns
///     33    2 columns, 1 to 1,600
///
/// column
///      0    1 type
///      1    1 flags: 1 = distinct values known, 2 = least and greatest there, 4 = least clipped, 8 = greatest clipped
///      2    8 NULLs
///     10    8 bytes of all values
///     18    8 flag 1: distinct values
///            flag 2: the least and the greatest value, each a component (see below)
///            1 common values n, 0 to 10
///            8 n above 0: how far counts may lie below the truth
///            n common values: hash of the value (<see cref="StatisticsHash"/>) 8, count 8, clipped 1 (0, 1), a component; most common first
///            1 buckets b of the histogram, 0 to 100
///            b above 0: b + 1 bounds of 8 bytes (<see cref="ZoneCode"/>), in order
/// component
///      0    1 length, 1 to 131
///      1    n bytes as in a key (<see cref="OrderedEncoding"/>), tag 1
/// </code>
/// At most <see cref="MaxBytes"/>: for tables of many columns the histograms get fewer buckets, then there are fewer common values, then no least and greatest.
/// </summary>
internal static class StatisticsCodec
{
    public const byte Format = 1;

    /// <summary>Of one table.</summary>
    public const int MaxBytes = 64 * 1024;

    public const int MostBuckets = 100;
    public const int MostCommonValues = ColumnSketch.MostCommonValues;

    /// <summary>Behind it the columns begin.</summary>
    public const int HeaderBytes = 35;

    public const byte HasDistinct = 1;
    public const byte HasExtremes = 2;
    public const byte IsLeastClipped = 4;
    public const byte IsGreatestClipped = 8;
    public const byte AllFlags = 15;

    private const int ColumnBytes = 20; // of one of which nothing more is known

    /// <summary>What a column may keep, the most first: buckets of its histogram, common values, its least and greatest value.</summary>
    private static readonly (int Buckets, int Common, bool Extremes)[] s_limits =
    [
        (MostBuckets, MostCommonValues, true), (50, MostCommonValues, true), (25, MostCommonValues, true), (12, MostCommonValues, true), (6, MostCommonValues, true),
        (3, MostCommonValues, true), (1, MostCommonValues, true), (0, MostCommonValues, true), (0, 5, true), (0, 2, true), (0, 0, true), (0, 0, false),
    ];

    /// <summary>The statistics as far as there is room for them: what <see cref="Encode"/> writes.</summary>
    public static TableStatistics Fit(TableStatistics statistics)
    {
        foreach (var (buckets, common, extremes) in s_limits)
        {
            var fitting = statistics with { Columns = [.. statistics.Columns.Select(column => Limit(column, buckets, common, extremes))] };
            if (SizeOf(fitting) <= MaxBytes)
                return fitting;
        }

        throw new HeliosException(HeliosErrorKind.Internal, "internal", $"Statistics of {statistics.Columns.Length} columns do not fit into {MaxBytes} bytes.");
    }

    public static byte[] Encode(TableStatistics statistics)
    {
        var fitting = Fit(statistics);
        var bytes = new byte[SizeOf(fitting)];
        bytes[0] = Format;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), fitting.Rows);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(9), fitting.TotalRowBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(17), fitting.AsOf.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(25), fitting.TimeTicks);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(33), (ushort)fitting.Columns.Length);
        var rest = bytes.AsSpan(HeaderBytes);
        foreach (var column in fitting.Columns)
            Write(ref rest, column);
        return bytes;
    }

    /// <exception cref="HeliosException">"corrupt", or "format_too_new" where a later version wrote it.</exception>
    public static TableStatistics Decode(ReadOnlySpan<byte> bytes) => new StatisticsReader(bytes).Read();

    private static ColumnStatistics Limit(ColumnStatistics column, int buckets, int common, bool extremes) => column with
    {
        Histogram = column.Histogram.Length - 1 <= buckets ? column.Histogram : buckets == 0 ? [] : [.. Histogram.Reduce(column.Histogram.AsSpan(), buckets)],
        MostCommon = column.MostCommon.Length <= common ? column.MostCommon : column.MostCommon[..common],
        CountError = common == 0 || column.MostCommon.IsEmpty ? 0 : column.CountError,
        Least = extremes ? column.Least : null,
        Greatest = extremes ? column.Greatest : null,
    };

    private static int SizeOf(TableStatistics statistics) => HeaderBytes + statistics.Columns.Sum(SizeOf);

    private static int SizeOf(ColumnStatistics column)
    {
        var size = ColumnBytes + (column.DistinctCount is null ? 0 : 8);
        if (column is { Least: { } least, Greatest: { } greatest })
            size += 2 + least.Component.Length + greatest.Component.Length;
        size += column.MostCommon.IsEmpty ? 0 : 8 + column.MostCommon.Sum(value => 18 + value.Value.Component.Length);
        return size + (8 * column.Histogram.Length);
    }

    private static void Write(ref Span<byte> rest, ColumnStatistics column)
    {
        Put(ref rest, (byte)column.Type);
        Put(ref rest, (byte)((column.DistinctCount is null ? 0 : HasDistinct) | (column.Least is null ? 0 : HasExtremes)
            | (column.Least is { IsClipped: true } ? IsLeastClipped : 0) | (column.Greatest is { IsClipped: true } ? IsGreatestClipped : 0)));
        Put(ref rest, column.Nulls);
        Put(ref rest, column.ValueBytes);
        if (column.DistinctCount is { } distinct)
            Put(ref rest, distinct);
        if (column is { Least: { } least, Greatest: { } greatest })
        {
            Put(ref rest, least);
            Put(ref rest, greatest);
        }

        Put(ref rest, (byte)column.MostCommon.Length);
        if (!column.MostCommon.IsEmpty)
            Put(ref rest, column.CountError);
        foreach (var value in column.MostCommon)
        {
            Put(ref rest, (long)value.Hash);
            Put(ref rest, value.Count);
            Put(ref rest, value.Value.IsClipped ? (byte)1 : (byte)0);
            Put(ref rest, value.Value);
        }

        Put(ref rest, (byte)Math.Max(0, column.Histogram.Length - 1));
        foreach (var bound in column.Histogram)
            Put(ref rest, (long)bound);
    }

    private static void Put(ref Span<byte> rest, byte value)
    {
        rest[0] = value;
        rest = rest[1..];
    }

    private static void Put(ref Span<byte> rest, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(rest, value);
        rest = rest[sizeof(long)..];
    }

    private static void Put(ref Span<byte> rest, KeptValue value)
    {
        Put(ref rest, (byte)value.Component.Length);
        value.Component.AsSpan().CopyTo(rest);
        rest = rest[value.Component.Length..];
    }
}
