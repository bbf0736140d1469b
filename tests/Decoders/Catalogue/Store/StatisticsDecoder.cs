using System.Collections.Immutable;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>The statistics of a table. Values are small enough that nothing of them is dropped to save room.</summary>
internal sealed class StatisticsDecoder : DecoderUnderTest<TableStatistics>
{
    private const long MostRows = 1L << 40;

    private static readonly Gen<KeptValue> s_kept = Gen.Select(Gens.Bytes(30), Gen.Bool).Select((bytes, isClipped) => new KeptValue([1, .. bytes], isClipped));

    private static readonly Gen<CommonValue[]> s_common = Gen.Select(Gens.ULong, s_kept, Gen.Long[1, MostRows / 100]).Select((hash, value, count) => new CommonValue(hash, value, count))
        .Array[0, StatisticsCodec.MostCommonValues].Select(values => values.OrderByDescending(value => value.Count).ToArray());

    private static readonly Gen<ulong[]> s_bounds = Gens.ULong.Array[0, 12].Select(bounds => bounds.Length < 2 ? [] : bounds.Order().ToArray());

    private static readonly Gen<ColumnStatistics> s_column =
        Gen.Select(Gen.Enum<ColumnType>(), Gen.Long[0, MostRows / 2], Gen.Select(Gen.Bool, Gen.Long[0, MostRows / 2]), Gen.Select(Gen.Bool, s_kept, s_kept), s_common, s_bounds)
            .Select((type, nulls, distinct, ends, common, bounds) => new ColumnStatistics(type, MostRows, nulls, distinct.Item2 * 9)
            {
                DistinctCount = distinct.Item1 ? distinct.Item2 : null,
                Least = !ends.Item1 ? null : ends.Item2.CompareTo(ends.Item3) <= 0 ? ends.Item2 : ends.Item3,
                Greatest = !ends.Item1 ? null : ends.Item2.CompareTo(ends.Item3) <= 0 ? ends.Item3 : ends.Item2,
                MostCommon = [.. common],
                CountError = common.Length == 0 ? 0 : nulls,
                Histogram = [.. bounds],
            });

    public override string Name => "statistics";

    public override IReadOnlyList<Type> Codecs => [typeof(StatisticsCodec), typeof(StatisticsReader)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    public override IEnumerable<byte[]> CostlyInputs
    {
        get
        {
            // As many columns as a table can have, of which each is as short as it can be.
            var none = new ColumnStatistics(ColumnType.Json, 0, 0, 0);
            yield return StatisticsCodec.Encode(new TableStatistics(0, 0, Lsn.Zero, 0, [.. Enumerable.Repeat(none, TableSchema.MaxColumns)]));
        }
    }

    /// <summary>A bound of 8 bytes may become a Numeric of 38 digits.</summary>
    public override int AllocationPerByte => 32;

    /// <summary>Whoever looks at statistics gets their values as values of the CLR.</summary>
    public override void Walk(byte[] bytes)
    {
        foreach (var column in StatisticsCodec.Decode(bytes).Columns)
        {
            foreach (var code in column.Histogram)
                KeptValueClr.ToClr(column.Type, code);
            foreach (var common in column.MostCommon)
                KeptValueClr.ToClr(column.Type, common.Value);
            if (column.Least is { } least)
                KeptValueClr.ToClr(column.Type, least);
        }
    }

    protected override Gen<TableStatistics> Values { get; } = Gen.Select(Gen.Long[0, long.MaxValue], Gens.Lsn, Gen.Long[0, RowFormat.MaxTimestampTicks], s_column.Array[1, 6])
        .Select((bytes, lsn, ticks, columns) => new TableStatistics(MostRows, bytes, lsn, ticks, columns.ToImmutableArray()));

    protected override byte[] Encode(TableStatistics value) => StatisticsCodec.Encode(value);

    protected override bool TryDecode(byte[] bytes, out TableStatistics value)
    {
        value = StatisticsCodec.Decode(bytes);
        return true;
    }

    protected override bool Same(TableStatistics one, TableStatistics other) => Encode(one).AsSpan().SequenceEqual(Encode(other));
}
