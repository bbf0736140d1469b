using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>What is gathered of one column. One owner, one thread.</summary>
/// <param name="column">The column.</param>
/// <param name="seed">Of its quantiles' coin.</param>
internal sealed class ColumnSketch(Column column, ulong seed)
{
    /// <summary>Values that are reported as the most common ones.</summary>
    public const int MostCommonValues = 10;

    /// <summary>More often than a value is on average by this factor, or it is not reported: it would only be noise.</summary>
    private const double CommonFactor = 1.25;

    private const int MostBuckets = 100;
    private const int ValuesPerBucket = 10; // fewer of them say nothing
    private const int UuidBytes = 18; // in a row

    private readonly bool _isCompared = ZoneCode.IsDefined(column.Type);
    private readonly bool _isExact = ZoneCode.IsExact(column.Type);
    private readonly HyperLogLog _distinct = new();
    private readonly QuantileSketch _quantiles = new(seed);
    private readonly ExtremeValue _least = new(isGreatest: false);
    private readonly ExtremeValue _greatest = new(isGreatest: true);
    private readonly HeavyHitters? _common = !ZoneCode.IsDefined(column.Type) ? null
        : new HeavyHitters(KeptValue.IsTexts(column.Type) ? HeavyHitters.MostWholeBytes : HeavyHitters.ClippedBytes);
    private long _values;
    private long _nulls;
    private long _bytes;

    public ColumnType Type => column.Type;

    /// <summary>Memory that it holds, about.</summary>
    public long Bytes => _distinct.Bytes + _quantiles.Bytes + (2 * ExtremeValue.Bytes) + (_common?.Bytes ?? 0);

    /// <summary>Takes a value in.</summary>
    /// <param name="raw">The value as the row has it; nothing stands behind it.</param>
    /// <param name="scratch">For what is forgotten before the next one.</param>
    public void Add(ReadOnlySpan<byte> raw, ByteBuffer scratch)
    {
        var value = new ValueView(raw);
        if (value.IsNull)
        {
            _nulls++;
            return;
        }

        _values++;
        _bytes += raw.Length;
        if (!_isCompared)
            return;
        if (column.Type == ColumnType.Uuid && raw.Length != UuidBytes)
            throw ValueView.Damaged("Uuid");
        var content = Content(raw);
        var hash = StatisticsHash.Of(column.Type, value);
        var code = ZoneCode.Of(column.Type, value);
        _distinct.Add(hash);
        _common!.Add(hash, content);
        _quantiles.Add(code);

        var mayBeLeast = _least.MayYieldTo(code, _isExact);
        var mayBeGreatest = _greatest.MayYieldTo(code, _isExact);
        if (!mayBeLeast && !mayBeGreatest)
            return;
        var isClipped = content.Length > HeavyHitters.MostWholeBytes;
        scratch.Truncate(0);
        KeptValue.Append(column, isClipped ? content[..HeavyHitters.MostWholeBytes] : content, scratch);
        if (mayBeLeast)
            _least.Offer(code, scratch.Written, isClipped);
        if (mayBeGreatest)
            _greatest.Offer(code, scratch.Written, isClipped);
    }

    public void Merge(ColumnSketch other)
    {
        _values += other._values;
        _nulls += other._nulls;
        _bytes += other._bytes;
        _distinct.Merge(other._distinct);
        _quantiles.Merge(other._quantiles);
        _common?.Merge(other._common!);
        _least.Merge(other._least);
        _greatest.Merge(other._greatest);
    }

    public ColumnStatistics ToStatistics(ByteBuffer scratch)
    {
        // There are no fewer values than the counters say, and no more than were taken in.
        var distinct = (long)Math.Clamp(Math.Round(_distinct.Estimate()), Math.Min(_values, 1), _values);
        return new ColumnStatistics(column.Type, _values + _nulls, _nulls, _bytes)
        {
            DistinctCount = _isCompared ? distinct : null,
            Least = _least.Value,
            Greatest = _greatest.Value,
            MostCommon = _common is null ? [] : Common(_common, distinct, scratch),
            CountError = _common?.Error ?? 0,
            Histogram = _values < ValuesPerBucket || !_isCompared ? [] : [.. _quantiles.Bounds((int)Math.Clamp(_values / ValuesPerBucket, 1, MostBuckets))],
        };
    }

    /// <summary>What <see cref="KeptValue.Append"/> takes.</summary>
    private ReadOnlySpan<byte> Content(ReadOnlySpan<byte> raw) => column.Type switch
    {
        ColumnType.Varchar or ColumnType.Text => new ValueView(raw).GetUtf8(),
        ColumnType.Char => new ValueView(raw).GetUtf8().TrimEnd((byte)' '),
        ColumnType.Bytea => new ValueView(raw).GetBytes(),
        _ => raw,
    };

    private ImmutableArray<CommonValue> Common(HeavyHitters common, long distinct, ByteBuffer scratch)
    {
        var top = common.Top(MostCommonValues + 1);
        var isAll = common.Error == 0 && top.Length <= MostCommonValues;
        var average = (double)_values / Math.Max(distinct, 1);
        return
        [
            .. top.Take(MostCommonValues).Where(value => isAll || value.Count > Math.Max(1, average * CommonFactor))
                .Select(value => new CommonValue(value.Hash, Keep(value, scratch), value.Count)),
        ];
    }

    private KeptValue Keep(HeavyHitter value, ByteBuffer scratch)
    {
        scratch.Truncate(0);
        KeptValue.Append(column, value.Bytes, scratch);
        return new KeptValue([.. scratch.Written], value.IsClipped);
    }
}
