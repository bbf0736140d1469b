using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>Reads the bytes of <see cref="StatisticsCodec"/>, each once and forward, and believes none of them.</summary>
/// <param name="bytes">All of them.</param>
internal ref struct StatisticsReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <exception cref="HeliosException">"corrupt", or "format_too_new" where a later version wrote it.</exception>
    public TableStatistics Read()
    {
        var format = Byte();
        if (format > StatisticsCodec.Format)
            throw new HeliosException(HeliosErrorKind.Unavailable, "format_too_new", $"The statistics of a table have format {format}; this version reads up to {StatisticsCodec.Format}.");
        Require(format == StatisticsCodec.Format, "format");
        var rows = Number(long.MaxValue, "rows");
        var rowBytes = Number(long.MaxValue, "bytes of rows");
        var lsn = Number((long)Lsn.Max.Value, "LSN");
        var time = Number(RowFormat.MaxTimestampTicks, "time");
        var columns = BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));
        Require(columns is > 0 and <= TableSchema.MaxColumns, "number of columns");
        var read = ImmutableArray.CreateBuilder<ColumnStatistics>(); // not of that many at once: it may be a lie
        for (var i = 0; i < columns; i++)
            read.Add(Column(rows));
        Require(_rest.IsEmpty, "end");
        return new TableStatistics(rows, rowBytes, new Lsn((ulong)lsn), time, read.ToImmutable());
    }

    private ColumnStatistics Column(long rows)
    {
        var type = (ColumnType)Byte();
        Require(Enum.IsDefined(type), "type");
        var flags = Byte();
        var hasExtremes = (flags & StatisticsCodec.HasExtremes) != 0;
        Require((flags & ~StatisticsCodec.AllFlags) == 0 && (hasExtremes || flags <= StatisticsCodec.HasDistinct), "flags");
        var nulls = Number(rows, "number of NULLs");
        var valueBytes = Number(long.MaxValue, "bytes of values");
        var values = rows - nulls;
        long? distinct = (flags & StatisticsCodec.HasDistinct) != 0 ? Number(values, "number of distinct values") : null;
        KeptValue? least = hasExtremes ? Component((flags & StatisticsCodec.IsLeastClipped) != 0) : null;
        KeptValue? greatest = hasExtremes ? Component((flags & StatisticsCodec.IsGreatestClipped) != 0) : null;
        Require(!hasExtremes || least!.Value.CompareTo(greatest!.Value) <= 0, "order of least and greatest value");
        var common = Common(values, out var error);
        return new ColumnStatistics(type, rows, nulls, valueBytes)
        {
            DistinctCount = distinct,
            Least = least,
            Greatest = greatest,
            MostCommon = common,
            CountError = error,
            Histogram = Bounds(),
        };
    }

    private ImmutableArray<CommonValue> Common(long values, out long error)
    {
        var count = Byte();
        Require(count <= StatisticsCodec.MostCommonValues, "number of common values");
        error = count > 0 ? Number(values, "error of counts") : 0;
        var common = ImmutableArray.CreateBuilder<CommonValue>(count);
        var most = values;
        var left = values;
        for (var i = 0; i < count; i++)
        {
            var hash = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
            most = Number(Math.Min(most, left), "count of a common value");
            left -= most;
            var isClipped = Byte();
            Require(most > 0 && isClipped <= 1, "common value");
            common.Add(new CommonValue(hash, Component(isClipped == 1), most));
        }

        return common.MoveToImmutable();
    }

    private ImmutableArray<ulong> Bounds()
    {
        var buckets = Byte();
        Require(buckets <= StatisticsCodec.MostBuckets, "number of buckets");
        if (buckets == 0)
            return [];
        var bytes = Take((buckets + 1) * sizeof(ulong));
        var bounds = ImmutableArray.CreateBuilder<ulong>(buckets + 1);
        for (var i = 0; i <= buckets; i++)
        {
            bounds.Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i * sizeof(ulong))..]));
            Require(i == 0 || bounds[i] >= bounds[i - 1], "order of bounds");
        }

        return bounds.MoveToImmutable();
    }

    private KeptValue Component(bool isClipped)
    {
        var length = Byte();
        Require(length is > 0 and <= KeptValue.MostBytes, "length of a value");
        var component = Take(length);
        Require(component[0] == OrderedEncoding.ValueTag, "value");
        return new KeptValue([.. component], isClipped);
    }

    private long Number(long most, string what)
    {
        var number = BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));
        Require(number >= 0 && number <= most, what);
        return number;
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        Require(count <= _rest.Length, "length");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"Stored statistics of a table are damaged: the {what} cannot be. No row is affected; to gather them again makes them whole.");
    }
}
