using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class ClrMappingTests
{
    private static readonly Type[] s_further = [typeof(Mood), typeof(Sides), typeof(int[]), typeof(int?[]), typeof(string[]), typeof(Mood[]), typeof(decimal[]), typeof(byte[][])];

    public static TheoryData<Type, ColumnType> Pairs()
    {
        var pairs = new TheoryData<Type, ColumnType>();
        foreach (var type in ColumnCodecs.ClrTypes.Concat(s_further))
        {
            foreach (var column in ColumnCodecs.TypesOf(type))
            {
                pairs.Add(type, column);
                if (type.IsValueType)
                    pairs.Add(typeof(Nullable<>).MakeGenericType(type), column);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Every_value_comes_back_as_it_was_given(Type type, ColumnType column)
    {
        var check = typeof(ClrMappingTests).GetMethod(nameof(CheckRoundTrip), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!;
        check.MakeGenericMethod(type).Invoke(null, [column]);
    }

    [Theory]
    [MemberData(nameof(ColumnTypes))]
    public void Every_column_type_has_a_CLR_type(ColumnType column)
    {
        Assert.Contains(ColumnCodecs.ClrTypes.Concat(s_further), type => ColumnCodecs.TypesOf(type).Contains(column));
    }

    public static TheoryData<ColumnType> ColumnTypes() => new(Enum.GetValues<ColumnType>());

    [Fact]
    public void An_enum_value_without_a_name_is_refused()
    {
        Assert.Equal(RowFault.OutOfRange, FaultOf((Mood)7));
        Assert.Equal(RowFault.OutOfRange, FaultOf((Sides)12));
    }

    [Fact]
    public void A_lone_surrogate_is_refused() => Assert.Equal(RowFault.InvalidText, FaultOf("a\ud800"));

    [Fact]
    public void An_integer_of_more_than_38_digits_is_refused() => Assert.Equal(RowFault.OutOfRange, FaultOf(UInt128.MaxValue));

    [Fact]
    public void A_DateTime_whose_kind_does_not_fit_is_refused()
    {
        Assert.Equal(RowFault.TypeMismatch, FaultOf(DateTime.UnixEpoch));
        Assert.Equal(RowFault.TypeMismatch, FaultOf(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Local)));
        Assert.Equal(RowFault.TypeMismatch, FaultOf(new DateTime(2026, 1, 1), ColumnType.Timestamptz));
        Assert.Null(FaultOf(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Local), ColumnType.Timestamptz));
    }

    [Fact]
    public void A_JsonElement_that_was_never_set_is_refused() => Assert.Equal(RowFault.InvalidText, FaultOf(default(System.Text.Json.JsonElement)));

    [Fact]
    public void A_number_that_the_property_cannot_hold_is_told_with_its_column()
    {
        using var row = new ByteBuffer();
        var writer = new RowWriter(row);
        writer.Begin(1, 1);
        writer.WriteInt64(300);
        writer.End();
        var slot = new ColumnSlot<byte>("age", (ValueCodec<byte>)ColumnCodecs.Find(typeof(byte), null)!.Codec);
        var error = Assert.Throws<HeliosException>(() => slot.Read(new RowView(row.Written)[0]));
        Assert.Equal((HeliosErrorKind.Invalid, "out_of_range", "age"), (error.Kind, error.Code, error.Column));
    }

    [Fact]
    public void Text_that_is_no_JSON_is_refused() => Assert.Equal(RowFault.InvalidJson, FaultOf("{", ColumnType.Jsonb));

    private static string? FaultOf<TValue>(TValue value, ColumnType? column = null)
    {
        using var row = new ByteBuffer();
        var writer = new RowWriter(row);
        writer.Begin(1, 1);
        RowFault fault = default;
        var codec = (ValueCodec<TValue>)ColumnCodecs.Find(typeof(TValue), column)!.Codec;
        return codec.TryWrite(value, ref writer, ref fault) ? null : fault.Code;
    }

    private static void CheckRoundTrip<TValue>(ColumnType type)
    {
        var choice = ColumnCodecs.Find(typeof(TValue), type)!;
        Assert.Equal(type, choice.Type);
        var codec = (ValueCodec<TValue>)choice.Codec;
        var schema = new TableSchema([new Column("value", type) { ElementType = choice.Element }]);
        foreach (var sample in SampleRows.Of(typeof(TValue), type))
        {
            using var row = new ByteBuffer();
            var writer = new RowWriter(row);
            writer.Begin(1, 1);
            RowFault fault = default;
            Assert.True(codec.TryWrite((TValue)sample, ref writer, ref fault), $"{sample}: {fault}");
            writer.End();
            Assert.True(RowRules.TryValidate(schema, row.Written, new int[1], out fault), $"{sample}: {fault}");
            Assert.Equal(SampleRows.Plain(sample), SampleRows.Plain(codec.Read(new RowView(row.Written)[0])));
        }

        if (default(TValue) is not null)
            return;
        using var nothing = new ByteBuffer();
        var nulls = new RowWriter(nothing);
        nulls.Begin(1, 1);
        RowFault none = default;
        Assert.True(codec.TryWrite(default!, ref nulls, ref none));
        nulls.End();
        Assert.True(new RowView(nothing.Written)[0].IsNull);
    }
}
